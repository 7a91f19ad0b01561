"""The outermost layer: signs responses and reports what no other layer caught."""

from __future__ import annotations

import logging
import time
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("mockbot")


class Edge:
    """Adds `date` and `server` as the last headers, and logs exceptions that reach it."""

    def __init__(self, app: ASGIApp, server: str) -> None:
        """`server`: the value of the header of that name."""
        self.app, self._server = app, server.encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""

        async def sign(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self.signature()]}
            await send(message)

        try:
            await self.app(scope, receive, sign)
        except Exception:
            log.exception("%s %s: mockbot failed; please report this", scope.get("method"), scope.get("path"))
            raise

    def signature(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that every response ends with."""
        return [(b"date", formatdate(time.time(), usegmt=True).encode()), (b"server", self._server)]
