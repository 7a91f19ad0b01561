"""The options of every verb and the settings behind them, from click and `Settings`."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import click

from docs.generate.markdown import code, page, sentences, table
from mockbot import settings
from mockbot.cli.config_schema import settable
from mockbot.cli.main import mockbot
from mockbot.cli.origins import variable


def command_line() -> str:
    """Return the page on the verbs and their options."""
    parts = [
        "`mockbot COMMAND --help` shows the same. The exit status of every command is 0 for success, 1 for what it "
        "found (findings, differences, an unhealthy server) or a check, replay or comparison that `--time` ended "
        "early, 2 for a mistake (a port in use, a broken fixture, an unknown option), with a line on stderr for each, "
        "3 if no server answers at a URL, and 130 after Ctrl-C. `serve` and `record` run until Ctrl-C or another "
        "signal, and then end with 0, or with 1 if the `--report` of `serve` has findings."
    ]
    for name, verb in mockbot.commands.items():
        context = click.Context(verb, info_name=f"mockbot {name}")
        parts += [f"## mockbot {name}", f"```text\n{verb.get_usage(context)}\n```", sentences(verb.help or "")]
        parts.append(table(("option", "default", "meaning"), rows(verb)))
    return page("Command line", *parts)


def rows(verb: click.Command) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each option of a verb."""
    for parameter in options(verb):
        names = ", ".join(parameter.opts)
        yield code(f"{names} {_value(parameter)}".strip()), _default(parameter), parameter.help or ""


def options(verb: click.Command) -> list[click.Option]:
    """Return the options of a verb in the order of its help."""
    return [parameter for parameter in verb.params if isinstance(parameter, click.Option)]


def settings_page() -> str:
    """Return the page on files, environment variables and bounds."""
    keys = settable(mockbot.commands["serve"])
    variables = [
        (
            code(str(each.name) if each.name in keys else ""),
            code(variable(each)),
            code(each.opts[0]),
            _default(each),
            each.help or "",
        )
        for each in options(mockbot.commands["serve"])
        if each.allow_from_autoenv
    ]
    documented = attribute_docs(settings.Settings)
    bounds = [
        (code(each.name), _amount(each.default), documented.get(each.name, ""))
        for each in fields(settings.Settings)
        if each.name.startswith("max_") and isinstance(each.default, int)
    ]
    return page(
        "Settings",
        "Each option of `mockbot serve` can also be set in the environment and in a file. An option takes precedence "
        "over a variable, a variable over a file, and a file over the default. `mockbot serve --show-config` prints "
        "each setting and where it comes from.",
        table(("key", "variable", "option", "default", "meaning"), variables),
        "## In the environment",
        "A flag is set with `1` and unset with `0`. Several origins for `MOCKBOT_CORS` are separated by spaces.",
        "## In a file",
        "The file is `mockbot.toml` in the working directory. Without one, it is the table `[tool.mockbot]` of "
        "`pyproject.toml` in the working directory. `--config FILE` names another file and takes precedence over both. "
        "The keys are those of the table above.",
        '```toml title="mockbot.toml"\nport = 7000\nscripts = "scripts"\ncors = ["http://localhost:5173"]\n'
        "strict_scripts = true\n```",
        "Paths in a file are relative to the file. An unknown key, or a value that is not allowed, is an error with "
        "file and line. `mockbot schema config` prints the JSON Schema of the file. Only `mockbot serve` reads the "
        "file: the pytest plugin and `MockBot` do not.",
        "## Other variables",
        "The other verbs read two more variables. `MOCKBOT_KEY` is the API key for `check` and `replay`, and the key "
        "of the first server for `compare`. `MOCKBOT_URL` is the server that `mockbot health` and `mockbot reload` ask "
        "and that the pytest plugin uses; all three then read `MOCKBOT_CONTROL_TOKEN` too.",
        "## Bounds",
        "Memory is bounded. These fields of `Settings` are keyword arguments of `mockbot.MockBot`; only `max_worlds` "
        "and `max_json` have an option.",
        table(("field", "default", "meaning"), bounds),
    )


def attribute_docs(kind: type) -> Mapping[str, str]:
    """Return the string literals that follow the fields of a class, by field."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                found[name] = " ".join(words.split())
    return found


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(option.type.choices)
    return "FILE" if isinstance(option.type, click.Path) else option.type.name.split()[0].upper()


def _default(option: click.Option) -> str:
    if option.is_flag:
        return "off"
    value: Any = option.default
    if value is None or value == "" or not isinstance(value, str | int | float):
        return ""
    return code(f"{value:g}" if isinstance(value, float) else str(value))


def _amount(number: int) -> str:
    if number % 1024:
        return str(number)
    return f"{number >> 30} GiB" if number >= 1 << 30 else f"{number >> 20} MiB"
