"""The headers of a `http.response.start`, and the forms of their names and values."""

from __future__ import annotations

from starlette.types import Message

from mockbot.fault.fault import Form
from mockbot.sse import EVENT_STREAM

FIELD_NAME = Form(
    r"(?!(?:content-length|transfer-encoding)$)[!#$%&'*+.^_`|~0-9a-z-]+",
    "the name of a header in small letters, but not content-length or transfer-encoding",
)
FIELD_VALUE = Form(
    r"(?:[!-~\u00a1-\u00ff](?:[\t -~\u00a1-\u00ff]*[!-~\u00a1-\u00ff])?)?",
    "a text of visible Latin-1 characters, with blanks only inside",
)
"""Values that HTTP can send (RFC 9110 section 5.5)."""


def header(message: Message, name: bytes) -> str:
    """Return the value of a header, or the empty text."""
    found = (value.decode("latin-1") for key, value in message.get("headers", ()) if key.lower() == name)
    return next(found, "")


def media_type(content_type: str) -> str:
    """Return the media type in a Content-Type in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_stream(message: Message) -> bool:
    """Return whether the response is a stream of events."""
    return media_type(header(message, b"content-type")) == EVENT_STREAM


def with_header(message: Message, name: bytes, value: bytes | None) -> Message:
    """Return a head with one header of that name, in its old place if it had one; None removes all of that name."""
    headers, done = [], value is None
    for key, old in message.get("headers", ()):
        if key.lower() != name:
            headers.append((key, old))
        elif not done and value is not None:
            headers.append((key, value))
            done = True
    if not done and value is not None:
        headers.append((name, value))
    return {**message, "headers": headers}
