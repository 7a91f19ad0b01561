"""The keywords of JSON Schema 2020-12 that look at one value only: its type, size, form and what it is equal to."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS30ReadValidator

from mockbot.ecmascript import pattern as compiled

Holds = Callable[[Any, Any, Any], bool]
"""Says whether a value fits, from the validator, the value of the keyword and the value itself."""


def failed(keyword: str, limit: Any, instance: Any, schema: Any, message: str = "", **more: Any) -> ValidationError:
    """Return the error of a keyword. Its text is for mockbot itself, and never contains the value, which may be big."""
    fields: dict[str, Any] = {"validator": keyword, "validator_value": limit, "instance": instance, "schema": schema}
    return ValidationError(message or f"violates {keyword}", **{**fields, **more})


def assertion(keyword: str, holds: Holds) -> Any:
    """Return a keyword for jsonschema."""

    def validate(validator: Any, limit: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
        return () if holds(validator, limit, instance) else (failed(keyword, limit, instance, schema),)

    return validate


def text(value: Any) -> str:
    """Return a text that is the same for equal values: 1 and 1.0 are equal, true and 1 are not.

    Texts, unlike numbers and tuples, have hashes that cannot be made to collide.
    """
    return json.dumps(_normal(value), sort_keys=True, default=repr)


def _normal(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_normal, value))
    if isinstance(value, dict):
        return dict(zip(value, map(_normal, value.values()), strict=True))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def equal(one: Any, other: Any) -> bool:
    """Return whether two values are equal as JSON."""
    if isinstance(one, list | dict):
        return type(one) is type(other) and len(one) == len(other) and text(one) == text(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _listed(_: Any, choices: Any, value: Any) -> bool:
    if isinstance(value, str):
        return value in choices
    return any(equal(each, value) for each in choices)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    # the content of a multipart part is bytes, for which OpenAPI 3.1 has no type; JSON has no bytes
    "string": lambda value: isinstance(value, str | bytes),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(_: Any, names: Any, value: Any) -> bool:
    return any(name not in _TYPES or _TYPES[name](value) for name in ([names] if isinstance(names, str) else names))


def _unique(_: Any, wanted: Any, value: Any) -> bool:
    if wanted is not True or not isinstance(value, list):
        return True
    seen: set[str] = set()
    for each in map(text, value):
        if each in seen:
            return False
        seen.add(each)
    return True


def _multiple(_: Any, step: Any, value: Any) -> bool:
    if not _is_number(value) or not _is_number(step) or not step or abs(step) == math.inf:
        return True
    if isinstance(value, float) and not math.isfinite(value):
        return math.isinf(value)  # 1e400, which is read as infinity, may be a multiple of anything
    return (_exact(value) / _exact(step)).denominator == 1


def _exact(number: float) -> Fraction:
    """Return the decimal that was written: 0.3 is a multiple of 0.1, though the nearest binary fractions are not."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def _compares(fits: Callable[[float, float], bool]) -> Holds:
    return lambda _, limit, value: not _is_number(value) or not _is_number(limit) or fits(value, limit)


def _counts(kinds: Any, fits: Callable[[float, float], bool]) -> Holds:
    return lambda _, limit, value: not isinstance(value, kinds) or not _is_number(limit) or fits(len(value), limit)


def _format(validator: Any, name: Any, value: Any) -> bool:
    check = validator.format_checker.checkers.get(name) if validator.format_checker and isinstance(name, str) else None
    return check is None or bool(check[0](value))


def _least(value: float, limit: float) -> bool:
    return value >= limit


def _most(value: float, limit: float) -> bool:
    return value <= limit


_HOLDS: Mapping[str, Holds] = {
    "type": _type,
    "enum": _listed,
    "const": lambda _, wanted, value: equal(wanted, value),
    "multipleOf": _multiple,
    "minimum": _compares(_least),
    "maximum": _compares(_most),
    "exclusiveMinimum": _compares(lambda value, limit: value > limit),
    "exclusiveMaximum": _compares(lambda value, limit: value < limit),
    "minLength": _counts((str, bytes), _least),
    "maxLength": _counts((str, bytes), _most),
    "minItems": _counts(list, _least),
    "maxItems": _counts(list, _most),
    "minProperties": _counts(dict, _least),
    "maxProperties": _counts(dict, _most),
    "uniqueItems": _unique,
    "pattern": lambda _, pattern, value: not isinstance(value, str) or compiled(str(pattern)).found_in(value),
    "format": _format,
}
ASSERTIONS: Mapping[str, Any] = {keyword: assertion(keyword, holds) for keyword, holds in _HOLDS.items()}
"""The keywords for jsonschema, by their names."""


def _safe(check: Any) -> tuple[Callable[[Any], bool], tuple[type[Exception], ...]]:
    """Return a check of a format that never raises; a value that it fails on does not have the format."""

    def safe(value: Any) -> bool:
        try:
            return bool(check(value))
        except Exception:
            return False

    return safe, ()


def _in_lower_case(check: Any) -> Any:
    """Return a check for which capitals are small letters, as in every name of a host (UTS 46, section 4)."""
    return lambda value: check(value.lower() if isinstance(value, str) else value)


FORMATS = FormatChecker()
"""OpenAPI's formats, those of openapi-core for 3.1. Formats that it does not know are ignored."""
FORMATS.checkers = {
    name: _safe(check)
    for name, (check, _) in {
        **OAS30ReadValidator.FORMAT_CHECKER.checkers,
        "time": Draft202012Validator.FORMAT_CHECKER.checkers["time"],  # that of draft 3 has no zone
        "idn-hostname": (_in_lower_case(OAS30ReadValidator.FORMAT_CHECKER.checkers["idn-hostname"][0]), ()),
    }.items()
    if name not in ("regex", "color")
}
