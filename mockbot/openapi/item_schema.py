"""The effective contract in OpenAPI 3.2, whose `itemSchema` is the schema of each event: `/openapi.3.2.json`."""

from __future__ import annotations

from typing import Any

from mockbot.openapi.keywords import rewritten
from mockbot.sse import EVENT_STREAM


def with_item_schemas(effective: dict[str, Any]) -> dict[str, Any]:
    """Return the effective contract, OpenAPI 3.1, as 3.2, with an `itemSchema` for each event stream.

    In the effective contract the schema of a stream is that of an event {data, event, id, retry} (OpenAPI 3.2,
    section 4.14.4.3) and says nothing but `minLength` of the stream as text.
    """
    return {**rewritten(effective, _changed), "openapi": "3.2.0"}


def _changed(found: dict[str, Any]) -> dict[str, Any]:
    content = found.get("content")
    media = content.get(EVENT_STREAM) if isinstance(content, dict) else None
    if isinstance(content, dict) and isinstance(media, dict) and "itemSchema" not in media:
        schema = media.get("schema")
        rest = {key: value for key, value in media.items() if key != "schema"}
        event = {key: value for key, value in schema.items() if key != "minLength"} if isinstance(schema, dict) else {}
        content[EVENT_STREAM] = {**rest, "itemSchema": {"type": "object", **event}}
    return found
