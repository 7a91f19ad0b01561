"""Pauses before or within a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, TypeAlias

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import BODY, Expects, Fault, Range, pause
from mockbot.fault.place import Bytes, Place

PATIENCE = 60.0
"""Seconds of silence after which every client should have given up."""
Seconds: TypeAlias = Annotated[float, Range(0, 3600), "Seconds to wait, in real time."]


@dataclass(frozen=True, slots=True)
class _Pause(Fault):
    rule: ClassVar[str] = "RFC 9110 sets no limit to the time that a response takes; a client sets its own"
    seconds: Seconds = 1.0

    @property
    def expects(self) -> Expects:
        """Return that a client gives up a long silence."""
        return "error" if self.seconds > PATIENCE else "same"


@dataclass(frozen=True, slots=True)
class Delay(_Pause):
    """A pause before the whole response, or in a script before the following frames."""

    name: ClassVar[str] = "delay"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pause, then pass on all messages."""
        yield pause(self.seconds)
        async for message in messages:
            yield message


@dataclass(frozen=True, slots=True)
class Stall(_Pause):
    """A pause in the middle of the response, which then continues."""

    name: ClassVar[str] = "stall"
    after: Annotated[int, Range(0, 1_000_000), "Frames to send first; 0: only the head."] = 0
    bytes: Bytes = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with a pause at the place."""
        place = Place(self.after, self.bytes)
        async for message in messages:
            before, rest = place.split(message)
            for each in before:
                yield each
            if place.here:
                yield pause(self.seconds)
            for each in rest:
                yield each


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The body is sent in small pieces, with a pause between two of them."""

    name: ClassVar[str] = "drip"
    rule: ClassVar[str] = "RFC 9110 sets no limit to the time that a response takes"
    bytes: Annotated[int, Range(1, 1_000_000_000), "The size of a piece."] = 1
    seconds: Annotated[float, Range(0, 3600), "Seconds between two pieces, in real time."] = 0.5

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with bodies in pieces; when the client has left, the rest follows at once."""
        begun = left = False
        async for message in messages:
            body, more = message.get("body", b""), message.get("more_body", False)
            if message["type"] != BODY or not body:
                yield message
                continue
            sent = 0
            while sent < len(body):
                if begun and not left:
                    waiting = pause(self.seconds)
                    yield waiting
                    left = waiting["left"]
                begun = True
                piece = body[sent:] if left else body[sent : sent + self.bytes]
                sent += len(piece)
                yield {**message, "body": piece, "more_body": sent < len(body) or more}
