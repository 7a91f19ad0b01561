"""Where the value of each setting comes from: an option, a variable, a file or the default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mockbot.cli.config import config_file, is_secret, overlooked
from mockbot.cli.config_schema import settable
from mockbot.wording import closest, readable

PREFIX = "MOCKBOT_"
OTHER_VARIABLES = ("MOCKBOT_KEY", "MOCKBOT_URL")
"""Those of other commands and of the pytest plugin."""
MASKED = "***"
WIDTH = 36
"""The column in which origins begin, unless a value is longer."""


def doubts(context: click.Context, environment: Iterable[str]) -> list[str]:
    """Return a sentence for each variable and each file that has no effect, though its name says that it should."""
    known = [*OTHER_VARIABLES, *(variable(each) for each in context.command.params if _has_variable(each))]
    unknown = [name for name in sorted(environment) if name.startswith(PREFIX) and name not in known]
    return [*(f"{name} has no effect{_meant(name, known)}" for name in unknown), *overlooked(context)]


def _meant(name: str, known: Iterable[str]) -> str:
    meant = closest(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known])
    return f"; did you mean {PREFIX}{meant}?" if meant else ""


def _has_variable(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.allow_from_autoenv


def variable(parameter: click.Parameter) -> str:
    """Return the name of the variable that sets a parameter."""
    return f"{PREFIX}{str(parameter.name).upper()}"


def origin_behind(context: click.Context, message: str) -> str:
    """Return `VARIABLE: ` or `FILE:LINE: NAME: ` if the value with which a message begins comes from there."""
    for name, option in settable(context.command).items():
        value = context.params[name]
        if message.startswith((f"{value}:", f"{option.opts[0]} {value}:")):
            match context.get_parameter_source(name):
                case ParameterSource.ENVIRONMENT:
                    return f"{variable(option)}: "
                case ParameterSource.DEFAULT_MAP:
                    return f"{_place(context, name)}: {name}: "
    return ""


def _place(context: click.Context, name: str) -> str:
    file = config_file(context)
    assert file is not None, "click has values of a file"
    return file.place(f"/{name}")


def described(context: click.Context) -> str:
    """Return all settings as a TOML file, with the origin of each in a comment; secrets are masked."""
    return readable("\n".join(_lines(context)))


def _lines(context: click.Context) -> Iterator[str]:
    file = config_file(context)
    yield f"# settings file: {file.name if file else 'none'}"
    for name, option in settable(context.command).items():
        value = context.params[name]
        shown = MASKED if is_secret(option) and value else value
        unset = value is None or value == ()
        setting = f"# {name}" if unset else f"{name} = {_toml(shown)}"
        yield f"{setting:{WIDTH}}  # {_origin(context, option, unset=unset)}"


def _toml(value: Any) -> str:
    """Return a value as TOML: as JSON, apart from the escapes in strings."""
    text = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _origin(context: click.Context, option: click.Option, *, unset: bool) -> str:
    name = str(option.name)
    match context.get_parameter_source(name):
        case ParameterSource.COMMANDLINE:
            return option.opts[0]
        case ParameterSource.ENVIRONMENT:
            return variable(option)
        case ParameterSource.DEFAULT_MAP:
            return _place(context, name)
    meaning = (option.help or "").partition("[default: ")[2].rpartition("]")[0] if unset else ""
    return f"default: {meaning}" if meaning else "default"
