"""The ASGI layer of the breakpoints.

It is inside of the faults, which then damage what was let go, and outside of the contract, so that a person may send
what breaks it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.breakpoints.breakpoints import Breakpoints, Decision, breakpoints_of
from mockbot.fault.fault import BODY, START, abort
from mockbot.fault.wire import CONNECTION, Connection
from mockbot.journal.recorder import entry_of
from mockbot.sse import EVENT, EVENT_STREAM
from mockbot.steady import steady
from mockbot.turns import TURN

STREAM = EVENT_STREAM.encode()
LARGE = 64 * 1024
"""Bytes of a piece of a stream whose events are counted in a thread."""
MARK = "breakpoint"
"""What an entry has among its faults if a frame was changed, dropped, or the stream cut."""


class BreakpointsLayer:
    """Holds frames of event streams back; every other response is passed on unchanged.

    `operation_of` returns the name of the operation of a scope, or None.
    """

    def __init__(self, app: ASGIApp, operation_of: Callable[[Scope], str | None]) -> None:
        self.app, self.operation_of = app, operation_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, _Stream(scope, self.operation_of, send).send)
        finally:
            if breakpoints_of(scope).active:
                breakpoints_of(scope).end(entry_of(scope).id)


class _Stream:
    """One response."""

    def __init__(self, scope: Scope, operation_of: Callable[[Scope], str | None], send: Send) -> None:
        self._scope, self._operation_of, self._send = scope, operation_of, send
        self._breakpoints: Breakpoints = breakpoints_of(scope)
        self._is_stream = self._over = False
        self._frame = 0

    def send(self, message: Message) -> Awaitable[None]:
        """Send the app's next message, once its frames may go."""
        if self._over:
            return _nothing()
        if EVENT in message and self._is_stream and not self._breakpoints.active:
            self._frame += 1
            return self._send(message)
        if message["type"] == START:
            self._is_stream = _is_stream(message)
        if message["type"] != BODY or not self._is_stream or not message.get("body"):
            return self._send(message)
        if self._breakpoints.active:
            return self._frames(message)
        if len(message["body"]) > LARGE:
            return self._large(message)
        self._frame += events_in(message["body"])
        return self._send(message)

    async def _large(self, message: Message) -> None:
        """Send a large body, whose events are counted in a thread."""
        self._frame += await asyncio.to_thread(events_in, message["body"])
        await self._send(message)

    async def _frames(self, message: Message) -> None:
        """Send a body block by block; other tasks run in between."""
        more, left, ends = message.get("more_body", False), len(message["body"]), steady() + TURN
        for data in blocks(message["body"]):
            left -= len(data)
            await self._one(data, more or left > 0, len(message["body"]))
            if self._over:
                return
            if steady() >= ends:
                await asyncio.sleep(0)
                ends = steady() + TURN

    async def _one(self, data: bytes, more: bool, size: int) -> None:
        self._frame += is_event(data)
        decision = await self._decision(data, size) if is_event(data) else Decision()
        if decision.action != "send" or decision.data is not None:
            entry_of(self._scope).faults += (MARK,)
        if decision.action == "cut":
            self._over = True
            await self._send(abort("cut"))
            return
        left = b"" if decision.action == "drop" else data if decision.data is None else decision.data
        if left or not more:
            await self._send({"type": BODY, "body": left, "more_body": more})

    async def _decision(self, data: bytes, size: int) -> Decision:
        operation, entry = self._operation_of(self._scope) or "", entry_of(self._scope).id
        if not self._breakpoints.due(operation, entry, self._frame, data, size):
            return Decision()
        connection: Connection | None = (self._scope.get("extensions") or {}).get(CONNECTION)
        lost = None if connection is None else connection.lost
        return await self._breakpoints.hold(operation, entry, self._frame, data, lost, size)


async def _nothing() -> None:
    """Drop a message."""


def _is_stream(head: Message) -> bool:
    for name, value in head.get("headers", ()):
        if name.lower() == b"content-type":
            return bool(value.startswith(STREAM))
    return False


def blocks(data: bytes) -> Iterator[bytes]:
    """Yield the blocks of a piece of a stream, each with the blank line that ends it."""
    begin = 0
    while begin < len(data):
        found = data.find(b"\n\n", begin)
        end = len(data) if found < 0 else found + 2
        yield data[begin:end]
        begin = end


def events_in(data: bytes) -> int:
    """Return how many blocks of a piece of a stream are events."""
    return sum(map(is_event, blocks(data)))


def is_event(block: bytes) -> bool:
    """Return whether a block has data, so that it is no comment."""
    return block.startswith(b"data") or b"\ndata" in block
