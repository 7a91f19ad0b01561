"""The short way for plain requests (server/plain.py), which are answered with joined bytes.

It takes a request that is whole, and that h11 would read in only one way; everything else goes to h11. It may only
accept: as soon as a response is unusual, h11 takes over where the lane is, with the same bytes as without the lane.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

import h11
from starlette.types import ASGIApp, Message, Scope
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from mockbot.server.flow import Flow
from mockbot.server.plain import Plain, head_of

TOGETHER = 64 * 1024
"""Bytes of a response that are written at once, even if more are sent before other tasks run."""


class Owner(Protocol):
    """The protocol of a connection, as the lane uses it."""

    app_state: dict[str, Any]
    asgi_version: Any
    client: tuple[str, int] | None
    conn: Any
    flow: Flow
    logger: logging.Logger
    loop: asyncio.AbstractEventLoop
    root_path: str
    scheme: Any
    server: tuple[str, int | None] | None
    tasks: set[asyncio.Task[None]]
    transport: asyncio.Transport

    def cycle_of(self, scope: Scope) -> RequestResponseCycle:
        """Return uvicorn's cycle for a request that h11 has read."""

    def go_on_with_h11(self) -> None:
        """Leave a request of the lane to h11, and what has arrived since, too."""

    def lane_is_free(self) -> None:
        """Note that the lane has answered, and go on with what has arrived since."""


