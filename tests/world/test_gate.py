"""Which world a request is for, and that worlds share nothing."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockbot.response import problem
from mockbot.world.call import SCOPE_WORLD
from mockbot.world.gate import Gate, destination
from mockbot.world.snapshot import snapshot
from mockbot.world.worlds import Worlds
from tests.conftest import KEY, Client, make_client

BOTS = "/api/v1/im/bots"


@pytest.mark.parametrize(
    ("path", "raw", "found"),
    [
        ("/api/v1/chat", "/api/v1/chat", ("default", "", "/api/v1/chat")),
        ("/w/ci-7/api/v1/chat", "/w/ci-7/api/v1/chat", ("ci-7", "/w/ci-7", "/api/v1/chat")),
        ("/w/ci-7/api", "/w/ci%2D7/api", ("ci-7", "/w/ci-7", "/api")),
        ("/w/a", "/w/a", ("a", "/w/a", "/")),
        ("/w/a/b", "/w/a%2Fb", ("a/b", "/w/a/b", "/")),
        ("/w/a/b/c", "/w/a%2fb/c", ("a/b", "/w/a/b", "/c")),
        ("/w/victim/api", "/w%2Fvictim/api", ("", "", "/w/victim/api")),
        ("/w/victim/api", "/w%2fvictim/api", ("", "", "/w/victim/api")),
        ("/w/victim/api", "/%77/victim/api", ("", "", "/w/victim/api")),
        ("/w/victim/api", "%2Fw/victim/api", ("", "", "/w/victim/api")),
        ("/w/../api", "/w/%2e%2e/api", ("..", "/w/..", "/api")),
        ("/w/../api", "/w/%2E%2E%2Fapi", ("../api", "/w/../api", "/")),
        ("/w//x", "/w//x", ("default", "", "/w//x")),
        ("//w/x", "//w/x", ("default", "", "//w/x")),
        ("/w/a//x", "/w/a//x", ("a", "/w/a", "//x")),
        ("/w/%41/x", "/w/%2541/x", ("%41", "/w/%41", "/x")),
        ("/w", "/w", ("default", "", "/w")),
        ("http://h/w/a/x", "http://h/w/a/x", ("default", "", "http://h/w/a/x")),
        ("/w/a/w/b/c", "/w/a/w/b/c", ("a", "/w/a", "/w/b/c")),
        ("/w/", "/w/", ("default", "", "/w/")),
        ("/www/x", "/www/x", ("default", "", "/www/x")),
    ],
)
def test_destination(path: str, raw: str, found: tuple[str, str, str]) -> None:
    assert destination({"path": path, "raw_path": raw.encode(), "headers": []}) == found


def test_a_header_names_the_world_where_the_path_does_not() -> None:
    headers = [(b"x-mockbot-world", b"b")]
    assert destination({"path": "/x", "headers": headers}) == ("b", "", "/x")
    assert destination({"path": "/w/a/x", "headers": headers}) == ("a", "/w/a", "/x")
    assert destination({"path": "/x", "headers": headers * 2}) == ("b", "", "/x")


@pytest.mark.parametrize("raw", [None, b""])
def test_without_a_raw_path_the_decoded_one_is_used(raw: bytes | None) -> None:
    scope: dict[str, Any] = {"headers": []} if raw is None else {"headers": [], "raw_path": raw}
    assert destination({"path": "/w/a/x", **scope}) == ("a", "/w/a", "/x")
    assert destination({"path": "/w/%61/x", **scope}) == ("%61", "/w/%61", "/x")


PIECES = ["/", "//", "w", "%77", "%2F", "%2f", "a", "%61", ".", "..", "%2e", "%2E", "%00", "%ff", "%C3", "%", "http:"]
NAMES = [b"", b"a", b"b", b"a b", b"a,b", b"\xff", b"..", b"A", b"a%2Fb", b"default"]


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.lists(st.sampled_from(NAMES), max_size=3), st.booleans())
def test_a_request_reaches_the_world_that_it_names_or_none(pieces: list[str], named: list[bytes], world: bool) -> None:
    raw = ("/w/" if world else "/") + "".join(pieces)
    made: list[str] = []
    reached: list[tuple[str, str, str]] = []

    def make(name: str) -> Any:
        made.append(name)
        return SimpleNamespace(name=name, journal=None, faults=None, breakpoints=None, size=0, key_texts=())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append((scope[SCOPE_WORLD].name, scope["root_path"], scope["path"]))

    async def receive() -> Any:
        raise AssertionError("the gate reads no body")

    async def send(message: Any) -> None:
        pass

    headers = [(b"x-mockbot-world", value) for value in named]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": unquote(raw), "raw_path": raw.encode()}
    scope["headers"] = headers
    scope["query_string"] = b""
    gate = Gate(app, Worlds(make, 5), problem)

    async def call() -> None:
        await gate(scope, receive, send)

    asyncio.run(call())
    before, _, rest = raw.removeprefix("/w/").partition("/")
    if raw.startswith("/w/") and before:
        name, path = unquote(before), unquote(f"/{rest}")
    else:
        name = b" and ".join(sorted(set(named))).decode("latin-1") if named else "default"
        path = unquote(raw)
        if path.startswith("/w/") and not raw.startswith("/w/"):
            name = ""
    legal = re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) and name not in (".", "..")
    assert made == ([name] if legal else [])
    assert [(each[0], each[2]) for each in reached] == ([(name, path)] if legal else [])
    assert all(f"{root}{path}" in (unquote(raw), unquote(raw) + "/") for _, root, path in reached)


@pytest.mark.anyio
async def test_a_path_with_an_encoded_slash_reaches_no_world(client: Client) -> None:
    exchange = client.begin("GET", f"/w/victim{BOTS}")
    await exchange.reply()
    raw = f"/w%2Fvictim{BOTS}"
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(KEY[0].lower().encode(), KEY[1].encode())]
    scope = {"type": "http", "method": "GET", "path": unquote(raw), "raw_path": raw.encode(), "headers": headers}
    await client.app({**scope, "query_string": b"", "root_path": "", "http_version": "1.1"}, receive, send)
    assert sent[0]["status"] == 404
    assert [world.name for world in client.app.worlds] == ["default", "victim"]


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["a b", "..", ".", "x" * 65, "ä", "a\n", "a/b"])
async def test_an_invalid_name_is_refused_and_makes_no_world(client: Client, name: str) -> None:
    reply = await client.request("GET", BOTS, headers=[KEY, ("X-Mockbot-World", name.encode())])
    assert (reply.status, reply.json["status"]) == (404, "error")
    assert len(client.app.worlds) == 1


@pytest.mark.anyio
async def test_responses_of_a_named_world_name_it(client: Client) -> None:
    assert (await client.request("GET", f"/w/a{BOTS}")).header("x-mockbot-world") == "a"
    assert (await client.request("GET", BOTS)).header("x-mockbot-world") is None


@pytest.mark.anyio
async def test_past_the_limit_the_least_recently_used_is_evicted_with_its_streams(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = make_client(max_worlds=2, contract="enforce")
    client.app.worlds.get("a").scripts.clear()
    stream = client.open("hello", at="/w/a")
    await stream.frame()
    for name in ("b", "c"):
        assert (await client.request("GET", f"/w/{name}{BOTS}")).status == 200
    await stream.reply()
    assert [world.name for world in client.app.worlds] == ["default", "b", "c"]
    assert "world a is evicted" in caplog.text
    await client.request("GET", f"/w/a{BOTS}")
    assert [(slot.world.name, slot.evicted) for slot in client.app.worlds.slots()] == [
        ("default", False),
        ("c", False),
        ("a", True),
    ]


@pytest.mark.anyio
async def test_one_world_besides_the_default_one_is_enough(client: Client) -> None:
    client = make_client(max_worlds=1)
    for name in ("a", "b", "a", "default"):
        assert (await client.request("GET", f"/w/{name}{BOTS}")).status == 200
    assert [world.name for world in client.app.worlds] == ["a", "default"]


class TwoWorlds(RuleBasedStateMachine):
    """A change to one of two worlds does not change the other."""

    WHICH = st.sampled_from(["a", "b"])
    TEXT = st.text(min_size=1, max_size=5)

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = make_client(contract="enforce", max_worlds=2)
        self.seen = {name: self.state(name) for name in ("a", "b")}
        self.changed: str | None = None

    def teardown(self) -> None:
        self.loop.run_until_complete(self.client.app.close())
        self.loop.close()

    def state(self, name: str) -> tuple[Any, ...]:
        world = self.client.app.worlds.get(name)
        entries = [(entry.id, entry.path, entry.status) for entry in world.journal]
        return snapshot(world), entries, [armed.as_json() for armed in world.faults.list()]

    def ask(self, name: str, method: str, path: str, body: Any = b"") -> None:
        headers = [KEY, ("Host", "localhost")]
        self.loop.run_until_complete(self.client.request(method, path, body, headers=headers))
        self.changed = name

    @rule(name=WHICH, user=TEXT, message=TEXT)
    def chat(self, name: str, user: str, message: str) -> None:
        self.ask(name, "POST", f"/w/{name}/api/v1/chat", {"username": user, "session_id": user, "message": message})

    @rule(name=WHICH, text=TEXT)
    def push(self, name: str, text: str) -> None:
        umo = "webchat:FriendMessage:webchat!u!s"
        self.ask(name, "POST", f"/w/{name}/api/v1/im/message", {"umo": umo, "message": text})

    @rule(name=WHICH, filename=st.sampled_from(["a", "b"]), content=st.binary(max_size=3))
    def upload(self, name: str, filename: str, content: bytes) -> None:
        self.loop.run_until_complete(self.client.upload(filename, content, at=f"/w/{name}"))
        self.changed = name

    @rule(name=WHICH, text=TEXT)
    def script(self, name: str, text: str) -> None:
        self.ask(name, "POST", f"/__mockbot__/worlds/{name}/scripts", [{"sets": {"said": text}, "run": [{"say": "x"}]}])

    @rule(name=WHICH)
    def fault(self, name: str) -> None:
        self.ask(name, "POST", f"/__mockbot__/worlds/{name}/faults", {"fault": {"name": "status", "status": 503}})

    @rule(name=WHICH, how=st.sampled_from(["reset", "clock/advance"]))
    def change(self, name: str, how: str) -> None:
        self.ask(name, "POST", f"/__mockbot__/worlds/{name}/{how}", {"seconds": 5} if how != "reset" else b"")

    @rule(name=WHICH, fixture=st.sampled_from(["empty", "default"]))
    def replace(self, name: str, fixture: str) -> None:
        self.ask(name, "PUT", f"/__mockbot__/worlds/{name}", {"fixture": fixture, "clock": "frozen"})

    @invariant()
    def the_other_world_is_unchanged(self) -> None:
        for name in ("a", "b"):
            now = self.state(name)
            assert name == self.changed or now == self.seen[name]
            self.seen[name] = now


TestTwoWorlds = TwoWorlds.TestCase
TestTwoWorlds.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


@pytest.mark.anyio
async def test_other_protocols_than_http_pass_unchanged() -> None:
    seen: list[Any] = []

    async def app(*args: Any) -> None:
        seen.append(args)

    async def receive() -> Any:
        raise AssertionError("the gate reads no message")

    async def send(message: Any) -> None:
        raise AssertionError("the gate sends no message")

    await Gate(app, Worlds(lambda name: pytest.fail(name), 1), problem)({"type": "lifespan"}, receive, send)
    assert seen == [({"type": "lifespan"}, receive, send)]
