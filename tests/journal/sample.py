"""Sample entries, made without a server."""

import json
from collections.abc import Sequence
from typing import Any

from mockbot import sse
from mockbot.journal.entry import Chunk, Entry
from mockbot.jsontext import JSON
from mockbot.violation import Violation

STREAM = (("content-type", "text/event-stream"),)
HELLO = {"username": "ada", "session_id": "s", "message": "hello"}
BEGIN: dict[str, JSON] = {"type": "session_id", "data": None, "session_id": "s"}
TEXT: dict[str, JSON] = {"type": "plain", "data": "Hi"}
END: dict[str, JSON] = {"type": "end", "data": ""}
MINIMUM = Violation("request", "query", "/page", "minimum", "`page` must be at least 1", 0)


def exchange(began: float = 0.0, **fields: Any) -> Entry:
    """Return an entry of ten milliseconds: GET /api/v1/im/bots with status 200, changed by `fields`."""
    method, path = fields.get("method", "GET"), fields.pop("path", "/api/v1/im/bots")
    name = fields.pop("id", f"e{began:g}")
    entry = Entry(name, "default", began, method, path, fields.pop("query", ""), fields.pop("headers", ()))
    body = fields.pop("body", b"")
    entry.body = body if isinstance(body, bytes) else json.dumps(body).encode()
    entry.body_size = len(entry.body)
    entry.operation, entry.status, entry.ended, entry.seconds = f"{method} {path}", 200, "complete", 0.01
    entry.chat = entry.operation == "POST /api/v1/chat"
    for field, value in fields.items():
        setattr(entry, field, value)
    entry.arrived = began if "arrived" not in fields else entry.arrived
    if "closed" not in fields:
        entry.closed = entry.arrived + (entry.seconds if entry.left is None else entry.left)
    entry.response_size = len(entry.response_body)
    if entry.chunks and "last_sent" not in fields:
        entry.last_sent = entry.arrived + entry.chunks[-1].at
    return entry


def chat(began: float = 0.0, frames: Sequence[Any] = (BEGIN, TEXT, END), body: Any = HELLO, **fields: Any) -> Entry:
    """Return a chat whose frames are sent a tenth of a second apart."""
    chunks = [Chunk(number / 10, sse.data_frame(frame)) for number, frame in enumerate(frames)]
    defaults: dict[str, Any] = {
        "method": "POST",
        "response_headers": STREAM,
        "chunks": chunks,
        "seconds": len(chunks) / 10,
    }
    return exchange(began, path="/api/v1/chat", body=body, **(defaults | fields))
