"""Responses that end too early: cleanly, by closing the connection, or by resetting it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.fault.fault import BODY, LATIN, START, Expects, Fault, Kind, Range, abort, raw
from mockbot.fault.place import Bytes, Place
from mockbot.sse import Parser


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """The response ends early but cleanly: its HTTP is complete, its content is not."""

    name: ClassVar[str] = "truncate"
    after: Annotated[int, Range(0, 1_000_000), "Frames to send first; 0: only the head."] = 0
    bytes: Bytes = 0
    event: Annotated[
        str | None,
        Range(1, 200),
        "The type of the event to send last, such as `complete`: its `event:` or the `type` in its JSON. "
        "`after` and `bytes` are then not used. null: the place is that of `after` and `bytes`.",
    ] = None

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
    how: ClassVar[Literal["cut", "reset"]] = "cut"


@dataclass(frozen=True, slots=True)
class Reset(_Abort):
    """The connection is reset (RST); bytes that the client has not read yet may be lost."""

    name: ClassVar[str] = "reset"
    how: ClassVar[Literal["cut", "reset"]] = "reset"


@dataclass(frozen=True, slots=True)
class Raw(Fault):
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
    def kind(self) -> Kind:
        """Return `violation`: the bytes belong to no message."""
        return "violation"

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
