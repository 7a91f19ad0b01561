"""The row in a request's body."""

from __future__ import annotations

from math import isfinite
from typing import Any

from mockbot.contract.validation import Validation
from mockbot.generic.stateful.schema import Schemas
from mockbot.world.call import Call
from mockbot.world.rows import Value

DEEPEST = 100
"""Levels of lists and objects in a row."""


class Unkept(Exception):
    """A body that no row can be made of; the message says why."""


def read_row(call: Call, schemas: Schemas, validation: Validation) -> tuple[Value, Any] | None:
    """Return the object in a body of JSON or a form, and its schema; None if there is none. Files are texts in it.

    A body of one property that is an object, such as `{"pet": {...}}`, contains the row in it. Raise Unkept for a body
    that is nested too deep, or has a number that JSON cannot represent.
    """
    assert call.operation is not None
    value = validation.value(call.operation, call.content_type, call.body)
    _check(value)
    found = _without_bytes(value)
    if not isinstance(found, dict):
        return None
    schema = schemas.request(call.operation)
    properties = schemas.properties(schema)
    if len(properties) == 1 and len(found) == 1:
        (name,) = properties
        inner = found.get(name)
        if isinstance(inner, dict) and schemas.is_object(properties[name]):
            return inner, properties[name]
    return found, schema


def _check(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(each, float) and not isfinite(each) for each in level):
            raise Unkept("A number in the body is too large")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise Unkept(f"The body has more than {DEEPEST} levels")


def _without_bytes(value: Any) -> Any:
    match value:
        case bytes():
            return value.decode("utf-8", "replace")
        case dict():
            return {key: _without_bytes(each) for key, each in value.items()}
        case list():
            return [_without_bytes(each) for each in value]
    return value
