"""The server: an application on a listening socket, until it is stopped.

uvicorn runs it; signals belong to the command, not to the server, so that a test can run the same server in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from typing import Protocol

import uvicorn
from starlette.types import Receive, Scope, Send

from mockbot.server.edge import Edge
from mockbot.server.http import IDLE_SECONDS, Http
from mockbot.server.listen import BACKLOG, url

GRACE_SECONDS = 0.6
"""How long a stopping server waits for responses that are under way."""


class Application(Protocol):
    """What can be served: an ASGI application that can end its streams."""

    @property
    def key(self) -> str:
        """Return an API key that opens everything."""

    @property
    def base_path(self) -> str:
        """Return what stands between the address and the API's paths: nothing, or the prefix of a world."""

    @property
    def server_header(self) -> str:
        """Return what responses name as their server."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

    async def close(self) -> None:
        """End all open streams at once."""


class Server(uvicorn.Server):
    """An application on a listening socket: `run()` here, or `start()` and `stop()` in a thread of its own."""

    def __init__(self, app: Application, listener: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
        """Serve `app` on `listener` (from `listen`); `ready` is called once the first request can be answered."""
        self.app, self.listener, self.ready = app, listener, ready
        self.base_url = url(listener) + app.base_path
        self._listening: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name="mockbot", daemon=True)
        super().__init__(
            uvicorn.Config(
                Edge(app, app.server_header),
                http=Http,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.CRITICAL,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=IDLE_SECONDS,
                backlog=BACKLOG,
            )
        )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop` is called."""
        super().run(sockets or [self.listener])

    def start(self) -> None:
        """Serve in a thread of its own; returns when the first request can be answered."""
        self._thread.start()
        self._listening.result()

    def stop(self) -> None:
        """End open streams and the server within a second; from any thread, and again without harm."""
        self.should_exit = True
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # uvicorn's is a generator of the same use
        """Leave signals alone: see `stop_on_signals`."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready()
        if not self._listening.done():
            self._listening.set_result(None)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the connections, and cut those that do not end in time."""
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


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` on Ctrl-C and on SIGTERM, as often as they come, from now to the end of the process."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop())
