"""Headers of a response that are absent, repeated or unusual, an interim response, and a compressed body."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import ABORT, ASKED, BODY, RAW, START, Asked, Expects, Fault, Kind, Range, raw
from mockbot.fault.head import FIELD_NAME, FIELD_VALUE, header, is_stream, media_type, with_header
from mockbot.sse import EVENT_STREAM

MEANING = {"content-type", "content-encoding", "content-range", "connection", "location"}
"""Headers that say what the rest of the response is."""
SINGLE = MEANING - {"content-encoding", "connection"} | {
    "age",
    "date",
    "etag",
    "expires",
    "last-modified",
    "retry-after",
}
"""Headers that are not lists, and may be sent once only."""


@dataclass(frozen=True, slots=True)
class MediaType(Fault):
    """A stream of events has another Content-Type, or none."""

    name: ClassVar[str] = "media_type"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = (
        "RFC 9110 section 8.3.1: media types are compared without regard to case, and may have parameters; "
        "WHATWG HTML 9.2.3: a stream is text/event-stream"
    )
    value: Annotated[str | None, FIELD_VALUE, Range(0, 1000), "The Content-Type of a stream; null: no such header."] = (
        "Text/Event-Stream"
    )

    @property
    def kind(self) -> Kind:
        """Return `legal` if it is still the media type of a stream."""
        return "legal" if self.value is not None and media_type(self.value) == EVENT_STREAM else "violation"

    @property
    def expects(self) -> Expects:
        """Return `either` without a media type, which a client may guess."""
        return "same" if self.kind == "legal" else "either" if self.value is None else "error"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the Content-Type in the head of a stream."""
        async for message in messages:
            if message["type"] == START and is_stream(message):
                value = None if self.value is None else self.value.encode("latin-1", "replace")
                message = with_header(message, b"content-type", value)
            yield message


@dataclass(frozen=True, slots=True)
class SetHeader(Fault):
    """A header has another value, or is absent.

    The server adds Date, Server and the headers of mockbot later.
    """

    name: ClassVar[str] = "header"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 5.1: a recipient ignores headers that it does not know"
    field: Annotated[str, FIELD_NAME, Range(1, 200), "The name of the header."]
    value: Annotated[str | None, FIELD_VALUE, Range(0, 10_000), "Its value; null: no such header."] = None

    @property
    def kind(self) -> Kind:
        """Return `violation` for a header that says what the response is."""
        return "violation" if self.field in MEANING else "legal"

    @property
    def expects(self) -> Expects:
        """Return `either` for a header that says what the response is."""
        return "either" if self.kind == "violation" else "same"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the header in the head."""
        async for message in messages:
            if message["type"] == START:
                value = None if self.value is None else self.value.encode("latin-1", "replace")
                message = with_header(message, self.field.encode("latin-1", "replace"), value)
            yield message


@dataclass(frozen=True, slots=True)
class RepeatHeader(Fault):
    """A header is sent once more; one that the response does not have is sent twice."""

    name: ClassVar[str] = "repeat_header"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 5.3: a header that is a list may be sent in several lines"
    field: Annotated[str, FIELD_NAME, Range(1, 200), "The name of the header."] = "cache-control"
    value: Annotated[str, FIELD_VALUE, Range(0, 10_000), "The value of the new line."] = "no-cache"

    @property
    def kind(self) -> Kind:
        """Return `violation` for a header that is not a list."""
        return "violation" if self.field in SINGLE else "legal"

    @property
    def expects(self) -> Expects:
        """Return `either` for a header that is not a list."""
        return "either" if self.kind == "violation" else "same"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the line at the end of the head."""
        async for message in messages:
            if message["type"] == START:
                name = self.field.encode("latin-1", "replace")
                line = (name, self.value.encode("latin-1", "replace"))
                has = any(key.lower() == name for key, _ in message.get("headers", ()))
                message = {**message, "headers": [*message.get("headers", ()), *([line] if has else [line, line])]}
            yield message


@dataclass(frozen=True, slots=True)
class EarlyHints(Fault):
    """An interim response (103) is sent before the response, to clients of HTTP/1.1.

    Without a socket of mockbot's own server, as in httpx's ASGITransport, it is not sent.
    """

    name: ClassVar[str] = "early_hints"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 15.2: a client reads interim responses, also those that it did not expect"
    link: Annotated[str, FIELD_VALUE, Range(0, 10_000), "The value of Link."] = "</style.css>; rel=preload"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, after the interim response."""
        async for message in messages:
            if message["type"] == START and message.get(ASKED, Asked("/")).http_version != "1.0":
                link = self.link.encode("latin-1", "replace")
                yield raw(b"HTTP/1.1 103 \r\nlink: %s\r\n\r\n" % link, interim=True)
            yield message


@dataclass(frozen=True, slots=True)
class Gzip(Fault):
    """The body is compressed, whatever the request's Accept-Encoding.

    It is legal for a client that sends no Accept-Encoding, or one with gzip. A body that has a content coding already,
    or none at all, passes unchanged.
    """

    name: ClassVar[str] = "gzip"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 12.5.3: without Accept-Encoding, or with gzip in it, gzip is acceptable"
    flush: Annotated[
        Literal["event", "end"],
        "`event`: what is sent can be read at once; `end`: the compressor keeps it until it has enough.",
    ] = "event"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the body compressed."""
        compressor = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
        head: Message | None = None
        coded = False
        async for message in messages:
            if message["type"] == START:
                coded = message["status"] not in (204, 304) and not header(message, b"content-encoding")
                head = message if coded and header(message, b"content-length") else None
                if head is None:
                    yield with_header(message, b"content-encoding", b"gzip") if coded else message
                continue
            body, more = message.get("body", b""), message.get("more_body", False)
            ends = message["type"] in (ABORT, RAW) or (message["type"] == BODY and not body and not more)
            if head is not None and ends:  # the head of an empty or broken body
                yield head
                head, coded = None, False
            if message["type"] != BODY or not coded:
                yield message
                continue
            data = compressor.compress(body)
            if not more or (body and self.flush == "event"):
                data += compressor.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
            if head is not None:
                size = None if more else b"%d" % len(data)
                yield with_header(with_header(head, b"content-encoding", b"gzip"), b"content-length", size)
                head = None
            if data or not more:
                yield {**message, "body": data}
