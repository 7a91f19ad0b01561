"""The layer that compresses large responses for clients that accept gzip (RFC 9110, 8.4.1.3)."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1024
"""Smaller responses are sent unchanged."""
RESPONSE = "http.response."


class Compression:
    """Starlette's middleware, around which messages of mockbot's own pass: faults that the server carries out.

    Streams of events are never compressed. What could be compressed has `Vary`, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress the response."""

        async def app(scope: Scope, receive: Receive, compressed: Send) -> None:
            async def route(message: Message) -> None:
                await (compressed if message["type"].startswith(RESPONSE) else send)(message)

            await self.app(scope, receive, route)

        compressing = GZipMiddleware(app, minimum_size=SMALLEST, exclude_content_types=("text/event-stream",))
        await compressing(scope, receive, send)
