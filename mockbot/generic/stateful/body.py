"""The row in a request: in its body, or in its query."""

from __future__ import annotations

from math import isfinite
from typing import Any

from mockbot.contract.media_types import parse_content_type
from mockbot.contract.validation import Validation
from mockbot.generic.stateful.fit import Fitting
from mockbot.jsontext import JSON
from mockbot.world.call import Call
from mockbot.world.rows import Value

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
DEEPEST = 100
"""Levels of lists and objects in a row."""


class Unkept(Exception):
    """A body that no row can be made of; the message says why."""


class Bodies:
    """Reads the rows in the requests for one document."""

    def __init__(self, fitting: Fitting, validation: Validation) -> None:
        self._fitting, self._schemas, self._validation = fitting, fitting.schemas, validation

    def read(self, call: Call, schema: Any) -> tuple[Value, Any] | None:
        """Return the row in a request and what its schema says of a row; None if there is none.

        A form has texts where that has no type; they are cast by the `schema` of a row. Raise Unkept for a body that is
        nested too deep, or has a number that JSON cannot represent.
        """
        found = self._object(call)
        if found is None or parse_content_type(call.content_type)[0] not in FORMS:
            return found
        value, asked = found
        own, known = self._schemas.properties(schema), self._schemas.properties(asked)
        for name, each in value.items():
            if isinstance(each, str) and name in own and not self._schemas.typed(known.get(name, {})):
                value[name] = self._fitting.cast(each, own[name])
        return value, asked

    def _object(self, call: Call) -> tuple[Value, Any] | None:
        """Return the object in a body of JSON or a form, and its schema; None if there is none. Files are texts in it.

        A body of one property that is an object, such as `{"pet": {...}}`, contains the row in it.
        """
        assert call.operation is not None
        value = self._validation.value(call.operation, call.content_type, call.body, call.transaction.parts)
        check(value, "body")
        found = _without_bytes(value)
        if not isinstance(found, dict):
            return None
        schema = self._schemas.request(call.operation)
        properties = self._schemas.properties(schema)
        if len(properties) == 1 and len(found) == 1:
            (name,) = properties
            inner = found.get(name)
            if isinstance(inner, dict) and self._schemas.is_object(properties[name]):
                return inner, properties[name]
        return found, schema

    def queried(self, call: Call, schema: Any) -> tuple[Value, Any]:
        """Return the properties in the query: some documents change a row with parameters instead of a body."""
        properties = self._schemas.properties(schema)
        assert call.operation is not None
        known = self._schemas.query(call.operation)
        found: Value = {
            name: self._fitting.cast(value, properties[name])
            for name, value in call.query.items()
            if name in known and name in properties
        }
        return found, {"properties": known}

    def merged(self, schema: Any, old: Value, body: Value) -> Value:
        """Return a row after a merge patch; null stays where the row must have the property and it can be null."""
        value = merged(old, body)
        assert isinstance(value, dict)
        required, properties = self._schemas.required(schema), self._schemas.properties(schema)
        for name, each in body.items():
            if each is None and name in required and self._fitting.valid(properties.get(name, {}), None):
                value[name] = None
        return value


def check(value: Any, whole: str) -> None:
    """Raise Unkept for a value that is nested too deep, or has a number that JSON cannot represent."""
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(each, float) and not isfinite(each) for each in level):
            raise Unkept(f"A number in the {whole} is too large")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise Unkept(f"The {whole} has more than {DEEPEST} levels")


def _without_bytes(value: Any) -> Any:
    match value:
        case bytes():
            return value.decode("utf-8", "replace")
        case dict():
            return {key: _without_bytes(each) for key, each in value.items()}
        case list():
            return [_without_bytes(each) for each in value]
    return value


def merged(old: JSON, patch: JSON) -> JSON:
    """Return `old` after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, each in patch.items():
        if each is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), each)
    return result
