"""What h11 reads of a connection: only so much in one turn of the event loop, and a body only for so long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mockbot.server.connection import ServerConnection
from mockbot.server.edge import Edge
from mockbot.server.flow import Flow

if TYPE_CHECKING:
    from mockbot.server.tap import Tap

BODY_SECONDS = 60.0
"""How long a request body may pause before the connection is closed, and how long one may that is slower than SLOWEST.
"""
AT_ONCE, PIECE = 256, 4 * 1024
"""Bytes that h11 reads at once, and together in a turn of the event loop; 4 KB of one-byte chunks take about 3 ms."""
SLOWEST = 10_000
"""Bytes a second of a body that is not slow: it may take longer than BODY_SECONDS."""


class Receiver(H11Protocol):
    """uvicorn's protocol on h11, with these limits."""

    def __init__(self, *args: Any, body_seconds: float = BODY_SECONDS, tap: Tap | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tap = tap
        edge = self.config.loaded_app
        assert isinstance(edge, Edge)
        self._edge = edge
        self.conn: ServerConnection = ServerConnection(edge.common_headers)
        self._h11_is_idle = False
        """Whether h11 waits for a request; False if that is not known."""
        self._unread = b""
        """What h11 reads in the next turns."""
        self._body_seconds = body_seconds
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_ends = 0.0
        """Until when the next piece of the body must come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the timer for the first request; uvicorn starts one only after a response."""
        super().connection_made(transport if self._tap is None else self._tap.on(transport))
        self.flow: Flow = Flow(self.transport, self._edge.unsent)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _receive(self, data: bytes) -> None:
        """Let h11 read: of small chunks, and of many requests, only so much in one turn of the event loop."""
        if len(data) <= AT_ONCE or self.conn.reads_as_it_is:
            self._read(data)
            return
        self._unread = data
        self.flow.hold()
        self._edge.reading.add(self._read_on)

    def _read_on(self) -> bool:
        data, self._unread = self._unread, b""
        if not self.transport.is_closing():
            piece = data if self.conn.reads_as_it_is else data[:PIECE]
            self._read(piece)
            self._unread = data[len(piece) :]
        if not self._unread:
            self.flow.release()
        return bool(self._unread)

    def _read(self, data: bytes) -> None:
        self._h11_is_idle = False
        if self._tap is not None:
            self._tap.received(self.transport, data)
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        if timer is not None and self.conn.their_state is h11.IDLE:
            self.timeout_keep_alive_task = timer
        elif timer is not None:
            timer.cancel()
        self._time_body(len(data))

    def _time_body(self, size: int) -> None:
        """Restart the timer of a body after a piece of it, or stop it at its end."""
        is_going_on = self._body_timer is not None
        self._stop_body_timer()
        if self.conn.their_state is not h11.SEND_BODY:
            return
        latest = self.loop.time() + self._body_seconds
        self._body_ends = min(latest, self._body_ends + size / SLOWEST) if is_going_on else latest
        self._body_timer = self.loop.call_at(self._body_ends, self.transport.close)

    def _stop_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def eof_received(self) -> None:
        """Note that the client has closed its side; the connection then ends."""
        if self._tap is not None:
            self._tap.leaves(self.transport)
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        super().connection_lost(exc)
        if self._tap is not None:
            self._tap.lost(self.transport)
        self._stop_body_timer()
        self._unset_keepalive_if_required()
