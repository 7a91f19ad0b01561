"""The properties in a request's body."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from mockbot.contract.media_types import parse_content_type, read_json, read_parts
from mockbot.generic.stateful.schema import Schemas, is_json
from mockbot.jsontext import JSON
from mockbot.world.call import Call
from mockbot.world.rows import Value


def read_row(call: Call, schemas: Schemas) -> Value | None:
    """Return the object in a body of JSON or a form; None if there is none.

    A body of one property that is an object, such as `{"pet": {...}}`, contains the row in it.
    """
    assert call.operation is not None
    schema = schemas.request(call.operation)
    media_type, parameters = parse_content_type(call.content_type)
    try:
        if media_type == "application/x-www-form-urlencoded":
            found: JSON = _form(
                parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True), schemas, schema
            )
        elif media_type == "multipart/form-data":
            parts = read_parts(call.body, parameters.get("boundary", ""))
            found = _form([(part.name, part.data.decode("utf-8", "replace")) for part in parts], schemas, schema)
        elif is_json(media_type):
            found = read_json(call.body)
        else:
            return None
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    properties = schemas.properties(schema)
    if len(properties) == 1 and len(found) == 1:
        (name,) = properties
        inner = found.get(name)
        if isinstance(inner, dict) and schemas.is_object(properties[name]):
            return inner
    return found


def _form(pairs: list[tuple[str, str]], schemas: Schemas, schema: Any) -> Value:
    """Return the fields of a form, cast by their schemas; repeated ones and those of arrays are lists."""
    properties = schemas.properties(schema)
    found: Value = {}
    for name, written in pairs:
        bare = name.removesuffix("[]")
        kinds = schemas.kinds(properties.get(bare, {}))
        items = schemas.keyword(properties.get(bare, {}), "items")
        value = cast(written, schemas.kinds(items) if "array" in kinds else kinds)
        if "array" in kinds or bare != name:
            old = found.setdefault(bare, [])
            if isinstance(old, list):
                old.append(value)
        else:
            found[bare] = value
    return found


def cast(written: str, kinds: set[str]) -> JSON:
    """Return text as the value of one of those types that it is, else as text."""
    if not kinds or kinds == {"string"}:
        return written
    try:
        value = read_json(written.encode("utf-8", "replace"))
    except ValueError:
        return written
    match value:
        case bool():
            fits = "boolean" in kinds
        case None:
            fits = "null" in kinds
        case int() | float():
            fits = bool(kinds & {"integer", "number"})
        case dict() | list():
            fits = bool(kinds & {"object", "array"})
        case _:
            fits = False
    return value if fits else written
