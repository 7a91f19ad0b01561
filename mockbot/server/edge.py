"""The outermost layer: adds headers to responses and logs exceptions that no other layer caught."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.wire import CONNECTION, Connection
from mockbot.server.at_once import AtOnce
from mockbot.server.flow import Reading, Unsent
from mockbot.short_way.short_way import ShortWay

PIECE = 256 * 1024
"""Bytes of a large response that are written in one turn of the event loop."""
log = logging.getLogger("mockbot")


class Edge:
    """Adds `date` and `server` as the last headers, and logs exceptions that reach it."""

    def __init__(self, app: ASGIApp, server: str, short_way: ShortWay | None = None) -> None:
        """`server` is the value of the header of that name; `short_way` answers some requests without the layers."""
        self.app, self._server = app, server.encode("latin-1")
        self.at_once = None if short_way is None else AtOnce(short_way, self.common_headers)
        self.unsent, self.reading = Unsent(), Reading()
        self._second, self._headers = -1, list[tuple[bytes, bytes]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange through."""
        await self.around(self.app, scope, receive, send)

    async def around(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange to another application."""

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self.common_headers()]}
            elif len(message.get("body", b"")) > PIECE and not message.get("more_body", False):
                return self._in_pieces(message["body"], scope["extensions"][CONNECTION], send)
            return send(message)

        try:
            await app(scope, receive, send_with_headers)
        except Exception:
            log.exception("%s %s: mockbot failed; please report this", scope.get("method"), scope.get("path"))
            raise

    async def _in_pieces(self, body: bytes, connection: Connection, send: Send) -> None:
        """Send the rest of a response that is large; other tasks run between its pieces."""
        transport = connection.transport
        try:
            for start in range(0, len(body), PIECE):
                if connection.lost.done():
                    break
                end = start + PIECE
                self.unsent.keep(transport, len(body) - start)
                await send({"type": "http.response.body", "body": body[start:end], "more_body": end < len(body)})
                await asyncio.sleep(0)
        finally:
            self.unsent.keep(transport, 0)

    def common_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that end every response; the date changes once a second."""
        second = int(time.time())
        if second != self._second:
            date = formatdate(second, usegmt=True).encode()
            self._second, self._headers = second, [(b"date", date), (b"server", self._server)]
        return self._headers
