"""Changes what openapi-core and the rest of mockbot cannot read in a valid document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockbot.jsontext import follow
from mockbot.openapi.keywords import is_method, rewritten
from mockbot.sse import EVENT_STREAM

EMPTY = {"204", "205", "304"}


def inlined(document: dict[str, Any]) -> None:
    """Resolve, in place, the references of paths, because some readers of documents do not follow them there."""
    paths = document.get("paths") or {}
    for path, item in paths.items():
        for _ in range(100):
            if not (isinstance(item, dict) and isinstance(item.get("$ref"), str)):
                break
            item = follow(document, item["$ref"]) | {key: value for key, value in item.items() if key != "$ref"}
        paths[path] = item


def make_readable(document: dict[str, Any]) -> None:
    """Change, in place, the parts of a document that its readers fail on."""
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
        if found.get("content") == {}:
            del found["content"]
        media = found.get("content")
        if isinstance(media, dict) and isinstance(media.get(EVENT_STREAM), dict):
            media[EVENT_STREAM] = {
                **media[EVENT_STREAM],
                "schema": _event_schema(media[EVENT_STREAM].get("schema", media[EVENT_STREAM].get("itemSchema", {}))),
            }
        return found

    document.update(rewritten(document, change))


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the operation objects of a document, so that a caller can change them in place."""
    for item in (document.get("paths") or {}).values():
        if isinstance(item, dict):
            yield from (value for name, value in item.items() if is_method(name) and isinstance(value, dict))


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
