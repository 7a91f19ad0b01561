"""A version of AstrBot in this process: mockbot's application with a frozen clock, called without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Any
from urllib.parse import unquote

import h11

from mockbot.app import create_app
from mockbot.astrbot import versions
from mockbot.dataclass import dataclass
from mockbot.exchange.exchange import ANY
from mockbot.settings import Settings
from mockbot.verify.client import Received, Sent
from mockbot.verify.replay.notation import FrameCount
from mockbot.world.clock import FrozenClock
from mockbot.world.worlds import DEFAULT

HOST = "127.0.0.1:6185"
TURNS = 2000
"""How many turns of the event loop a stream waits for the requests that are sent meanwhile."""
SECONDS = 30
"""Limit for one response."""
Meanwhile = Callable[[], Awaitable[None]]


class UnreadableError(Exception):
    """The request is not HTTP, so that no application receives it."""


class Stand:
    """One version with one fixture; each exchange starts with a new world."""

    def __init__(self, version: str, fixture: str) -> None:
        """Raise UserError if there is no such version or fixture."""
        profile = versions.profile(version)
        self.version, self._clock = version, FrozenClock()
        settings = Settings(fixture=fixture, contract="observe", pace_ms=0, cors=())
        self._app = create_app(settings, profile=profile, clock=self._clock, log=lambda _: None)

    def begin(self) -> None:
        """Start with a new world, at the time at which the first one started."""
        self._clock.time = self._clock.start
        self._app.worlds.remove(DEFAULT)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._app.worlds.get(DEFAULT).clock.advance(seconds)

    async def send(
        self, sent: Sent, *, leave: int | None = None, after: int = 0, meanwhile: Meanwhile | None = None
    ) -> Received:
        """Send a request and return its response; the client leaves a stream when `leave` frames have come.

        `meanwhile` is called when `after` frames have come; the stream goes on when it has ended, or when it waits for
        the stream. Raise UnreadableError if the request is not HTTP, TimeoutError if there is no response.
        """
        scope, body = _scope(sent)
        talk = _Talk(body, leave, after, meanwhile)
        async with asyncio.timeout(SECONDS):
            await self._app(scope, talk.receive, talk.send)
            await talk.finished()
        whole = b"" if sent.method == "HEAD" else b"".join(talk.pieces)
        sized = any(name.lower() == "content-length" for name, _ in talk.headers)
        return Received(talk.status, "", talk.headers, whole, None if sized else tuple(talk.pieces))

    async def close(self) -> None:
        """End everything that still runs."""
        await self._app.close()


@dataclass(slots=True)
class _Talk:
    """One request and its response, from the client's side."""

    body: bytes
    leave: int | None
    after: int
    meanwhile: Meanwhile | None
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    pieces: list[bytes] = field(default_factory=list)
    _frames: FrameCount = field(default_factory=FrameCount)
    _read: bool = False
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    async def receive(self) -> dict[str, Any]:
        if not self._read:
            self._read = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self._gone.is_set():
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
            )
            return
        if message.get("body"):
            self.pieces.append(message["body"])
        count = self._frames.add(message.get("body", b"")) if self.meanwhile or self.leave else 0
        if self.meanwhile and count >= self.after:
            self._task, self.meanwhile = asyncio.ensure_future(_ended(self.meanwhile)), None
            for _ in range(TURNS):
                if self._task.done():
                    break
                await asyncio.sleep(0)
        if not message.get("more_body", False) or (self.leave is not None and count >= self.leave):
            self._gone.set()

    async def finished(self) -> None:
        if self._task:
            await self._task


async def _ended(meanwhile: Meanwhile) -> None:
    await meanwhile()


def fixture_for(version: str, given: str) -> str:
    """Return the fixture of a version for the installation of an exchange, which can be of another version."""
    if given != ANY and not given.startswith("astrbot-"):
        return given
    return f"astrbot-{version}{'-reasoning' if given.endswith('-reasoning') else ''}"


def _scope(sent: Sent) -> tuple[dict[str, Any], bytes]:
    """Return the scope and the body of a request as a server reads them."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    body, request = b"", None
    try:
        reader.receive_data(sent.head(HOST) + sent.body)
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                break
    except h11.RemoteProtocolError as error:
        raise UnreadableError(str(error)) from None
    if request is None:
        raise UnreadableError("incomplete")
    path, _, query = request.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": request.http_version.decode("ascii"),
        "method": request.method.decode("ascii"),
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [*request.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 6185),
    }
    return scope, body
