"""One connection: uvicorn's protocol on h11, with the wording and the limits of the imitated server.

Status lines have no reason phrase, idle connections end after five seconds, and the head of a request has at most
64 KiB.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from mockbot.fault.wire import CONNECTION, Connection
from mockbot.server.lane import LaneCycle, scope_of
from mockbot.server.plain import Plain, read
from mockbot.server.receiving import Receiver
from mockbot.short_way.answer import Begun

IDLE_SECONDS = 5.0
"""How long a connection is kept open that sends nothing, or only a part of a head."""
READ_READY = "_read_ready_cb"
"""The attribute with which a transport of asyncio refers to itself."""
log = logging.getLogger("mockbot")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Http(Receiver):
    """One connection. The application finds it in the scope, for faults (fault/wire.py)."""

    def __init__(self, *args: Any, lane: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._common_headers, self._at_once = self._edge.common_headers, self._edge.at_once
        self._application, self.app = self.app, self._run
        self._has_lane = lane and self._tap is None
        self._lane_used = 0.0
        self._waiting: list[bytes] = []
        """What arrived while the lane was in use."""
        self._ended: RequestResponseCycle | LaneCycle | None = None
        """The last request whose application has ended."""
        self._lost = self.loop.create_future()

    def data_received(self, data: bytes) -> None:
        """Answer a plain request on the lane, and let h11 read everything else."""
        cycle: RequestResponseCycle | LaneCycle | None = self.cycle
        if isinstance(cycle, LaneCycle) and cycle.is_busy:
            self._waiting.append(data)
            self.flow.pause_reading()
            return
        if self._unread:
            self._unread += data
            return
        is_free = self._has_lane and (cycle is None or cycle.response_complete) and self._is_between_requests
        if not (is_free and self._take(data)):
            self._receive(data)

    @property
    def _is_between_requests(self) -> bool:
        if not self._h11_is_idle:
            conn = self.conn
            states = conn.our_state, conn.their_state
            self._h11_is_idle = states == (h11.IDLE, h11.IDLE) and not conn.trailing_data[0]
        return self._h11_is_idle

    def _take(self, data: bytes) -> bool:
        """Answer a request without h11, if possible at once; return False if h11 has to read it."""
        at_once = None if self.flow.write_paused else self._at_once
        answer = None if at_once is None else at_once.again(data)
        if answer is None:
            plain = read(data)
            if plain is None:
                return False
            answer = None if at_once is None else at_once.first(data, plain, scope_of(plain, self))
            if answer is None:
                self._run_lane(plain, data, self.app)
                return True
        if isinstance(answer, Begun):
            self._go_on(answer, data)
            return True
        written = at_once.written(answer) if at_once is not None else None
        if written is not None:
            self.transport.write(written)
        try:
            answer.record()
        except Exception:  # of a log that is not mockbot's own; the response is sent
            log.exception("mockbot failed to record an exchange; please report this")
        if written is not None:
            self.server_state.total_requests += 1
            self._lane_used = self.loop.time()
        elif (plain := read(data)) is not None:
            self._run_lane(plain, data, partial(self._edge.around, answer.app))
        return True

    def _go_on(self, begun: Begun, data: bytes) -> None:
        """Let the layers send a response that has begun."""
        plain = read(data)
        assert plain is not None  # it was read before
        self._run_lane(plain, data, self.app, begun.found)

    def _run_lane(self, plain: Plain, data: bytes, app: ASGIApp, found: Mapping[str, Any] = NOTHING) -> None:
        """Answer a request in a task; the application finds `found` in its scope."""
        cycle = LaneCycle(self, {**scope_of(plain, self), **found}, plain.body, data, app)
        self.cycle = cycle  # type: ignore[assignment]  # it has what the protocol uses of uvicorn's
        task = cycle.task = self.loop.create_task(cycle.run())
        self.tasks.add(task)

    def lane_is_free(self) -> None:
        """Note that the lane has answered, and go on with what has arrived since."""
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self._lane_used = self.loop.time()
            self.flow.resume_reading()
            self._receive_waiting()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection. The lane lets the timer run on, and only notes when it was last in use."""
        cycle: RequestResponseCycle | LaneCycle | None = self.cycle
        is_busy = isinstance(cycle, LaneCycle) and cycle.is_busy
        left = self.timeout_keep_alive if is_busy else self._lane_used + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def go_on_with_h11(self) -> None:
        """Leave a request of the lane to h11, and what has arrived since, too."""
        self._h11_is_idle = False
        self._unset_keepalive_if_required()
        self._receive_waiting()

    def _receive_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self.transport.is_closing():
            self._receive(b"".join(waiting))

    def cycle_of(self, scope: Scope) -> RequestResponseCycle:
        """Return uvicorn's cycle for a request that h11 has read."""
        return RequestResponseCycle(
            scope=cast(HTTPScope, scope),
            conn=self.conn,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            on_response=self.on_response_complete,
        )

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's text is not sent
        """Refuse a request that is not HTTP, or whose head is too large, without a body; then close the connection.

        Only close it if the response has begun: the body is broken, not the head.
        """
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            log.warning("a request is refused with %d: %s", self.conn.refusal, self.conn.why)
            headers = [(b"content-length", b"0"), (b"connection", b"close"), *self._common_headers()]
            for event in (h11.Response(status_code=self.conn.refusal, headers=headers), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle: RequestResponseCycle | LaneCycle = self.cycle

        def last() -> None:
            cycle.keep_alive = False

        flush, sending = None, send
        if isinstance(cycle, LaneCycle):
            flush = cycle.flush
        else:
            sending = partial(self._unless_broken, cycle, send)
        extensions = scope["extensions"] = {
            CONNECTION: Connection(self.transport, self._lost, self.flow.drain, last, flush)
        }
        try:
            await self._application(scope, receive, sending)
        finally:
            extensions.clear()  # they have the cycle, which has the scope
            self._ended = cycle
            if self._lost.done():
                self._forget()

    def _unless_broken(self, cycle: RequestResponseCycle, send: Send, message: Message) -> Awaitable[None]:
        """Send a message; if the connection is broken, asyncio would log each of them, and uvicorn ignores it."""
        cycle.disconnected = cycle.disconnected or self.transport.is_closing()
        return send(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake what waits for the end of the connection."""
        super().connection_lost(exc)
        if not self._lost.done():
            self._lost.set_result(None)
        if self.cycle is None or self.cycle.response_complete or self.cycle is self._ended:
            self._forget()

    def _forget(self) -> None:
        """Drop what refers to this connection, which has ended, so that it is freed without garbage collection."""
        self.app = self._application
        kept = getattr(self.transport, "__dict__", {})
        if READ_READY in kept:
            kept[READ_READY] = _nothing
        self.cycle = self._ended = None  # type: ignore[assignment]  # uvicorn's own type is wrong


def _nothing() -> None:
    pass
