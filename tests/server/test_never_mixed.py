"""Whatever a request says, at most one world changes, and it is the one that the documented rules name."""

import asyncio
import json
import logging
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from mockbot.app import Mockbot, create_app
from mockbot.server.edge import Edge
from mockbot.server.http import Http
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT
from tests.conftest import SECONDS
from tests.server.test_lane import Transport, others

OWNERS = {"abk_demo": {DEFAULT, "a", "b"}, "abk_own_a": {"a"}, "abk_own_b": {"b"}, "abk_both": {"a", "b"}}
"""The worlds that have each key."""
STARTS = ["", "", "/w/a", "/w/b", "/w/new", "/w/default", "/w/%61", "/w/%2561", "/%77/a", "/w%2Fa", "/w%2fb", "//w/a"]
STARTS += ["//w//", "/w//a", "/w/", "/w", "/W/a", "/w/../w/a", "/w/..", "/w/%2e%2e", "/w/.", "/w/a%2Fb", "/w/a/w/b"]
STARTS += ["/./w/a", "/x/../w/a", "/w/a/../b", "/w/a;b", "/w/a%00", "/w/%ff", "/w/A", "/w/abk_own_a", "/w/abk_demo"]
STARTS += ["http://h/w/a", "HTTP://h/w/b", "http://h/", "/w/a%20", "/w/a+b", "/w/" + "a" * 64, "/w/" + "a" * 65]
TAILS = ["/api/v1/im/bots", "/api/v1/chat", "/", "", "//", "/../w/b/api/v1/im/bots", "/%2e%2e/w/b/api/v1/im/bots"]
TAILS += ["/w/b/api/v1/im/bots", "/openapi.json", "/api/v1/chat/sessions?username=alice&w=b"]
NAMED = ["a", "b", "new", "default", "a, b", "a,b", "a b", "", "..", "A", "/w/a", "%61", "abk_own_a"]
SPELLINGS = ["X-Mockbot-World", "x-mockbot-world", "X-MOCKBOT-WORLD"]
CARRIERS = ["X-API-Key: {}", "x-api-key:  {}  ", "Authorization: Bearer {}", "Authorization: {}", "Cookie: k={}", "?"]
SENT = st.tuples(st.sampled_from(CARRIERS), st.sampled_from([*OWNERS, "abk_none"]))
NAMING = st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(["{}", " {} ", "\t{}"]), st.sampled_from(NAMED))


class Request:
    """A request as it is sent, and the world that it is for."""

    def __init__(
        self, method: str, start: str, tail: str, named: list[tuple[str, str, str]], sent: list[tuple[str, str]]
    ) -> None:
        self.target, self.method = (start + tail) or "/", method
        self.names = [name for _, _, name in named]
        in_query = "&".join(f"key={key}" for carrier, key in sent if carrier == "?")
        if in_query:
            self.target += ("&" if "?" in self.target else "?") + in_query
        self.keys = [key for _, key in sent]
        self.headers = [f"{name}: {blanks.format(value)}" for name, blanks, value in named]
        self.headers += [carrier.format(key) for carrier, key in sent if carrier != "?"]

    @property
    def data(self) -> bytes:
        body = json.dumps({"username": "alice", "session_id": "s", "message": "hi"}) if self.method == "POST" else ""
        about = [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1:6185", *self.headers, *about, "", body]
        return "\r\n".join(lines).encode()

    @property
    def worlds(self) -> set[str | None]:
        """Return the worlds that the request can be for by the rules; None: it is refused, and no world changes."""
        path = re.sub("(?i)^http://h", "", self.target).partition("?")[0].encode()
        if path.startswith(b"/w/") and (segment := path.split(b"/")[2]):
            return {_valid(unquote_to_bytes(segment).decode("utf-8", "replace"))}
        if unquote_to_bytes(path).startswith(b"/w/") and not path.startswith(b"/w/"):
            return {None}
        if self.names:
            return {_valid(self.names[0])} if len(set(self.names)) == 1 else {None}
        known = [OWNERS[key] for key in self.keys if key in OWNERS]
        own = {name for owners in known if len(owners) == 1 for name in owners}
        shared = set.intersection(*known) if known else set()
        return {own.pop()} if len(own) == 1 and own <= shared else {DEFAULT}


def _valid(name: str) -> str | None:
    """Return a name that a world can have: names have no keys, because they are logged."""
    legal = re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) and name not in (".", "..") and "abk_" not in name
    return name if legal else None


def make_app(contract: str) -> Mockbot:
    chosen = Settings(pace_ms=0, contract=contract)  # type: ignore[arg-type]  # one of the modes
    app = create_app(chosen, clock=FrozenClock())
    default = app.worlds.get(DEFAULT)
    for name in ("a", "b"):
        key = default.fixture.keys[0]
        keys = [*default.fixture.keys, *(replace(key, key=each) for each, owners in OWNERS.items() if name in owners)]
        fixture = replace(default.fixture, keys=tuple({each.key: each for each in keys}.values()))
        made = World(name, fixture, seed=1, clock=FrozenClock(), settings=chosen, blueprint=default.blueprint)
        app.worlds.put(made)
    return app


def state(app: Mockbot) -> dict[str, Any]:
    return {
        world.name: json.dumps([snapshot(world), [str(entry) for entry in world.journal], world.live.active_chats])
        for world in app.worlds
    }


async def answered(app: Mockbot, data: bytes) -> bytes:
    config = Config(Edge(app, "test", app.short_way), http=Http, log_config=None, access_log=False, proxy_headers=False)
    config.load()
    transport, protocol = Transport(), Http(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(transport)
    protocol.data_received(data)
    async with asyncio.timeout(SECONDS):
        while protocol.cycle is not None and not protocol.cycle.response_complete:
            await others()
    await others()
    protocol.connection_lost(None)
    return transport.written


@pytest.mark.parametrize("contract", ["enforce", "observe"])
def test_at_most_one_world_changes(contract: str) -> None:
    logging.getLogger("mockbot").setLevel(logging.CRITICAL)
    app = make_app(contract)
    changes: dict[str | None, int] = {}

    @settings(max_examples=300)
    @given(
        st.sampled_from(["GET", "POST"]),
        st.sampled_from(STARTS),
        st.sampled_from(TAILS),
        st.just([]) | st.lists(NAMING, max_size=2),
        st.lists(SENT, max_size=2),
    )
    def holds(
        method: str, start: str, tail: str, named: list[tuple[str, str, str]], sent: list[tuple[str, str]]
    ) -> None:
        request = Request(method, start, tail, named, sent)
        app.worlds.get(DEFAULT)
        before = state(app)
        written = asyncio.run(answered(app, request.data))
        after = state(app)
        changed = {name for name in after if after[name] != before.get(name)}
        assert after.keys() >= before.keys()
        assert len(changed) <= 1, (request.data, changed)
        allowed = request.worlds
        assert changed <= allowed, (request.data, changed, written[:200])
        assert changed or written[9:12] >= b"400" or "openapi" in tail or tail in ("", "/", "//")
        for name in changed:
            changes[name] = changes.get(name, 0) + 1
        for name in set(after) - {DEFAULT, "a", "b"}:
            app.worlds.remove(name)
        for world in app.worlds:
            world.journal.clear()

    holds()
    assert {DEFAULT, "a", "b"} <= changes.keys(), changes
