"""The bytes of what a script for an operation sends."""

from __future__ import annotations

from mockbot.jsontext import JSON, compact, spaced
from mockbot.script.model import Answer, EventStep
from mockbot.sse import Event, encode


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON."""
    name = media_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")


def written(answer: Answer, body: JSON | bytes) -> bytes:
    """Return the bytes of a body whose placeholders are filled."""
    if isinstance(body, bytes):
        return body
    if not answer.media_type:
        return b""
    return str(body).encode("utf-8", "replace") if answer.is_text else compact(body)


def encoded(step: EventStep) -> bytes:
    """Return the bytes of an event or of a comment; an event without data is sent as far as it goes."""
    if step.comment is not None:
        return b"".join(f": {line}\n".encode("utf-8", "replace") for line in step.comment.splitlines() or [""]) + b"\n"
    data = step.data if isinstance(step.data, str) else spaced(step.data)
    clean = {"event": " ".join(step.event.splitlines()), "id": " ".join(step.id.replace("\0", "").splitlines())}
    return encode(Event(data, retry=step.retry, **clean))
