"""The layer that compresses large responses for clients that accept gzip (RFC 9110, 8.4.1.3)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.fault import FAULT

RESPONSE = "http.response."


class Compression:
    """Starlette's middleware, around which messages of mockbot's own pass: faults that the server carries out.

    Streams of events are never compressed, nor are responses that a fault changes: their bytes are those of the fault.
    Responses of less than `smallest` bytes are sent unchanged. What could be compressed has `Vary`, too.
    """

    def __init__(self, app: ASGIApp, smallest: int) -> None:
        self.app, self._smallest = app, smallest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress the response."""

        async def app(scope: Scope, receive: Receive, compressed: Send) -> None:
            begun = faulty = False

            async def route(message: Message) -> None:
                nonlocal begun, faulty
                begun = begun or message["type"].startswith(RESPONSE)
                faulty = faulty or (message["type"] == FAULT and not begun)
                await (compressed if message["type"].startswith(RESPONSE) and not faulty else send)(message)

            await self.app(scope, receive, route)

        from starlette.middleware.gzip import GZipMiddleware

        compressing = GZipMiddleware(app, minimum_size=self._smallest, exclude_content_types=("text/event-stream",))
        await compressing(scope, receive, send)
