"""The server: an application on a socket, until it is stopped.

uvicorn does the HTTP. What it would say differently from AstrBot (BEHAVIOUR.md section 1) is set right here: the status
line, the order of the headers, the five idle seconds, no log of its own. Signals belong to the command, not to the
server, so that a test can run the same server in a thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol, Self

import h11
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mockbot.errors import UserError
from mockbot.fault.wire import CONNECTION, Connection

IDLE_SECONDS = 5
"""How long a connection is kept that asks nothing, or only half of something."""
SILENT_SECONDS = 60
"""How long a request's body may pause before the connection ends."""
GRACE_SECONDS = 0.6
"""How long a stopping server waits for answers that are under way."""
BACKLOG = 2048
log = logging.getLogger("mockbot")


class Application(Protocol):
    """What can be served: an ASGI application that can end its streams."""

    @property
    def key(self) -> str:
        """Return an API key that opens everything."""

    @property
    def base_path(self) -> str:
        """Return what stands between the address and `/api/v1`: nothing, or the place of a world."""

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
                Edge(app),
                http=_Http,
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
        """Serve until somebody calls `stop`."""
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


class Edge:
    """The outermost layer: adds `date` and `server` last, as AstrBot does, and reports what no layer caught."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""

        async def sign(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_signature()]}
            await send(message)

        try:
            await self.app(scope, receive, sign)
        except Exception:
            log.exception("%s %s: mockbot failed; please report this", scope.get("method"), scope.get("path"))
            raise


class _Http(H11Protocol):
    """One connection, worded as AstrBot's; the application finds it in the scope, for faults (fault/wire.py)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Wording(h11.SERVER)
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

    def _be_patient(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {CONNECTION: Connection(self.transport, self._lost)}
        await self._application(scope, receive, send)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for the end of the connection."""
        super().connection_lost(exc)
        self._be_patient()
        self._unset_keepalive_if_required()
        if not self._lost.done():
            self._lost.set_result(None)


class _Wording(h11.Connection):
    """Says the status without a reason phrase, and signs the interim 100 too."""

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        if isinstance(event, h11.Response):
            event = h11.Response(status_code=event.status_code, headers=event.headers.raw_items(), reason=b"")
        elif isinstance(event, h11.InformationalResponse):
            event = h11.InformationalResponse(status_code=event.status_code, headers=_signature(), reason=b"")
        return super().send_with_data_passthrough(event)


def _signature() -> list[tuple[bytes, bytes]]:
    return [(b"date", formatdate(time.time(), usegmt=True).encode()), (b"server", b"hypercorn-h11")]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; UserError when that is not possible."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
    except UnicodeError:
        raise UserError(f"--host {host}: that is no name of a host") from None
    except OSError as error:
        raise UserError(f"--host {host}: {error.strerror}") from None
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        hint = "choose another with --port, or --port 0 for a free one"
        raise UserError(f"cannot listen on {host} port {port}: {error.strerror}; {hint}") from None
    return listener


def url(listener: socket.socket) -> str:
    """Return the URL that reaches a listening socket from this machine, also when it listens on every address."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class ReadyFile:
    """The file that tells other programs where a server is: whole or not there, and gone with the server."""

    def __init__(self, path: Path) -> None:
        """Make sure that `path` can be written and that none is left from before; UserError when it cannot."""
        if not path.name:
            raise UserError(f"--ready-file {path}: that is a directory; name a file")
        self.path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        with self._writing():
            self._draft.write_text("", encoding="utf-8")
            path.unlink(missing_ok=True)

    def write(self, base_url: str, key: str) -> None:
        """Say that the first request can be answered."""
        facts = {"base_url": base_url, "pid": os.getpid(), "key": key}
        with self._writing():
            self._draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
            self._draft.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the file away."""
        self._draft.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                self._draft.unlink()
            raise UserError(f"--ready-file {self.path}: cannot be written: {error.strerror}") from None


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` on Ctrl-C and on SIGTERM, as often as they come, from now to the end of the process."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop())
