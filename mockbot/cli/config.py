"""Settings of `mockbot serve` from a file: `mockbot.toml`, or `[tool.mockbot]` in `pyproject.toml`.

click takes the values as defaults, so that an option and a variable take precedence over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockbot import resources
from mockbot.cli.config_schema import allowed, fits, schema_of, settable
from mockbot.errors import UserError
from mockbot.wording import near, shown

if TYPE_CHECKING:
    from mockbot.source import Source

NAME, EXAMPLE = "mockbot.toml", "`port = 7000`"
PROJECT = "pyproject.toml"
TABLE = "/tool/mockbot"
FILE = "mockbot.config.file"
TABLES = re.compile(rb"""^[ \t\[]*["']?tool["']?[ \t]*(?:[]=]|\.[ \t]*["']?mockbot)""", re.MULTILINE)
"""Matches in a file that may have the table: others, and most name mockbot somewhere, need not be parsed."""
OVERLOOKED = "mockbot.config.overlooked"
"""Keys of what the callback leaves in `Context.meta`."""


def read_config(context: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Make the settings in a file the defaults of a command; raise UserError with each mistake in it.

    Without `path`, the file is `mockbot.toml` in the working directory, or else its `pyproject.toml` if that has the
    table `[tool.mockbot]`.
    """
    if context.resilient_parsing:
        return
    found = [file for file in _files(path) if file is not None]
    context.meta[FILE] = found[0] if found else None
    context.meta[OVERLOOKED] = [
        f"{other.place('')}: [tool.mockbot] has no effect, because there is a {NAME}" for other in found[1:]
    ]
    if found:
        context.default_map = _values(found[0], context)


def config_file(context: click.Context) -> Source | None:
    """Return the file that the settings were read from; its value is the table of settings."""
    file: Source | None = context.meta.get(FILE)
    return file


def overlooked(context: click.Context) -> list[str]:
    """Return a sentence for each file with settings that was not read."""
    sentences: list[str] = context.meta.get(OVERLOOKED, [])
    return sentences


def _files(path: Path | None) -> Iterator[Source | None]:
    """Yield the files with settings, most important first."""
    if path is not None:
        file = _load(path)
        table = _table(file) if path.name == PROJECT else file
        if table is None:
            raise UserError(f"{path}: it has no table [tool.mockbot]")
        yield table
        return
    if Path(NAME).exists():
        yield _load(Path(NAME))
    if _names_mockbot(Path(PROJECT)):
        yield _table(_load(Path(PROJECT)))


def _load(path: Path) -> Source:
    from mockbot import tomltext  # most starts need neither it nor PyYAML so early

    return tomltext.load(path)


def _names_mockbot(project: Path) -> bool:
    """Return whether a `pyproject.toml` is there and must be parsed."""
    try:
        return TABLES.search(project.read_bytes()) is not None
    except OSError:
        return False


def _table(project: Source) -> Source | None:
    """Return the table `[tool.mockbot]` of a `pyproject.toml`."""
    value: Any = project.value
    tools = value.get("tool", {})
    if not isinstance(tools, dict) or "mockbot" not in tools:
        return None
    return project.part(TABLE, tools["mockbot"])


def _values(file: Source, context: click.Context) -> dict[str, Any]:
    """Return the value of each setting in a file as click takes it."""
    if not isinstance(file.value, dict):
        raise UserError(f"{file.place('')}: [tool.mockbot] is a table of settings, such as {EXAMPLE}")
    options = settable(context.command)
    values, mistakes = {}, []
    for name, value in file.value.items():
        place = file.place(f"/{name}")
        if name not in options and isinstance(value, dict):
            mistakes.append(f"{place}: [{name}] is a table; the settings of this file stand without one: {EXAMPLE}")
        elif name not in options:
            mistakes.append(f"{place}: there is no setting `{name}`; {near(name, options)}")
        elif (sentence := _mistake(options[name], value, context)) is not None:
            mistakes.append(f"{place}: {name}: {sentence}")
        else:
            values[name] = _beside(Path(file.name).parent, options[name], value)
    if mistakes:
        raise UserError("\n".join(mistakes))
    return values


def _mistake(option: click.Option, value: object, context: click.Context) -> str | None:
    """Return in a sentence what is wrong with a value, or None: the type in the file, then as for the option itself."""
    if not fits(value, schema_of(option)):
        return f"{'the value' if is_secret(option) else shown(value)} is not {allowed(option)}"
    try:
        option.process_value(context, value)
    except click.BadParameter as error:
        return error.message
    return None


def _beside(folder: Path, option: click.Option, value: Any) -> Any:
    """Return a value whose path, if it is one, is relative to the working directory instead of to `folder`."""
    match option.name:
        case "fixture" if resources.fixtures(f"{value}.yaml").is_file():  # a shipped one
            return value
        case "spec" if value.lower().startswith(("http://", "https://")):
            return value
        case "fixture" | "spec":
            return str(folder / value)
    return str(folder / value) if isinstance(option.type, click.Path) else value


def is_secret(option: click.Parameter) -> bool:
    """Return whether the value of an option is never shown."""
    return str(option.name).endswith("token")