class LaneCycle:
    """One request that the lane took, and its response; the protocol uses it as it uses uvicorn's cycle."""

    def __init__(self, protocol: Owner, scope: Scope, body: bytes, data: bytes, app: ASGIApp) -> None:
        self.keep_alive, self.disconnected, self.response_complete = True, False, False
        self.message_event = asyncio.Event()
        """Set when the client has left, and when the response is complete."""
        self.task: asyncio.Task[None] | None = None
        """That which runs `run`."""
        self._protocol, self._scope, self._data, self._app = protocol, scope, data, app
        self._body: bytes | None = body
        self._unwritten, self._held = list[bytes](), 0
        """What was sent since other tasks last ran, and how many bytes that is; it is written together."""
        self._start: Message | None = None
        self._left: int | None = None
        """How many bytes the body still has; None: any number, in chunks."""
        self._sent = 0
        self._h11: RequestResponseCycle | None = None
        """What continues where the lane cannot."""

    @property
    def is_busy(self) -> bool:
        """Return whether the lane is in use: what arrives now has to wait."""
        return not self.response_complete and self._h11 is None

    async def run(self) -> None:
        """Call the application, and deal with one that fails or does not finish as uvicorn does."""
        protocol = self._protocol
        try:
            await self._app(self._scope, self.receive, self.send)
        except BaseException as error:
            protocol.logger.error("Exception in ASGI application\n", exc_info=error)
            await self._fail()
        else:
            if not self.response_complete and not self.disconnected:
                protocol.logger.error("ASGI callable returned without a complete response.")
                await self._fail()
        finally:
            protocol.tasks.discard(self.task)

    async def receive(self) -> Message:
        """Return the whole request, then wait for the end of the exchange."""
        if not self.disconnected and not self.response_complete:
            body, self._body = self._body, None
            if body is not None:
                return {"type": "http.request", "body": body, "more_body": False}
            self._protocol.flow.resume_reading()  # a connection that is not read is not seen to end
            await self.message_event.wait()
            self.message_event.clear()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Write a message of the application."""
        if self._h11 is not None:
            await self._continue(self._h11, message)
            return
        flow = self._protocol.flow
        if flow.write_paused and not self.disconnected:
            await flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError(f"ASGI message {message['type']!r} sent after the response was complete")
        if message["type"] == "http.response.body" and self._start is not None:
            body = bytes(message.get("body", b""))
            over = not message.get("more_body", False)
            if self._fits(len(body), over):
                self._write_body(body, over)
                return
        elif message["type"] == "http.response.start" and self._start is None:
            found = head_of(message)
            if found is not None:
                self._start, (head, self._left) = message, found
                self._write(head)
                return
        await self._continue(self._hand_over(), message)

    def _fits(self, size: int, over: bool) -> bool:
        return self._left is None or (size == self._left if over else size <= self._left)

    def _write_body(self, body: bytes, over: bool) -> None:
        self._sent += len(body)
        if self._left is not None:
            self._left -= len(body)
        elif body:
            body = b"%x\r\n%b\r\n" % (len(body), body)
        if over and self._left is None:
            body += b"0\r\n\r\n"
        if body:
            self._write(body)
        if over:
            self.flush()
            self._complete()

    def _write(self, data: bytes) -> None:
        """Write bytes together with those that are sent before other tasks run."""
        if not self._unwritten:
            self._protocol.loop.call_soon(self.flush)
        self._unwritten.append(data)
        self._held += len(data)
        if self._held >= TOGETHER:
            self.flush()

    def _complete(self) -> None:
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self._protocol.transport.close()
        self._protocol.lane_is_free()

    def flush(self) -> None:
        """Write what was sent and is not yet written."""
        if self._unwritten:
            data, self._held = b"".join(self._unwritten), 0
            self._unwritten.clear()
            if not self._is_broken:
                self._protocol.transport.write(data)

    @property
    def _is_broken(self) -> bool:
        """Whether the connection has ended; asyncio would log each write to it."""
        return self.disconnected or self._protocol.transport.is_closing()

    async def _fail(self) -> None:
        """Answer with uvicorn's 500 if there is no response yet, else close the connection."""
        self.flush()
        started = self._start is not None if self._h11 is None else self._h11.response_started
        if started or self.disconnected:
            self._protocol.transport.close()
            return
        cycle = self._h11 or self._hand_over()
        await cycle.send_500_response()
        self._follow(cycle)

    def _hand_over(self) -> RequestResponseCycle:
        """Let h11 continue: it reads the request again, and learns what was sent."""
        self.flush()
        protocol, conn = self._protocol, self._protocol.conn
        conn.receive_data(self._data)
        while not isinstance(conn.next_event(), h11.EndOfMessage):
            pass
        cycle = self._h11 = protocol.cycle_of(self._scope)
        cycle.more_body = False
        if self._start is not None:
            cycle.response_started = True
            headers = list(self._start.get("headers", ()))
            conn.send(h11.Response(status_code=self._start["status"], headers=headers, reason=b""))
            if self._left is not None:
                conn.send(h11.Data(data=bytes(self._sent)))
        protocol.go_on_with_h11()
        return cycle

    async def _continue(self, cycle: RequestResponseCycle, message: Message) -> None:
        cycle.disconnected, cycle.keep_alive = self._is_broken, cycle.keep_alive and self.keep_alive
        await cycle.send(message)  # type: ignore[arg-type]  # uvicorn's own types of messages
        self._follow(cycle)

    def _follow(self, cycle: RequestResponseCycle) -> None:
        if cycle.response_complete and not self.response_complete:
            self.response_complete = True
            self.message_event.set()


def scope_of(plain: Plain, protocol: Owner) -> dict[str, Any]:
    """Return the scope of a request, as uvicorn's h11 protocol writes it."""
    return {
        "type": "http",
        "asgi": {"version": protocol.asgi_version, "spec_version": "2.3"},
        "http_version": "1.1",
        "server": protocol.server,
        "client": protocol.client,
        "scheme": protocol.scheme,
        "method": plain.method.decode("ascii"),
        "root_path": protocol.root_path,
        "path": protocol.root_path + plain.path.decode("ascii"),
        "raw_path": protocol.root_path.encode("ascii") + plain.path,
        "query_string": plain.query,
        "headers": plain.headers,
        "state": protocol.app_state.copy(),
    }
