"""The layer that carries out the messages that wait, write bytes or end the connection, and passes on all others.

mockbot's own server puts the connection into `scope["extensions"]["mockbot.connection"]`. Without it
(httpx.ASGITransport, Starlette's TestClient, another server), the layer raises ConnectionAbortedError (cut) or
ConnectionResetError (reset) after the application has finished. A test sees the exception; a server closes its socket.
Bytes past HTTP are not sent then.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.dataclass import dataclass
from mockbot.fault.fault import ABORT, BODY, FAULT, LAST, RAW, SLEEP, START, raw
from mockbot.fault.sleeps import Sleeps

CONNECTION = "mockbot.connection"
AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with zero seconds: closing the socket sends RST and drops unsent bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A client's connection, as the server knows it."""

    transport: asyncio.Transport
    lost: asyncio.Future[None]
    """Done when the connection has ended, from either side."""
    writable: Callable[[], Awaitable[object]]
    """Waits until the client has read enough of what is already written."""
    last: Callable[[], None]
    """Makes the server close the connection after the current response."""
    flush: Callable[[], None] | None = None
    """Writes what the server may still hold back of the response."""

    async def write(self, data: bytes) -> bool:
        """Write bytes as they are; return False if the connection has ended."""
        self.write_out()
        await self.writable()
        if self.lost.done() or self.transport.is_closing():
            return False
        self.transport.write(data)
        return True

    def close(self) -> None:
        """Close the connection after what is already written."""
        self.write_out()
        self.transport.close()

    def write_out(self) -> None:
        """Write at once what the server may still hold back, so that it is a piece of its own."""
        if self.flush is not None:
            self.flush()

    async def end(self, how: Literal["cut", "reset"]) -> None:
        """End the connection without a proper end of the response; `cut` first sends the bytes already written."""
        if self.lost.done():
            return
        if how == "reset":
            self.write_out()
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.transport.abort()
        else:
            self.close()
        await asyncio.wait([self.lost])


class Wire:
    """Carries out what faults say about time and socket.

    Sleeps take real time, whatever the world's clock, to test timeouts of clients.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._sleeps = Sleeps()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        end = _End(self, scope, receive, send)
        await self.app(scope, end.receive, end.send)
        end.finish()

    async def sleep(self, seconds: float, connection: Connection | None, *of_world: Sleeps) -> None:
        """Wait for `seconds`, or until the client disconnects, or until the application or the world ends."""
        sleeps = self._sleeps, *of_world
        if any(each.ended for each in sleeps):
            return
        sleeper = asyncio.get_running_loop().create_future()
        for each in sleeps:
            each.add(sleeper)
        try:
            enough = {sleeper} if connection is None else {sleeper, connection.lost}
            await asyncio.wait(enough, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in sleeps:
                each.discard(sleeper)

    def close(self) -> None:
        """End all current and future sleeps at once."""
        self._sleeps.end()


class _End:
    """The `receive` and `send` of one request."""

    def __init__(self, wire: Wire, scope: Scope, receive: Receive, send: Send) -> None:
        self._wire, self._receive, self._send = wire, receive, send
        self._connection: Connection | None = (scope.get("extensions") or {}).get(CONNECTION)
        self._has_body = self._connection is not None and scope.get("method") != "HEAD"
        self._faulty = False
        self._head: Message | None = None
        self._sent = 0
        """How many bytes of the body were sent."""
        self._aborted: Literal["cut", "reset"] | None = None
        self._last = False

    async def receive(self) -> Message:
        """Return the next message from the client; after an abort, that is a disconnect."""
        return {"type": "http.disconnect"} if self._aborted else await self._receive()

    def send(self, message: Message) -> Awaitable[None]:
        """Carry out a message or send it to the client; drop it after an abort."""
        kind = message["type"]
        if self._aborted or self._faulty or kind not in (BODY, START):
            return self._carry_out(message)
        if kind == BODY:
            self._sent += len(message.get("body", b""))
        else:
            self._head = message
        return self._send(message)

    async def _carry_out(self, message: Message) -> None:
        if self._aborted:
            return
        kind = message["type"]
        if kind == BODY:
            self._sent += len(message.get("body", b""))
            await self._send_limited(message)
            if self._connection is not None:
                self._connection.write_out()
        elif kind == START:
            self._head = message
            await self._send(message)
        elif kind == SLEEP:
            await self._wire.sleep(message["seconds"], self._connection, *message.get("sleeps", ()))
            message["left"] = self._connection is not None and self._connection.lost.done()
        elif kind == ABORT:
            await self._abort(message["how"])
        elif kind == RAW:
            await self._write(message)
        elif kind == LAST:
            self._end_after_response()
        elif kind == FAULT:
            self._faulty = True
        else:
            await self._send(message)

    async def _send_limited(self, message: Message) -> None:
        """Send a piece of a body; several faults may have made its length wrong, and h11 would refuse to write it.

        Bytes beyond the declared length are written past HTTP; without enough of them, the connection is closed.
        """
        allowed = _allowed(self._head) if self._has_body and self._head else None
        if allowed is None:
            await self._send(message)
            return
        body = message.get("body", b"")
        left = max(allowed - (self._sent - len(body)), 0)
        more = message.get("more_body", False)
        short = not more and allowed > self._sent
        await self._send({**message, "body": body[:left], "more_body": more or short})
        if body[left:]:
            await self._write(raw(body[left:]))
        if short:
            await self._abort("cut")

    async def _abort(self, how: Literal["cut", "reset"]) -> None:
        self._aborted = how
        if self._connection is not None:
            await self._connection.end(how)

    async def _write(self, message: Message) -> None:
        if self._connection is not None:
            if not message["interim"]:
                self._end_after_response()
            message["sent"] = await self._connection.write(message["data"])

    def _end_after_response(self) -> None:
        self._last = True
        if self._connection is not None:
            self._connection.last()

    def finish(self) -> None:
        """Close the connection if it has to end; raise the error that stands for an abort when there is none."""
        if self._last and self._connection is not None:
            self._connection.close()
        if self._aborted and self._connection is None:
            raise (ConnectionResetError if self._aborted == "reset" else ConnectionAbortedError)(
                f"the response was {self._aborted} by a fault"
            )


def _allowed(head: Message) -> int | None:
    """Return how many bytes the body after a head may have; None: any number."""
    if head["status"] in (204, 304):
        return 0
    declared = [value for name, value in head.get("headers", ()) if name.lower() == b"content-length"]
    return int(declared[0]) if declared else None
