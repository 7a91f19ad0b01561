"""Which world a request is for, and that worlds share nothing."""

import asyncio
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockbot.response import problem
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
        ("/w/a/b", "/w/a%2Fb", ("a/b", "/w/a", "/b")),
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


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["a b", "..", ".", "x" * 65, "ä", "a\n", "a/b"])
async def test_a_name_that_no_world_has_is_refused_and_makes_none(client: Client, name: str) -> None:
    reply = await client.request("GET", BOTS, headers=[KEY, ("X-Mockbot-World", name.encode())])
    assert (reply.status, reply.json["status"]) == (404, "error")
    assert len(client.app.worlds) == 1


@pytest.mark.anyio
async def test_answers_of_a_named_world_name_it(client: Client) -> None:
    assert (await client.request("GET", f"/w/a{BOTS}")).header("x-mockbot-world") == "a"
    assert (await client.request("GET", BOTS)).header("x-mockbot-world") is None


@pytest.mark.anyio
async def test_past_the_limit_the_one_longest_unused_goes_with_its_streams(caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(max_worlds=2, contract="enforce")
    client.app.worlds.get("a").scripts.clear()
    stream = client.open("hello", at="/w/a")
    await stream.frame()
    for name in ("b", "c"):
        assert (await client.request("GET", f"/w/{name}{BOTS}")).status == 200
    await stream.reply()
    assert [world.name for world in client.app.worlds] == ["default", "b", "c"]
    assert "world a goes" in caplog.text
    await client.request("GET", f"/w/a{BOTS}")
    assert [(stay.world.name, stay.evicted) for stay in client.app.worlds.stays()] == [
        ("default", False),
        ("c", False),
        ("a", True),
    ]


@pytest.mark.anyio
async def test_one_world_beside_the_default_one_is_enough_to_work(client: Client) -> None:
    client = make_client(max_worlds=1)
    for name in ("a", "b", "a", "default"):
        assert (await client.request("GET", f"/w/{name}{BOTS}")).status == 200
    assert [world.name for world in client.app.worlds] == ["a", "default"]


class TwoWorlds(RuleBasedStateMachine):
    """Whatever is done to one of two worlds, the other one is as it was."""

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
    def the_other_world_is_as_it_was(self) -> None:
        for name in ("a", "b"):
            now = self.state(name)
            assert name == self.changed or now == self.seen[name]
            self.seen[name] = now


TestTwoWorlds = TwoWorlds.TestCase
TestTwoWorlds.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


@pytest.mark.anyio
async def test_what_is_no_http_passes_as_it_is() -> None:
    seen = []

    async def app(*args: Any) -> None:
        seen.append(args)

    await Gate(app, Worlds(lambda name: pytest.fail(name), 1), problem)({"type": "lifespan"}, None, None)
    assert seen == [({"type": "lifespan"}, None, None)]
