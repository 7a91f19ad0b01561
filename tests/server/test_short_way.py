"""The short way answers as the layers do: same bytes, same entries, same log, for random requests in random worlds."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from random import Random
from typing import Any

import pytest
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from mockbot.app import Mockbot, create_app
from mockbot.astrbot import versions
from mockbot.breakpoints.breakpoints import Breakpoint
from mockbot.fault.parse import parse_fault
from mockbot.journal.log import text_log
from mockbot.journal.view import view
from mockbot.profile import Profile
from mockbot.response import Response
from mockbot.script.load import read
from mockbot.server.edge import Edge
from mockbot.server.http import Http
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.world.call import Call
from mockbot.world.clock import FrozenClock
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT
from tests.conftest import SECONDS
from tests.fast_paths import examples
from tests.server.test_lane import Transport, config_of, others

pytestmark = pytest.mark.usefixtures("needs_fast_paths")
LISTS = [b"/api/v1/im/bots", b"/api/v1/configs", b"/api/v1/chat/sessions?username=alice"]
TARGETS = [
    *LISTS * 4,
    *(b"/api/v1/chat/sessions?username=alice&page=2", b"/api/v1/chat/sessions?page_size=x", b"/api/v1/chat/sessions"),
    *(
        b"/api/v1/im/bots?api_key=abk_demo",
        b"/api/v1/im/bots?__prefer=code%3D200",
        b"//api/v1/im/bots",
        b"/api/v1/nope",
    ),
    *(b"/w/other/api/v1/im/bots", b"/", b"/docs", b"/openapi.json", b"/__mockbot__/health", b"/api/v1/im/bots/"),
    *(
        b"/api/v1/chat/sessions/new",
        b"/api/v1/chat/sessions?page=99999999999999999999",
        b"/api/v1/file?attachment_id=x",
    ),
]
KEYS = [*[b"X-API-Key: abk_demo\r\n"] * 12, b"", b"X-API-Key: abk_unknown\r\n", b"Authorization: Bearer abk_demo\r\n"]
HEADERS = [
    *[b""] * 12,
    *(b"Accept: */*\r\n", b"Origin: http://a.example\r\n", b"Prefer: code=200\r\n", b"X-Mockbot-World: other\r\n"),
    *(b"Accept-Encoding: gzip\r\n", b"Content-Encoding: gzip\r\n", b"User-Agent: a\r\n", b"Accept: text/html\r\n"),
    *(b"X-API-Key: abk_other\r\n", b"Cookie: a=abk_demo\r\n"),
]
UMO = "webchat:FriendMessage:webchat!alice!s1"
BODIES: list[Any] = [
    *[{"umo": UMO, "message": "hi"}] * 4,
    *(
        {"umo": UMO},
        {"umo": "x", "message": "hi"},
        {"message": "a" * 20_000, "umo": UMO},
        {"umo": UMO, "message": 1},
        [],
        "",
    ),
    {"umo": "team_qq:FriendMessage:1", "message": [{"type": "plain", "text": "é abk_demo"}]},
]
CHATS: list[Any] = [
    *[{"message": "hi"}] * 3,
    *({"message": word} for word in ("slowly", "long", "much", "tools", "reason", "cut", "broken", "wild", "/cards")),
    *({"message": "hi", "enable_streaming": False}, {"message": "tools", "enable_streaming": False}),
    *({"message": [{"type": "plain", "text": "abk_demo"}]}, {"message": [{"type": "reply", "message_id": "x"}]}),
    *({"message": "hi", "session_id": 1e400}, {"message": "hi", "session_id": None}, {"message": ""}, {}),
]
"""Fields of chats; some are no message, or play one of SCRIPTS."""
SCRIPTS: list[Any] = [
    {"when": {"message": "slowly"}, "run": [{"say": ["a ", "b"]}, {"wait": "5s"}, {"say": "c"}]},
    {"when": {"message": "long"}, "run": [{"say": ["x "] * 100}]},
    {"when": {"message": "much"}, "run": [{"say": ["é" * 20_000] * 3}]},
    {"when": {"message": "tools"}, "run": [{"say": "w"}, {"call": {"tool": "t", "result": "{now}"}}, {"say": "d"}]},
    {"when": {"message": "reason"}, "run": [{"reason": ["a", "b"]}, {"say": {"text": "é abk_demo %s", "reason": "c"}}]},
    {"when": {"message": "cut"}, "run": [{"say": ["a ", "b"]}, {"fault": "cut"}, {"say": "c"}]},
    {"when": {"message": "broken"}, "frames": [{"type": "plain"}, "not JSON", {"%s": [1, 2.5, float("inf")]}]},
    {"when": {"message": "wild"}, "run": [{"say": ["a ", "\ud800", "\x00", "b"]}]},
    {"when": {"message": {"command": "cards"}}, "command": [{"json": {"a": 1}}, {"image": True}, {"text": "x"}]},
    {"when": {"session_id": "s2"}, "run": [{"fail": {"status": 500}}]},
]
REPLY: Any = {
    "name": "r",
    "when": {"operation": "GET /api/v1/im/bots"},
    "answer": {"status": 200, "json": {"status": "ok", "message": None, "data": {"bot_ids": []}}},
}


def form(content: bytes) -> bytes:
    head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    return head + content + b"\r\n--X--\r\n"


def request_of(random: Random) -> bytes:
    """Return a plain request; the same few come again and again, as clients send them."""
    kind = random.random()
    line, body, media_type = b"GET " + random.choice(TARGETS), b"", b""
    if kind < 0.3:
        line, media_type = b"POST /api/v1/im/message", random.choice([*[b"application/json"] * 5, b"text/plain"])
        body = json.dumps(random.choice(BODIES)).encode()
    elif kind < 0.4:
        line, media_type = b"POST /api/v1/file", b"multipart/form-data; boundary=X"
        body = form(random.choice([b"abc", b"a" * 3000]))
    elif kind < 0.65:
        line, media_type = b"POST /api/v1/chat", b"application/json"
        chat = {"username": "alice", "session_id": random.choice(["s1", "s2"]), **random.choice(CHATS)}
        body = json.dumps(chat).encode()
    about = b"Content-Type: %b\r\nContent-Length: %d\r\n" % (media_type, len(body)) if body else b""
    head = b"%b HTTP/1.1\r\nHost: x\r\n%b%b%b\r\n" % (line, random.choice(KEYS), random.choice(HEADERS), about)
    return head + body


def damaged(app: Mockbot) -> None:
    app.worlds.get(DEFAULT).faults.arm(parse_fault({"name": "status", "status": 503}))


def scripted(app: Mockbot) -> None:
    app.worlds.get(DEFAULT).scripts.add(*read(Source("scripts", SCRIPTS, {"": 1}), app.profile.contract))


def replying(app: Mockbot) -> None:
    app.worlds.get(DEFAULT).scripts.add(*read(Source("scripts", [REPLY], {"": 1}), app.profile.contract))


def held(app: Mockbot) -> None:
    breakpoints = app.worlds.get(DEFAULT).breakpoints
    breakpoints.add(Breakpoint("", operation="GET /api/v1/im/bots"))


def joined(app: Mockbot) -> None:
    """Add a world with a key of its own."""
    world = app.worlds.get(DEFAULT)
    fixture = replace(world.fixture, keys=(replace(world.fixture.keys[0], key="abk_other"),))
    other = World("other", fixture, seed=1, clock=FrozenClock(), settings=world.settings, blueprint=world.blueprint)
    app.worlds.put(other)


def alone(app: Mockbot) -> None:
    app.worlds.remove("other")


def anew(app: Mockbot) -> None:
    app.worlds.put(app.worlds.get(DEFAULT).fresh())


def read_again(app: Mockbot) -> None:
    """Serve the same document again, as after a reload."""
    app.serving.use(replace(app.profile))


def later(app: Mockbot) -> None:
    app.worlds.get(DEFAULT).clock.advance(1000)


def cleared(app: Mockbot) -> None:
    app.worlds.get(DEFAULT).journal.clear()


CHANGES: list[Callable[[Mockbot], None]] = [
    *(damaged, scripted, scripted, replying, held, joined, alone, anew, read_again, later, cleared),
]


@dataclass
class Served:
    """An application behind one connection, with its log."""

    app: Mockbot
    log: StringIO
    config: Config
    state: ServerState = field(default_factory=ServerState)
    protocol: Http = field(init=False)
    transport: Transport = field(init=False)

    async def answer(self, data: bytes) -> bytes:
        """Return what is written for a request."""
        if self.transport.closed:
            self.connect()
        self.transport.written = b""
        self.protocol.data_received(data)
        async with asyncio.timeout(SECONDS):
            await others()
            while not self.is_over:
                await others()
        await others()
        return re.sub(rb"date: [^\r]*", b"date: x", self.transport.written)

    @property
    def is_over(self) -> bool:
        """Whether the last request is answered, or its connection has ended, which the client then sees."""
        if self.transport.closed:
            self.protocol.connection_lost(None)
            return True
        return self.protocol.cycle is None or self.protocol.cycle.response_complete

    def connect(self) -> None:
        """Make a new connection."""
        self.transport = Transport()
        self.protocol = Http(config=self.config, server_state=self.state, app_state={})
        self.protocol.connection_made(self.transport)

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        return [{**view(each), "seconds": 0} for world in self.app.worlds for each in world.journal]


def served(profile: Profile, contract: Any, *, short: bool) -> Served:
    log = StringIO()
    settings = Settings(pace_ms=0, seed=7, contract=contract)
    app = create_app(settings, profile=profile, clock=FrozenClock(), log=text_log(log))
    config = config_of(Edge(app, "test", app.short_way if short else None), idle_seconds=10**6)
    made = Served(app, log, config)
    made.connect()
    return made


def raising(_: Call) -> ASGIApp:
    raise ZeroDivisionError("a bug")


def breaking(_: Call) -> ASGIApp:
    return Response(200, [("content-type", "application/json"), ("content-length", "2")], b"[]")


def odd(_: Call) -> ASGIApp:
    return Response(204, [("x-odd", "é")])


HANDLERS: list[Callable[[Call], ASGIApp] | None] = [None, None, None, None, raising, breaking, odd]


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
@pytest.mark.parametrize("contract", ["enforce", "observe"])
def test_the_short_way_answers_as_the_layers_do(
    version: str, contract: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, "mockbot")
    random, tried, taken = Random(f"{version} {contract}"), examples(request, 1200) // 4, 0
    streams = 0

    async def compare() -> None:
        nonlocal taken, streams
        for _ in range(max(tried // 60, 1)):
            profile = versions.profile(version)
            handler = random.choice(HANDLERS)
            if handler is not None:
                profile = replace(profile, handlers={**profile.handlers, "GET /api/v1/configs": handler})
            one, other = (served(profile, contract, short=short) for short in (True, False))
            for _ in range(60):
                if random.random() < 0.08:
                    change = random.choice(CHANGES)
                    change(one.app)
                    change(other.app)
                data = request_of(random)
                before, task = one.state.total_requests, one.protocol.cycle
                assert await one.answer(data) == await other.answer(data), data
                is_taken = one.protocol.cycle is task and one.state.total_requests > before
                taken += is_taken
                streams += is_taken and b"chunked" in one.transport.written
                for a, b in zip(one.entries, other.entries, strict=True):
                    assert {k: v for k, v in a.items() if b[k] != v} == {k: v for k, v in b.items() if a[k] != v}, data
            assert _lines(one.log) == _lines(other.log)
            assert [snapshot(world) for world in one.app.worlds] == [snapshot(w) for w in other.app.worlds]
            await one.app.close()
            await other.app.close()

    asyncio.run(compare())
    assert taken > 0.15 * tried, f"the short way took {taken} of {tried} requests"
    assert streams > 0.01 * tried, f"the short way took {streams} streams of {tried} requests"


def _lines(log: StringIO) -> str:
    return re.sub(r"\d\.\d{3} s", "- s", log.getvalue())


def test_a_log_that_fails_costs_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> None:
        raise OSError("the disk is full")

    server = Server(create_app(Settings(), log=broken), listen("127.0.0.1", 0))
    server.start()
    try:
        with socket.create_connection(server.listener.getsockname(), timeout=SECONDS) as connection:
            for number in range(1, 4):
                connection.sendall(b"GET /api/v1/im/bots HTTP/1.1\r\nHost: x\r\nX-API-Key: abk_demo\r\n\r\n")
                assert b"x-mockbot-entry: e%d\r\n" % number in connection.recv(4096)
    finally:
        server.stop()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["the disk is full"] * 3
