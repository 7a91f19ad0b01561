"""The outermost layer: plays the messages that are time and socket; everything else passes.

A connection is in `scope["extensions"]["mockbot.connection"]` when mockbot's own server runs the application. Without
one (httpx.ASGITransport, Starlette's TestClient, another server) an aborted answer ends by ConnectionAbortedError
(cut) or ConnectionResetError (reset) once the application is through: a test sees it raised, a server that runs it
closes its socket.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.fault import ABORT, FAULT, SLEEP

CONNECTION = "mockbot.connection"
AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST and drops what is unsent."""


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A client's connection, as the server knows it."""

    transport: asyncio.Transport
    lost: asyncio.Future[None]
    """Done once the connection is gone, whoever ended it."""

    async def end(self, how: Literal["cut", "reset"]) -> None:
        """End it without a proper end of the answer; `cut` sends first what was written already."""
        if self.lost.done():
            return
        if how == "reset":
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.transport.abort()
        else:
            self.transport.close()
        await asyncio.wait([self.lost])


class Wire:
    """Plays sleeps and aborts. Sleeps take real time whatever the world's clock: they are for the client's timeouts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._sleepers: set[asyncio.Future[None]] = set()
        self._closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        end = _End(self, (scope.get("extensions") or {}).get(CONNECTION), receive, send)
        await self.app(scope, end.receive, end.send)
        end.tell()

    async def sleep(self, seconds: float, connection: Connection | None) -> None:
        """Come back after `seconds`, or when the client has left, or when the application is closed."""
        if self._closed:
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        try:
            enough = {sleeper} if connection is None else {sleeper, connection.lost}
            await asyncio.wait(enough, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleepers.discard(sleeper)

    def close(self) -> None:
        """End all sleeps at once, those to come included."""
        self._closed = True
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)


class _End:
    """The client's end of one exchange."""

    def __init__(self, wire: Wire, connection: Connection | None, receive: Receive, send: Send) -> None:
        self._wire, self._connection, self._receive, self._send = wire, connection, receive, send
        self._aborted: Literal["cut", "reset"] | None = None

    async def receive(self) -> Message:
        """Take a message from the client; after an abort it has left."""
        return {"type": "http.disconnect"} if self._aborted else await self._receive()

    async def send(self, message: Message) -> None:
        """Play a message, or give it to the client while there is one."""
        if self._aborted:
            return
        if message["type"] == SLEEP:
            await self._wire.sleep(message["seconds"], self._connection)
            message["left"] = self._connection is not None and self._connection.lost.done()
        elif message["type"] == ABORT:
            self._aborted = message["how"]
            if self._connection is not None:
                await self._connection.end(message["how"])
        elif message["type"] != FAULT:
            await self._send(message)

    def tell(self) -> None:
        """Raise what a client without a connection has to see."""
        if self._aborted and self._connection is None:
            raise (ConnectionResetError if self._aborted == "reset" else ConnectionAbortedError)(
                f"the answer was {self._aborted} by a fault"
            )
