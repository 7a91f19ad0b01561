"""An application in the test's process, with a frozen clock and a client that needs no socket."""

import asyncio
import atexit
import gc
import json
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import settings as hypothesis_settings

from mockbot.app import Mockbot, create_app
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.contract.contract import Contract
from mockbot.journal.entry import Entry
from mockbot.profile import Profile
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.world.clock import Clock, FrozenClock
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT

pytest_plugins = ["tests.no_skips", "tests.fast_paths"]
hypothesis_settings.register_profile("no deadline", deadline=None)  # tests must pass on a busy machine
hypothesis_settings.load_profile("no deadline")
os.environ.setdefault("TESTS_CACHE", os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
"""The user's own cache folder; what mockbot keeps there of other runs is not for tests."""
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="mockbot-cache-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)
KEY = ("X-API-Key", "abk_demo")
SECONDS = 20
"""Limit for one response, after which the test fails."""

FIXTURES = Fixtures(v4_19_4.BLUEPRINT)


def fixture_of(name: str = "default", **rows: Any) -> Fixture:
    """Return a shipped fixture, with lists replaced as in a fixture file that extends it."""
    if not rows:
        return FIXTURES.shipped(name)
    return FIXTURES.parse(Source("inline", {"version": 1, "extends": name, **rows}, {"": 1}))


def make_world(fixture: Fixture, name: str = "w", seed: int | str = 0) -> World:
    """Return a world of AstrBot with a frozen clock."""
    return World(name, fixture, seed=seed, clock=FrozenClock(), settings=Settings(), blueprint=v4_19_4.BLUEPRINT)


@dataclass
class Reply:
    """A complete response."""

    status: int
    headers: list[tuple[str, str]]
    chunks: list[bytes]
    whole: bool
    """Whether the application ended the body."""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def frames(self) -> list[Any]:
        """Return the events of a stream; each must be one chunk."""
        return [frame_of(chunk) for chunk in self.chunks if chunk]

    @property
    def types(self) -> str:
        """Return the types of a stream's frames; for plain frames the text, for others with a chain type that type."""
        return " ".join(short(frame) for frame in self.frames)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def frame_of(chunk: bytes) -> Any:
    text = chunk.decode()
    assert text.startswith("data: "), text
    assert text.endswith("\n\n"), text
    assert text.count("\n") == 2, text
    return json.loads(text[6:])


def short(frame: Any) -> str:
    if frame["type"] != "plain":
        return str(frame["type"])
    return str(frame["chain_type"] or ("+" if frame["streaming"] else "=") + frame["data"])


@dataclass
class Pending:
    """A request in progress, from the client's side."""

    app: Any
    scope: dict[str, Any]
    body: bytes
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    whole: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _reads: asyncio.Event = field(default_factory=asyncio.Event)
    _sent: bool = False
    _seen: int = 0

    def begin(self) -> "Pending":
        self._reads.set()
        self.task = asyncio.create_task(self._run())
        return self

    async def _run(self) -> None:
        try:
            await self.app(self.scope, self._receive, self._send)
        finally:
            self._news.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self._reads.wait()
        if self._gone.is_set():
            return
        assert not self.whole, f"{message} after the end"
        if message["type"] == "http.response.start":
            assert not self.status, f"{message} after the start"
            self.status = message["status"]
            self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            assert message["type"] == "http.response.body"
            assert self.status, "a body before the start"
            if message.get("body"):
                self.chunks.append(message["body"])
            self.whole = not message.get("more_body", False)
        self._news.set()

    async def frame(self) -> Any:
        """Wait for the next frame of a stream and return it."""
        async with asyncio.timeout(SECONDS):
            while self._seen >= len(self.chunks):
                assert not self.task.done(), "the stream has ended"
                self._news.clear()
                await self._news.wait()
        self._seen += 1
        return frame_of(self.chunks[self._seen - 1])

    def stall(self) -> None:
        """Stop reading: the server's sends wait."""
        self._reads.clear()

    def resume(self) -> None:
        self._reads.set()

    def leave(self, *, before_body: bool = False) -> None:
        """Close the connection; with `before_body` the server never receives the request's body."""
        self._sent = self._sent or before_body
        self._gone.set()
        self._reads.set()

    async def reply(self) -> Reply:
        """Wait for the end of the response and return it."""
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.shield(self.task)
        finally:
            self._gone.set()
        return Reply(self.status, self.headers, self.chunks, self.whole)


@dataclass
class Client:
    """Calls an application as a server does."""

    app: Mockbot
    clock: Clock
    entries: list[Entry]
    """The journal entries that were logged."""

    @property
    def world(self) -> World:
        return self.app.worlds.get(DEFAULT)

    def begin(
        self,
        method: str,
        target: str,
        body: bytes | Any = b"",
        headers: list[tuple[str, str | bytes]] | tuple[tuple[str, str | bytes], ...] = (KEY,),
        http_version: str = "1.1",
    ) -> Pending:
        """Start a request and return at once; a body that is not bytes is sent as JSON."""
        if not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), [*headers, ("Content-Type", "application/json")]
        path, _, query = target.partition("?")
        raw = [
            (name.lower().encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in headers
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": http_version,
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path, errors="surrogatepass").encode(),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": raw,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 6185),
        }
        return Pending(self.app, scope, body).begin()

    async def request(self, method: str, target: str, body: bytes | Any = b"", **options: Any) -> Reply:
        """Send a request and return the complete response."""
        return await self.begin(method, target, body, **options).reply()

    async def get(self, target: str, **options: Any) -> Reply:
        return await self.request("GET", target, **options)

    def open(self, message: Any, at: str = "", **fields: Any) -> Pending:
        """Start a chat of alice in the session `s`; `at` is the path prefix of a world."""
        return self.begin(
            "POST", f"{at}/api/v1/chat", {"username": "alice", "session_id": "s", "message": message} | fields
        )

    async def chat(self, message: Any, at: str = "", **fields: Any) -> Reply:
        return await self.open(message, at, **fields).reply()

    async def push(self, message: Any, umo: str = "webchat:FriendMessage:s") -> Reply:
        return await self.request("POST", "/api/v1/im/message", {"umo": umo, "message": message})

    async def upload(self, name: str, content: bytes = b"x", media: str = "text/plain", at: str = "") -> Reply:
        disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        head = f"--b\r\n{disposition}\r\nContent-Type: {media}\r\n\r\n".encode()
        headers = [KEY, ("Content-Type", "multipart/form-data; boundary=b")]
        return await self.request("POST", f"{at}/api/v1/file", head + content + b"\r\n--b--\r\n", headers=headers)

    async def settle(self) -> None:
        """Let all tasks run that do not wait for the client."""
        for _ in range(50):
            await asyncio.sleep(0)

    def bot_texts(self, conversation: str = "s") -> list[str]:
        """Return the texts of the bot in the history of a conversation."""
        return [row.text for row in self.world.history.of(conversation) if row.sender == "bot"]


