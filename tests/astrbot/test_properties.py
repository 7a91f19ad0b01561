"""Properties for any request: worlds do not mix, bad input changes nothing, the history has the text of the stream."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_19_4.agent import play
from mockbot.astrbot.v4_19_4.transcript import Transcript
from mockbot.journal.entry import KEPT
from mockbot.script.model import Reason, Round, Run, Say, Script, ToolCall
from mockbot.script.turn import Frame, Turn
from mockbot.script.when import ChatRequest
from mockbot.world.world import World
from tests.conftest import KEY, Client, fixture_of, make_client

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

PATHS = ["/api/v1/chat", "/api/v1/chat/sessions", "/api/v1/file", "/api/v1/im/message", "/api/v1/im/bots", "/x"]
methods = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "TRACE", "\x00"])
header_bytes = st.binary(max_size=30)
content_types = st.one_of(
    st.sampled_from([b"application/json", b"multipart/form-data; boundary=b", b"text/plain", b"application/x+json"]),
    header_bytes,
)
texts = st.text(max_size=8) | st.sampled_from(["\ud800", "\0", "alice", "webchat:FriendMessage:s", "a/../b", "default"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "username",
    "message",
    "session_id",
    "conversation_id",
    "config_id",
    "config_name",
    "enable_streaming",
    "umo",
    "files",
]
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(["plain", "reply", "image", "file", "record", "video"]) | values},
    optional={"text": values, "message_id": values, "attachment_id": values, "selected_text": values},
)
objects = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(FIELDS, values | texts) | {"message": values | texts | st.lists(parts, max_size=3)}
)
forms = st.builds(
    lambda head, media, content: (
        b"--b\r\nContent-Disposition: form-data; %b\r\nContent-Type: %b\r\n\r\n%b\r\n--b--\r\n" % (head, media, content)
    ),
    st.sampled_from([b'name="file"; filename="a"', b'name="file"', b"name=file; filename*=x''%ff"]) | header_bytes,
    header_bytes,
    st.binary(max_size=20),
)
bodies = st.one_of(st.binary(max_size=60), objects.map(lambda value: json.dumps(value).encode()), forms)


def snapshot(client: Client) -> object:
    world = client.world
    return (
        [(row.session_id, row.creator, row.display_name, row.turns) for row in world.sessions.all()],
        world.history.all(),
        [(record, world.attachments.content(record)) for record in world.attachments.all()],
        list(state_of(world).routes.items()),
    )


@pytest.mark.usefixtures("unforgiving")
@QUICK
@given(
    st.lists(
        st.tuples(methods, st.sampled_from(PATHS), st.binary(max_size=30), content_types, header_bytes, bodies),
        min_size=1,
        max_size=12,
    )
)
def test_any_bytes_in_enforce_are_answered_below_500_and_a_4xx_changes_nothing(requests: list[Any]) -> None:
    async def send() -> None:
        client = make_client(contract="enforce")
        for method, path, query, content_type, header, body in requests:
            before = snapshot(client)
            headers = [KEY, ("Content-Type", content_type), ("X-Odd", header), ("Cookie", header)]
            target = f"{path}?{query.decode('latin-1')}"
            reply = await client.request(method, target, body, headers=headers)
            assert reply.whole
            assert 200 <= reply.status < 500
            if reply.status >= 400:
                assert snapshot(client) == before
        assert client.world.live.active_chats == 0

    asyncio.run(send())


@pytest.mark.usefixtures("unforgiving")
@QUICK
@given(st.lists(st.tuples(st.sampled_from(PATHS), content_types, bodies), min_size=1, max_size=12))
def test_any_bytes_in_observe_are_answered_to_the_end(requests: list[Any]) -> None:
    async def send() -> None:
        client = make_client(contract="observe")
        for path, content_type, body in requests:
            reply = await client.request("POST", path, body, headers=[KEY, ("Content-Type", content_type)])
            assert reply.whole
            assert not client.entries[-1].defects

    asyncio.run(send())


@settings(QUICK, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from([0, 9, KEPT - 99, KEPT, 2 * KEPT]), st.integers(1, 50)), max_size=4))
def test_entries_are_bounded(requests: list[Any]) -> None:
    async def send() -> None:
        client = make_client(fixture_of(scripts=[{"title": None}]), max_journal_entries=3, max_journal_bytes=2 * KEPT)
        for size, words in requests:
            await client.chat("x" * size + " y" * words)
            entry = client.entries[-1]
            assert entry.body_size > size
            assert len(entry.body) <= KEPT
            assert sum(len(chunk.data) for chunk in entry.chunks) <= KEPT
            assert len(client.world.journal) <= 3
            assert sum(kept.weight for kept in client.world.journal) <= 2 * KEPT

    asyncio.run(send())


steps = st.one_of(
    st.builds(Say, st.lists(st.text(max_size=5), max_size=4).map(tuple)),
    st.builds(Reason, st.lists(st.text(max_size=5), max_size=3).map(tuple)),
)
calls = st.lists(st.builds(ToolCall, st.just("tool"), kind=st.just("result"), result=st.text(max_size=5)), max_size=2)
rounds = st.builds(Round, st.lists(steps, max_size=4).map(tuple), calls.map(tuple))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(rounds, min_size=1, max_size=3), st.booleans())
def test_a_transcript_holds_the_text_and_reasoning_of_the_complete_frame(run: list[Round], reasoning: bool) -> None:
    request = ChatRequest("hi", "a", "s", "umo", "default", "", "", True, False, (), 1)
    turn = Turn(request, "id", now=lambda: 0.0, uuid=lambda: "0" * 8, reasoning=reasoning)
    transcript, complete = Transcript(), dict[str, Any]()
    stored: list[list[dict[str, Any]]] = []
    for frame in play(Script("x", Run(tuple(run))), turn):
        assert isinstance(frame, Frame)
        stored.append(list(transcript.add(frame.data) or []))
        if frame.data["type"] == "complete":
            complete = frame.data
    kept = stored[-1]
    assert not any(stored[:-1])
    assert "".join(part["text"] for part in kept if part["type"] == "plain") == complete["data"]
    assert "".join(part["text"] for part in kept if part["type"] == "reasoning") == complete["reasoning"]


names = st.sampled_from(["ann", "ben"])
sessions = st.sampled_from(["one", "two", "three"])


class TwoWorlds(RuleBasedStateMachine):
    """Chats, uploads and pushes in two worlds and the default one, compared with a model of each."""

    def __init__(self) -> None:
        super().__init__()
        self.client = make_client(fixture_of(scripts=[{"title": None}], sessions=[], history=[], attachments=[]))
        self.sessions: dict[str, dict[str, str]] = {at: {} for at in ("", "/w/a", "/w/b")}
        self.texts: dict[str, list[tuple[str, str]]] = {at: [] for at in self.sessions}
        self.files: dict[str, dict[str, bytes]] = {at: {} for at in self.sessions}

    worlds = st.sampled_from(["", "/w/a", "/w/b"])

    def world(self, at: str) -> World:
        return self.client.app.worlds.get(at.removeprefix("/w/") or "default")

    @rule(at=worlds, user=names, session=sessions, text=st.sampled_from(["x", "y z"]), streaming=st.booleans())
    def chat(self, at: str, user: str, session: str, text: str, streaming: bool) -> None:
        fields = {"username": user, "session_id": session, "enable_streaming": streaming}
        reply = asyncio.run(self.client.chat(text, at, **fields))
        if self.sessions[at].setdefault(session, user) != user:
            assert reply.json["message"] == "session_id belongs to another username"
            return
        self.texts[at] += [(session, text), (session, text)]
        assert reply.types.endswith("message_saved end" if streaming else "message_saved agent_stats end")

    @rule(at=worlds, session=sessions)
    def push(self, at: str, session: str) -> None:
        body = {"umo": f"webchat:FriendMessage:{session}", "message": "psst"}
        asyncio.run(self.client.request("POST", f"{at}/api/v1/im/message", body))
        self.texts[at].append((session, "psst"))

    @rule(at=worlds, name=st.sampled_from(["a.txt", "b.txt"]), content=st.binary(max_size=3))
    def upload(self, at: str, name: str, content: bytes) -> None:
        assert asyncio.run(self.client.upload(name, content, at=at)).json["status"] == "ok"
        self.files[at][name] = content

    @rule(at=worlds, user=names)
    def list(self, at: str, user: str) -> None:
        data = asyncio.run(self.client.get(f"{at}/api/v1/chat/sessions?username={quote(user)}")).json["data"]
        mine = {session for session, creator in self.sessions[at].items() if creator == user}
        assert {item["session_id"] for item in data["sessions"]} == mine
        assert data["total"] == len(mine)

    @precondition(lambda self: any(self.files["/w/a"]))
    @rule()
    def attachments_are_of_one_world_only(self) -> None:
        record = self.world("/w/a").attachments.all()[-1]
        message = [{"type": "file", "attachment_id": record.id}]
        reply = asyncio.run(
            self.client.request(
                "POST", "/w/b/api/v1/im/message", {"umo": "webchat:FriendMessage:q", "message": message}
            )
        )
        assert reply.json["message"] == f"attachment not found: {record.id}"

    @invariant()
    def each_world_holds_its_own(self) -> None:
        for at in self.sessions:
            world = self.world(at)
            assert {row.session_id: row.creator for row in world.sessions.all()} == self.sessions[at]
            assert [(row.conversation, row.text) for row in world.history.all()] == self.texts[at]
            held = {record.filename: world.attachments.content(record) for record in world.attachments.all()}
            assert held == self.files[at]


TestTwoWorlds = TwoWorlds.TestCase
TestTwoWorlds.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, derandomize=True, database=None
)
