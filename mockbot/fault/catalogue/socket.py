"""Responses that end too early: cleanly, by closing the connection, or by resetting it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import BODY, START, Fault, Kind, Range, abort, last
from mockbot.fault.place import Bytes, Place
from mockbot.sse import Parser


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """The response ends early but cleanly: its HTTP is complete, its content is not."""

    name: ClassVar[str] = "truncate"
    rule: ClassVar[str] = "The contract: a stream ends with its last event, a JSON document is complete"
    after: Annotated[int, Range(0, 1_000_000), "Frames to send first; 0: only the head."] = 0
    bytes: Bytes = 0
    event: Annotated[
        str | None,
        Range(1, 200),
        "The type of the event to send last, such as `complete`: its `event:` or the `type` in its JSON. "
        "`after` and `bytes` are then not used. null: the place is that of `after` and `bytes`.",
    ] = None

    @property
    def kind(self) -> Kind:
        """Return `violation`."""
        return "violation"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on the messages before the place, without Content-Length, and end the response."""
        place = Place(self.after, self.bytes)
        parser = Parser()
        async for message in messages:
            if message["type"] == START:
                headers = [header for header in message.get("headers", ()) if header[0].lower() != b"content-length"]
                message = {**message, "headers": headers}
            if self.event is None:
                before, ends = place.split(message)[0], place.here
            else:
                before, ends = [message], message["type"] == BODY and self.event in _types(parser, message)
            for each in before:
                yield each
            if ends:
                yield {"type": BODY, "body": b"", "more_body": False}
                return


def _types(parser: Parser, message: Message) -> Iterator[str]:
    """Yield the types of the events that a body message completes."""
    for event in parser.feed(message.get("body", b"")):
        yield event.event
        with suppress(ValueError, RecursionError):
            value = json.loads(event.data)
            if isinstance(value, dict):
                yield str(value.get("type"))


@dataclass(frozen=True, slots=True)
class _Abort(Fault):
    how: ClassVar[Literal["cut", "reset"]]
    after: Annotated[
        int | None, Range(0, 1_000_000), "Frames to send first; 0: only the head; null: nothing, not even the head."
    ] = None
    bytes: Bytes = 0

    @property
    def kind(self) -> Kind:
        """Return `violation`."""
        return "violation"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on the messages before the place, then end the connection."""
        if self.after is None and not self.bytes:
            yield abort(self.how)
            return
        place = Place(self.after or 0, self.bytes)
        async for message in messages:
            for each in place.split(message)[0]:
                yield each
            if place.here:
                yield abort(self.how)
                return


@dataclass(frozen=True, slots=True)
class Cut(_Abort):
    """The connection is closed (FIN) before the end of the response."""

    name: ClassVar[str] = "cut"
    rule: ClassVar[str] = "RFC 9112 section 8: a response that ends before its length or last chunk is incomplete"
    how: ClassVar[Literal["cut", "reset"]] = "cut"


@dataclass(frozen=True, slots=True)
class Reset(_Abort):
    """The connection is reset (RST); bytes that the client has not read yet may be lost."""

    name: ClassVar[str] = "reset"
    rule: ClassVar[str] = "RFC 9112 section 8: a response that ends before its length or last chunk is incomplete"
    how: ClassVar[Literal["cut", "reset"]] = "reset"


@dataclass(frozen=True, slots=True)
class IdleClose(Fault):
    """The connection is closed after the complete response, though no header says so."""

    name: ClassVar[str] = "idle_close"
    rule: ClassVar[str] = "RFC 9112 section 9.5: a server may close an idle connection at any time"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Make the response the last one of its connection, and pass on all messages."""
        yield last()
        async for message in messages:
            yield message
