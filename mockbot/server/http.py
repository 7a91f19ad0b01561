"""One connection: uvicorn's h11 protocol with the wording and the patience of the imitated server.

The status line has no reason phrase, an idle connection ends after five seconds, a head has at most 64 KiB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mockbot.fault.wire import CONNECTION, Connection
from mockbot.server.edge import Edge

IDLE_SECONDS = 5
"""How long a connection is kept that sends nothing, or only part of a head."""
SILENT_SECONDS = 60
"""How long a request's body may pause before the connection ends."""
MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers; more get 431."""


class Http(H11Protocol):
    """One connection; the application finds it in the scope, for faults (fault/wire.py)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edge = self.config.loaded_app
        assert isinstance(edge, Edge)
        self._signature = edge.signature
        self.conn: Head = Head(edge.signature)
        self._application, self.app = self.app, self._run
        self._lost = self.loop.create_future()
        self._pause: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Wait for a request, but not for ever: uvicorn is that patient with a connection's first one."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Go on waiting as long as there is no whole head; after that, for each next piece of the body."""
        waiting, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        if waiting is not None and self.conn.their_state is h11.IDLE:
            self.timeout_keep_alive_task = waiting
        elif waiting is not None:
            waiting.cancel()
        self._be_patient()
        if self.conn.their_state is h11.SEND_BODY:
            self._pause = self.loop.call_later(SILENT_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's text is not sent
        """Refuse what is not HTTP, or a head that is too large, without a body; then close the connection."""
        headers = [(b"content-length", b"0"), (b"connection", b"close"), *self._signature()]
        for event in (h11.Response(status_code=self.conn.refusal, headers=headers), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _be_patient(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {CONNECTION: Connection(self.transport, self._lost)}
        await self._application(scope, receive, send)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake what waits for the end of the connection."""
        super().connection_lost(exc)
        self._be_patient()
        self._unset_keepalive_if_required()
        if not self._lost.done():
            self._lost.set_result(None)


class Head(h11.Connection):
    """Bounds the head of requests, writes status lines without a reason phrase, and signs the interim 100."""

    def __init__(self, signature: Callable[[], list[tuple[bytes, bytes]]]) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._signature = signature
        self.refusal = 400
        """The status for what `next_event` could not accept."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return the next event; RemoteProtocolError, and `refusal`, for one that is not acceptable."""
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            self.refusal = error.error_status_hint
            raise
        if isinstance(event, h11.Request) and _size(event) > MAX_HEAD:
            self.refusal = 431
            raise h11.RemoteProtocolError("the head is too large", error_status_hint=431)
        return event

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Write an event."""
        if isinstance(event, h11.Response):
            event = h11.Response(status_code=event.status_code, headers=event.headers.raw_items(), reason=b"")
        elif isinstance(event, h11.InformationalResponse):
            event = h11.InformationalResponse(status_code=event.status_code, headers=self._signature(), reason=b"")
        return super().send_with_data_passthrough(event)


def _size(request: h11.Request) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in request.headers)
    return len(request.method) + len(request.target) + fields
