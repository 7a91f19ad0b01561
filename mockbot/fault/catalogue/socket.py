"""Responses that end too early: cleanly, by closing the connection, or by resetting it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.fault.fault import BODY, START, Fault, Range, abort
from mockbot.fault.place import Bytes, Place


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """The response ends early but cleanly: its HTTP is complete, its content is not."""

    name: ClassVar[str] = "truncate"
    after: Annotated[int, Range(0, 1_000_000), "Frames to send first; 0: only the head."] = 0
    bytes: Bytes = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on the messages before the place, without Content-Length, and end the response."""
        place = Place(self.after, self.bytes)
        async for message in messages:
            if message["type"] == START:
                headers = [header for header in message.get("headers", ()) if header[0].lower() != b"content-length"]
                message = {**message, "headers": headers}
            for each in place.split(message)[0]:
                yield each
            if place.here:
                yield {"type": BODY, "body": b"", "more_body": False}
                return


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
