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
from mockbot.cli.main import mockbot


def command_line() -> str:
    """Return the page on the verbs and their options."""
    parts = [
        "`mockbot COMMAND --help` shows the same. The exit status of every command is 0 for success, 1 for what it "
        "found (findings, differences, an unhealthy server), 2 for a mistake (a port in use, a broken fixture, an "
        "unknown option), which is one line on stderr, 3 if no server answers at a URL, and 130 after Ctrl-C."
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
    """Return the page on environment variables and bounds."""
    variables = [
        (code("MOCKBOT_" + str(each.name).upper()), code(each.opts[0]), _default(each), each.help or "")
        for each in options(mockbot.commands["serve"])
    ]
    documented = attribute_docs(settings.Settings)
    bounds = [
        (code(each.name), _amount(each.default), documented.get(each.name, ""))
        for each in fields(settings.Settings)
        if each.name.startswith("max_") and isinstance(each.default, int)
    ]
    return page(
        "Settings",
        "Each option of `mockbot serve` can be set in the environment. The command line takes precedence. A flag is "
        "set with `1`, and several origins for `MOCKBOT_CORS` are separated by spaces.",
        table(("variable", "option", "default", "meaning"), variables),
        "The other verbs read two more variables. `MOCKBOT_KEY` is the API key for `check` and `replay`, and the key "
        "of the first server for `compare`. `MOCKBOT_URL` is the server that `mockbot health` asks and that the pytest "
        "plugin uses; the plugin then reads `MOCKBOT_CONTROL_TOKEN` too.",
        "## Bounds",
        "Memory is bounded. These fields of `Settings` are keyword arguments of `mockbot.MockBot`; only `max_worlds` "
        "has an option.",
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