Make = Callable[..., Client]


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    """Leave out what Python does for the objects of all tests; `mockbot serve` does it when no request came."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def make_client(
    fixture: Fixture | str = "default",
    clock: Clock | None = None,
    profile: Profile | None = None,
    **settings: Any,
) -> Client:
    """Return a client of a new application, by default with a frozen clock, without pace and in observe mode."""
    clock = clock or FrozenClock()
    options: dict[str, Any] = {"pace_ms": 0.0, "contract": "observe"} | settings
    chosen = Settings(**options)
    start = fixture_of(fixture) if isinstance(fixture, str) else fixture
    entries: list[Entry] = []
    app = create_app(chosen, profile=profile, fixture=start, clock=clock, log=entries.append)
    return Client(app, clock, entries)


@pytest.fixture(autouse=True)
def restored_log() -> Iterator[None]:
    """Restore the configuration of the log after each test; the command changes it."""
    log = logging.getLogger("mockbot")
    kept = log.handlers, log.propagate, log.level
    yield
    log.handlers, log.propagate, level = kept
    log.setLevel(level)


@pytest.fixture
def client() -> Client:
    """Return a client of the default fixture in observe mode."""
    return make_client()


@pytest.fixture
def strict() -> Client:
    """Return a client of the default fixture in enforce mode."""
    return make_client(contract="enforce")


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the effective contract of AstrBot 4.19.4."""
    return v4_19_4.profile().contract


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def serving(client: Client) -> AsyncIterator[Client]:
    """Close the application after the test, so that no stream remains open."""
    try:
        yield client
    finally:
        await client.app.close()


@pytest.fixture
def unforgiving() -> Iterator[None]:
    """Fail the test if a task's exception was never retrieved, or if mockbot logged an error."""
    records: list[logging.LogRecord] = []

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    watch = Watch(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("asyncio", "mockbot")]
    for logger in loggers:
        logger.addHandler(watch)
    yield
    gc.collect()
    for logger in loggers:
        logger.removeHandler(watch)
    assert not [record.getMessage() for record in records]
