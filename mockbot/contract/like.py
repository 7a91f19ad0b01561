"""Schemas in recorded exchanges (`$like`), for values that differ from one recording to another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import SchemaError, ValidationError

from mockbot import resources
from mockbot.contract.explanation import evidence
from mockbot.expression import ExpressionError, expression
from mockbot.jsontext import JSON


def unlike(value: JSON, schema: JSON) -> str | None:
    """Return why `value` does not fit a schema, given as itself or by its name; None when it fits."""
    found = next(evidence(_validator(json.dumps(schema)).iter_errors(value), "it"), None)
    return found.message if found else None


def unusable(schema: JSON) -> str | None:
    """Return why a value is neither a schema nor the name of one; None when it is."""
    if isinstance(schema, str):
        return None if schema in _named() else f"`{schema}` is not one of {', '.join(_named())}"
    if not isinstance(schema, bool | dict):
        return "not a JSON Schema: it must be an object"
    try:
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        return f"not a JSON Schema: {error.message}"
    return next(_unusable_patterns(schema), None)


def _unusable_patterns(schema: JSON) -> Iterator[str]:
    match schema:
        case dict():
            names = schema.get("patternProperties")
            for pattern in (schema.get("pattern"), *(names if isinstance(names, dict) else ())):
                try:
                    expression(pattern if isinstance(pattern, str) else "")
                except ExpressionError as error:
                    yield f"`{pattern}` is {error}"
            for key, item in schema.items():
                if key not in ("const", "enum", "default", "examples"):
                    yield from _unusable_patterns(item)
        case list():
            for item in schema:
                yield from _unusable_patterns(item)


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not expression(pattern).found_in(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for pattern, inner in patterns.items():
            for key in filter(expression(pattern).found_in, value):
                yield from validator.descend(value[key], inner, path=key, schema_path=pattern)


_extend: Any = validators.extend  # it has no types
_Validator: Any = _extend(Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties})


@cache
def _validator(written: str) -> Draft202012Validator:
    schema = json.loads(written)
    known = _named()[schema] if isinstance(schema, str) else schema
    validator: Draft202012Validator = _Validator(known, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return validator


@cache
def _named() -> dict[str, dict[str, JSON]]:
    contents = json.loads(resources.formats("exchange.schema.json").read_bytes())
    return cast(dict[str, dict[str, JSON]], contents["$defs"]["like"])
