"""Any OpenAPI document as a contract that mockbot can keep: its own errors are in it, and it can be read everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockbot.contract.bundle import bundled, rewritten
from mockbot.contract.reading import Text, is_url
from mockbot.contract.upgrade import upgraded
from mockbot.errors import UserError
from mockbot.sse import EVENT_STREAM

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
EMPTY = {"204", "205", "304"}
ANSWERS = {
    "400": "BadRequest",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "405": "MethodNotAllowed",
    "413": "PayloadTooLarge",
    "415": "UnsupportedMediaType",
    "500": "ServerError",
    "501": "NotImplemented",
}
"""What any operation may answer here, and the response in the components of the effective contract that says so."""


def self_contained(text: Text) -> dict[str, Any]:
    """Return an OpenAPI 3.0 or 3.1 document as one of 3.1 that refers to nothing outside of itself, or UserError."""
    document = text.value
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    if not version.startswith(("3.0", "3.1")):
        said = f"its `openapi` is {version!r}" if version else "it has no `openapi`"
        raise UserError(f"{text.name}: not an OpenAPI 3.0 or 3.1 document: {said}")
    whole = bundled(document, text.name, None if is_url(text.name) else Path(text.name).parent)
    return upgraded(whole) if version.startswith("3.0") else whole


def prepared(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with room for mockbot's own answers, before the overlay describes them."""
    components = document.get("components") or {}
    responses = {name: it for name, it in (components.get("responses") or {}).items() if name not in ANSWERS.values()}
    responses["Unauthorized"] = {"description": "No key, or an unknown one."}
    responses["Forbidden"] = {"description": "The key's scopes do not allow it."}
    return {**document, "components": {**components, "responses": responses}}


def completed(effective: dict[str, Any], name: str) -> list[str]:
    """Write mockbot's own answers into every operation, and streams as all tools read them; return what was dropped."""
    effective["components"]["responses"]["NotImplemented"] = {
        "description": "mockbot has no behaviour for this operation and can make no example.",
        "content": effective["components"]["responses"]["BadRequest"]["content"],
    }
    seen: set[str | None] = set()
    for operation in _operations(effective):
        if "operationId" in operation and operation["operationId"] in seen:
            del operation["operationId"]  # the overlay took it for another
        seen.add(operation.get("operationId"))
        responses = operation.setdefault("responses", {})
        for status in EMPTY & responses.keys():
            if isinstance(responses[status], dict):
                responses[status].pop("content", None)  # HTTP allows none, whatever the document says
        responses.update({status: {"$ref": f"#/components/responses/{name}"} for status, name in ANSWERS.items()})
    dropped: list[str] = []

    def change(found: dict[str, Any]) -> dict[str, Any]:
        if "$dynamicRef" in found:
            raise UserError(f"{name}: $dynamicRef {found['$dynamicRef']!r} is not understood; say it with $ref")
        if found.get("content") == {}:
            del found["content"]
        media = found.get("content")
        if isinstance(media, dict) and isinstance(media.get(EVENT_STREAM), dict):
            media[EVENT_STREAM] = {**media[EVENT_STREAM], "schema": _of_events(media[EVENT_STREAM].get("schema", {}))}
        if isinstance(found.get("pattern"), str) and not _readable(found["pattern"]):
            dropped.append(found.pop("pattern"))
        return found

    effective.update(rewritten(effective, change))
    return dropped


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in (document.get("paths") or {}).values():
        if isinstance(item, dict):
            yield from (item[method] for method in METHODS if isinstance(item.get(method), dict))


def _of_events(schema: Any) -> Any:
    """Let the schema of a stream speak of each event's data, and of the stream as text only that there is some.

    Of OpenAPI's tools some read it as the schema of the text, some as that of each event {data, event, id, retry}.
    """
    if not isinstance(schema, dict) or "contentSchema" in schema.get("properties", {}).get("data", {}):
        return schema
    if schema.get("type") == "string" or not schema:
        return {"minLength": 1}
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return {"minLength": 1, "required": ["data"], "properties": {"data": data}}


def _readable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
