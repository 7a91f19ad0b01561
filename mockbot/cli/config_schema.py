"""The JSON Schema of the settings in a file, from the options of `mockbot serve`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mockbot.cli.values import Duration, Patterned, limits
from mockbot.duration import EXAMPLES, PATTERN, is_duration

TITLE = "Settings of mockbot serve"


def settable(command: click.Command) -> Mapping[str, click.Option]:
    """Return the options of a command that a file can set, by their name in the file."""
    options = (each for each in command.params if isinstance(each, click.Option))
    return {str(each.name): each for each in options if each.expose_value}


def config_schema(command: click.Command) -> dict[str, Any]:
    """Return the schema of `mockbot.toml`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "config.schema.json",
        "title": TITLE,
        "description": "The file mockbot.toml, or the table [tool.mockbot] in pyproject.toml. Paths are relative to "
        "the file.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _described(option) for name, option in settable(command).items()},
    }


def _described(option: click.Option) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": " ".join((option.help or "").split()), **schema_of(option)}
    if option.is_flag or (option.default is not None and isinstance(option.default, str | int | float)):
        schema["default"] = bool(option.default) if option.is_flag else option.default
    return schema


def schema_of(option: click.Option) -> dict[str, Any]:
    """Return the schema of an option's values in a file."""
    one = _of_type(option)
    return {"type": "array", "items": one} if option.multiple else one


def _of_type(option: click.Option) -> dict[str, Any]:
    if option.is_flag:
        return {"type": "boolean"}
    match option.type:
        case click.IntRange() as whole:
            return {"type": "integer", **_bounds(whole)}
        case Duration() as duration:
            return {"type": ["number", "string"], "pattern": f"^(?:{PATTERN})$", **_bounds(duration)}
        case click.Choice() as choice:
            return {"type": "string", "enum": list(choice.choices)}
        case Patterned() as text:
            return {"type": "string", "pattern": f"^(?:{text.pattern})$"}
    return {"type": "string"}


def _bounds(numbers: click.IntRange | click.FloatRange) -> dict[str, Any]:
    bounds = {"minimum": numbers.min, "maximum": numbers.max}
    return {name: bound for name, bound in bounds.items() if bound is not None}


TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": list,
}


def fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Return whether a value has the type that a schema asks for."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, bool) and "boolean" not in kinds:
        return False
    if not any(isinstance(value, TYPES[kind]) for kind in kinds):
        return False
    if isinstance(value, str) and "number" in kinds and not is_duration(value):
        return False
    return not isinstance(value, list) or all(fits(item, schema["items"]) for item in value)


def allowed(option: click.Option) -> str:
    """Return in words which values a file can have for an option."""
    match schema_of(option):
        case {"type": "boolean"}:
            return "true or false"
        case {"enum": choices}:
            return " or ".join(f'"{choice}"' for choice in choices)
        case {"type": "integer"} if isinstance(option.type, click.IntRange):
            return f"a whole number{limits(option.type)}"
        case {"type": ["number", _]} if isinstance(option.type, Duration):
            return f"a number{limits(option.type)}, or {EXAMPLES}"
        case {"type": "array"}:
            return 'a list of strings: ["...", "..."]'
    return 'a string: "..."'
