"""Pauses before or within a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from starlette.types import Message

from mockbot.fault.fault import Fault, Range, pause
from mockbot.fault.place import Bytes, Place

Seconds: TypeAlias = Annotated[float, Range(0, 3600), "Seconds to wait, in real time."]


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """A pause before the whole response, or in a script before the following frames."""

    name: ClassVar[str] = "delay"
    seconds: Seconds = 1.0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pause, then pass on all messages."""
        yield pause(self.seconds)
        async for message in messages:
            yield message


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """A pause in the middle of the response, which then continues."""

    name: ClassVar[str] = "stall"
    seconds: Seconds = 1.0
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
