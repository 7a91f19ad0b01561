"""Puts a message into a value of a document's error schema, where a string fits naturally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockbot.jsontext import JSON
from mockbot.response import phrase

MESSAGES = ("detail", "message", "error_description", "error_message", "errorMessage", "msg", "reason", "description")
TITLES = ("error", "title", "text", "summary", "faultstring")
"""The names of properties that carry a message, the likely ones first; titles only if there is no other."""
STATUSES = ("status", "statusCode", "status_code", "http_status", "httpStatus", "code")
CONTAINERS = ("errors", "error", "details", "messages", "fault", "data", "detail")
"""The names of properties in which errors lie."""
FIXED = {"enum", "const", "format", "pattern"}
BOUNDED = {"enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
Resolve = Callable[[Any], Any]
"""Follows a `$ref`."""
Make = Callable[[Any], Any]
"""Returns a value for a schema, or None."""


def carrying(value: JSON, schema: Any, status: int, message: str, resolve: Resolve, make: Make) -> Iterator[JSON]:
    """Yield copies of a value that carry the message; callers must check that each fits the schema.

    The first ones have properties that the schema allows and the value lacks.
    """
    for adding in (True, False):
        filled = _filled(value, schema, status, message, resolve, make if adding else None, 4)
        if filled is not None:
            yield filled


def _filled(
    value: JSON, schema: Any, status: int, message: str, resolve: Resolve, make: Make | None, depth: int
) -> JSON | None:
    """Return a copy of a value with the message in it, or None if there is no place for it."""
    parts = [*_parts(schema, resolve)]
    if isinstance(value, str):
        return message[: _longest(parts)] if not _is_fixed(parts) else None
    if isinstance(value, list):
        items = next((part["items"] for part in parts if "items" in part), True)
        first = value[0] if value else make(items) if make and items is not True else None
        inner = None if first is None else _filled(first, items, status, message, resolve, make, depth)
        return None if inner is None else [inner, *value[1:]]
    if not isinstance(value, dict) or not depth:
        return None
    known = _properties(parts)
    for name in (*MESSAGES, *TITLES):
        if _takes_text(known.get(name, {}), value.get(name), resolve) and (name in value or (make and name in known)):
            longest = _longest([*_parts(known.get(name, {}), resolve)])
            return {**_noted(value, known, status, resolve), name: message[:longest]}
    places = [name for name in CONTAINERS if name in value or (make and name in known)]
    for name in (*places, *(name for name, each in value.items() if isinstance(each, dict) and name not in places)):
        inside = value.get(name)
        if inside is None and make:
            inside = make(known.get(name, True))
        inner = (
            _filled(inside, known.get(name, {}), status, message, resolve, make, depth - 1)
            if isinstance(inside, dict | list)
            else None
        )
        if inner is not None:
            return {**_noted(value, known, status, resolve), name: inner}
    return None


def _noted(value: dict[str, JSON], known: Mapping[str, Any], status: int, resolve: Resolve) -> dict[str, JSON]:
    """Return a copy with the status and its phrase, where the value has such properties and they are free."""
    noted = dict(value)
    for name in STATUSES:
        parts = [*_parts(known.get(name, {}), resolve)]
        if isinstance(value.get(name), int) and not any(BOUNDED & part.keys() for part in parts):
            noted[name] = status
    if _takes_text(known.get("title", {}), value.get("title"), resolve) and "title" in value:
        noted["title"] = phrase(status)
    return noted


def _parts(schema: Any, resolve: Resolve, depth: int = 8) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and those it is composed of, resolved."""
    found = resolve(schema)
    if isinstance(found, dict) and depth:
        yield found
        for key in ("allOf", "oneOf", "anyOf"):
            for each in found.get(key, ()):
                yield from _parts(each, resolve, depth - 1)


def _properties(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        found = {**part.get("properties", {}), **found}
    return found


def _takes_text(schema: Any, value: JSON, resolve: Resolve) -> bool:
    """Return whether a property may be any text, by its schema or, if that says nothing, by its value."""
    parts = [*_parts(schema, resolve)]
    types = [
        kind
        for part in parts
        for kind in ([part["type"]] if isinstance(part.get("type"), str) else part.get("type", ()))
    ]
    return not _is_fixed(parts) and ("string" in types if types else isinstance(value, str))


def _is_fixed(parts: list[Mapping[str, Any]]) -> bool:
    return any(FIXED & part.keys() for part in parts)


def _longest(parts: list[Mapping[str, Any]]) -> int:
    return min([int(part["maxLength"]) for part in parts if "maxLength" in part], default=2000)
