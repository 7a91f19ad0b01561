"""The server: runs an application on a listening socket until it is stopped.

It is a uvicorn server. The command handles signals, not the server, so that a test can run it in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import uvicorn
from starlette.types import Receive, Scope, Send

from mockbot.control.serving import Serving
from mockbot.server.accept import Accepting
from mockbot.server.edge import Edge
from mockbot.server.http import IDLE_SECONDS, Http
from mockbot.server.listen import BACKLOG, url
from mockbot.server.receiving import BODY_SECONDS
from mockbot.server.workers import Workers
from mockbot.steady import steady

if TYPE_CHECKING:
    from mockbot.server.tap import Tap

T = TypeVar("T")
TICKS = 10
"""How often uvicorn calls `on_tick` in a second."""
GRACE_SECONDS = 0.6
"""How long a stopping server waits for open responses."""


class Application(Protocol):
    """An ASGI application that can end its streams."""

    @property
    def key(self) -> str:
        """Return an API key with all scopes."""

    @property
    def base_path(self) -> str:
        """Return the prefix of all paths: empty, or that of a world."""

    @property
    def server_header(self) -> str:
        """Return the value of the header `server`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

    async def close(self) -> None:
        """End all open streams at once."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop that waits for no thread at its end, and whose timers go on while a test holds the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.workers = Workers()
        self.set_default_executor(self.workers)

    def time(self) -> float:
        """Return the time of the timers."""
        return steady()


class Server(uvicorn.Server):
    """Serves an application on a listening socket: with `run()`, or with `start()` in a thread of its own."""

    def __init__(
        self,
        app: Application,
        listener: socket.socket,
        ready: Callable[[], None] = lambda: None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        body_seconds: float = BODY_SECONDS,
        tap: Tap | None = None,
        watched: Serving | None = None,
        each_second: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Serve `app` on `listener`, which `listen` returned; `tap` sees the bytes of all connections.

        The files behind `watched` are read again when they change.

        `each_second` is called once a second, with the number of seconds for which nothing was asked or answered.

        `ready` is called once the first request can be answered. A connection is closed when it sends no complete
        head for `idle_seconds`, or no piece of a body for `body_seconds`.
        """
        self.app, self.listener, self.ready = app, listener, ready
        self.base_url = url(listener) + app.base_path
        self._listening: Future[None] = Future()
        self._watched, self._each_second = watched, each_second
        self._seen = self._quiet = 0
        """The requests until the last second, and for how many seconds there was none."""
        self._watch: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._work, name="mockbot", daemon=True)
        super().__init__(
            uvicorn.Config(
                Edge(app, app.server_header, getattr(app, "short_way", None)),
                http=cast(type[asyncio.Protocol], partial(Http, body_seconds=body_seconds, tap=tap)),
                loop="mockbot.server.server:Loop",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.CRITICAL,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=cast(int, idle_seconds),  # uvicorn only passes it to call_later
                backlog=BACKLOG,
            )
        )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop` is called."""
        super().run(sockets or [self.listener])

    def start(self) -> None:
        """Serve in a thread; return when the first request can be answered, or raise what prevented that."""
        self._thread.start()
        self._listening.result()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the thread of a started server, between two of its steps, and return its result."""
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(function())
            except BaseException as error:
                result.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return result.result()

    def stop(self) -> None:
        """End open streams and the server within a second. It may be called from any thread, and more than once."""
        self.should_exit = True
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # uvicorn's is a generator of the same use
        """Handle no signals; the command does, with signals.py."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # there is one
        """Accept connections, and call `ready`."""
        await super().startup([])
        self._loop = asyncio.get_running_loop()
        accepting = Accepting(self.listener, self._connected, self.server_state.connections)
        self._accepting = asyncio.create_task(accepting.run())
        if self._watched is not None:
            from mockbot.server.watch import watching

            self._watch = asyncio.create_task(watching(self._watched).run())
        self.ready()
        if not self._listening.done():
            self._listening.set_result(None)

    async def on_tick(self, counter: int) -> bool:
        """Count the seconds without a request."""
        if counter % TICKS == 0:
            state = self.server_state
            is_quiet = state.total_requests == self._seen and not state.tasks
            self._seen, self._quiet = state.total_requests, self._quiet + 1 if is_quiet else 0
            self._each_second(self._quiet)
        return await super().on_tick(counter)

    def _connected(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(config=self.config, server_state=self.server_state, app_state={})  # type: ignore[call-arg]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the connections, and abort those that do not end in time."""
        self._accepting.cancel()
        if isinstance(self._loop, Loop):
            self._loop.workers.abandon()
        if self._watch is not None:
            self._watch.cancel()
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                await self.app.close()
                await super().shutdown(sockets)
        except TimeoutError:
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

    def _work(self) -> None:
        try:
            self.run()
        except BaseException as error:
            if self._listening.done():
                raise
            self._listening.set_exception(error)
        finally:
            self.listener.close()
