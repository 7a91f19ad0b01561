"""Converts any OpenAPI document to the form that the rest of mockbot reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockbot.errors import UserError
from mockbot.openapi.bundle import bundled, rewritten
from mockbot.openapi.fetch import Text, is_url
from mockbot.openapi.upgrade import upgraded
from mockbot.sse import EVENT_STREAM

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
EMPTY = {"204", "205", "304"}


def self_contained(text: Text) -> dict[str, Any]:
    """Return an OpenAPI 3.0 or 3.1 document as 3.1 with only local references; raise UserError if that fails."""
    document = text.value
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    if not version.startswith(("3.0", "3.1")):
        given = f"its `openapi` is {version!r}" if version else "it has no `openapi`"
        raise UserError(f"{text.name}: not an OpenAPI 3.0 or 3.1 document: {given}")
    whole = bundled(document, text.name, None if is_url(text.name) else Path(text.name).parent)
    return upgraded(whole) if version.startswith("3.0") else whole


def make_readable(document: dict[str, Any], name: str) -> None:
    """Change, in place, the parts of a document that its readers would fail on.

    Raise UserError for `$dynamicRef`, which is not supported.
    """
    seen: set[str | None] = set()
    for operation in operations(document):
        if "operationId" in operation and operation["operationId"] in seen:
            del operation["operationId"]
        seen.add(operation.get("operationId"))
        responses = operation.get("responses") or {}
        for status in EMPTY & responses.keys():
            if isinstance(responses[status], dict):
                responses[status].pop("content", None)  # these have no content (RFC 9110, section 15)

    def change(found: dict[str, Any]) -> dict[str, Any]:
        if "$dynamicRef" in found:
            raise UserError(f"{name}: $dynamicRef {found['$dynamicRef']!r} is not supported; use $ref")
        if found.get("content") == {}:
            del found["content"]
        media = found.get("content")
        if isinstance(media, dict) and isinstance(media.get(EVENT_STREAM), dict):
            media[EVENT_STREAM] = {
                **media[EVENT_STREAM],
                "schema": _event_schema(media[EVENT_STREAM].get("schema", {})),
            }
        return found

    document.update(rewritten(document, change))


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the operation objects of a document, so that a caller can change them in place."""
    for item in (document.get("paths") or {}).values():
        if isinstance(item, dict):
            yield from (item[method] for method in METHODS if isinstance(item.get(method), dict))


def _event_schema(schema: Any) -> Any:
    """Return a schema that fits a whole stream as text and contains the schema of each event's data.

    Documents use the schema of a stream for its text, for one event {data, event, id, retry} or for an event's data.
    """
    if not isinstance(schema, dict) or "contentSchema" in schema.get("properties", {}).get("data", {}):
        return schema
    if schema.get("type") == "string" or not schema:
        return {"minLength": 1}
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return {"minLength": 1, "required": ["data"], "properties": {"data": data}}
