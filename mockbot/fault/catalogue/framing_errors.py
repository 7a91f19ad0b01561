"""Responses that break HTTP: bytes outside of a message, a wrong length, an illegal chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import ABORT, BODY, LATIN, RAW, START, Expects, Fault, Kind, Range, abort, raw
from mockbot.fault.head import header, with_header
from mockbot.fault.place import Place


@dataclass(frozen=True, slots=True)
class _Broken(Fault):
    """A response that is not valid HTTP."""

    @property
    def kind(self) -> Kind:
        """Return `violation`."""
        return "violation"


@dataclass(frozen=True, slots=True)
class Raw(_Broken):
    """Bytes are written to the socket past HTTP; the response then goes on, and the connection is closed at its end.

    Without a socket of mockbot's own server, as in httpx's ASGITransport, the bytes are not sent.
    """

    name: ClassVar[str] = "raw"
    rule: ClassVar[str] = "RFC 9112 section 2: nothing but messages is sent on a connection"
    text: Annotated[str, LATIN, Range(0, 1_000_000), "The bytes, each as the character U+0000 to U+00FF."]
    after: Annotated[
        int | None, Range(0, 1_000_000), "Frames to send first; 0: only the head; null: nothing, not even the head."
    ] = 0

    @property
    def expects(self) -> Expects:
        """Return `either`, because the bytes may be anything."""
        return "either"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the bytes at the place."""
        data = self.text.encode("latin-1", "replace")
        if self.after is None:
            yield raw(data)
        place = Place(self.after or 0, 0)
        async for message in messages:
            before, rest = place.split(message)
            for each in before:
                yield each
            if place.here and self.after is not None:
                yield raw(data)
            for each in rest:
                yield each


@dataclass(frozen=True, slots=True)
class BadChunk(_Broken):
    """The size of a chunk is no number; then the connection is closed."""

    name: ClassVar[str] = "bad_chunk"
    rule: ClassVar[str] = "RFC 9112 section 7.1: a chunk begins with its size, in hexadecimal digits"
    after: Annotated[int, Range(0, 1_000_000), "Frames to send first; 0: only the head."] = 0
    line: Annotated[str, LATIN, Range(0, 10_000), "The line, as characters U+0000 to U+00FF."] = "zz"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on the messages before the place, in chunks, then the line."""
        place = Place(self.after, 0)
        async for message in messages:
            if message["type"] == START:
                message = with_header(message, b"content-length", None)
            for each in place.split(message)[0]:
                yield each
            if place.here:
                yield raw(self.line.encode("latin-1", "replace") + b"\r\n")
                yield abort("cut")
                return


@dataclass(frozen=True, slots=True)
class TrailingBytes(_Broken):
    """More bytes follow the complete response; then the connection is closed."""

    name: ClassVar[str] = "trailing_bytes"
    rule: ClassVar[str] = "RFC 9112 section 6.3: what follows the end of a message is not part of it"
    text: Annotated[str, LATIN, Range(1, 1_000_000), "The bytes, each as the character U+0000 to U+00FF."] = "mockbot"

    @property
    def expects(self) -> Expects:
        """Return `either`, because the response itself is complete."""
        return "either"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, then the bytes."""
        async for message in messages:
            yield message
            if message["type"] == BODY and not message.get("more_body", False):
                yield raw(self.text.encode("latin-1", "replace"))


@dataclass(frozen=True, slots=True)
class ContentLength(_Broken):
    """Content-Length differs from the size of the body; then the connection is closed.

    The body is sent when it is complete, also that of a stream.
    """

    name: ClassVar[str] = "content_length"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 8.6: Content-Length is the size of the content"
    by: Annotated[
        int,
        Range(-1_000_000, 1_000_000),
        "Bytes by which the declared length exceeds the body; negative: bytes of the body that follow the response.",
    ] = 1

    @property
    def kind(self) -> Kind:
        """Return `legal` only for no difference."""
        return "violation" if self.by else "legal"

    @property
    def expects(self) -> Expects:
        """Return `error` for a body that is too short; what follows a response may pass unnoticed."""
        return "error" if self.by > 0 else "either" if self.by else "same"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Keep head and body until the end, then pass them on with the other length."""
        head: Message | None = None
        body = bytearray()
        async for message in messages:
            if message["type"] == START:
                head = message
            elif message["type"] == BODY and head is not None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    for each in self._sent(head, bytes(body)):
                        yield each
                    head = None
            else:
                if head is not None and message["type"] in (ABORT, RAW):
                    yield head
                    yield {"type": BODY, "body": bytes(body), "more_body": True}
                    head = None
                yield message

    def _sent(self, head: Message, body: bytes) -> list[Message]:
        size = len(body) or int(header(head, b"content-length") or 0)
        declared = max(size + self.by, 0)
        head = with_header(head, b"content-length", b"%d" % declared)
        end: Message = {"type": BODY, "body": body[:declared], "more_body": declared > size and bool(body)}
        if end["more_body"]:
            return [head, end, abort("cut")]
        return [head, end, *([raw(body[declared:])] if body[declared:] else [])]
