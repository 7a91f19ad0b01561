"""Concurrent chats: pushes, turns, follow-ups, clients that disconnect, limits (BEHAVIOUR.md sections 7 and 8.6)."""

import asyncio
from typing import Any, Literal

import pytest

from mockbot.astrbot import versions
from mockbot.world.live import AHEAD
from tests.conftest import KEY, Client, Pending, fixture_of, frame_of, make_client, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("unforgiving")]

SLOW: list[dict[str, Any]] = [
    {"title": None},
    {"name": "tool", "when": {"message": "tool"}, "run": [
        {"say": ["A moment. "]},
        {"call": {"tool": "slow", "id": "one", "takes": "10s", "result": "found"}},
        {"say": ["Done."]},
    ]},
    {"name": "words", "when": {"message": {"contains": "words"}}, "run": [
        {"say": {"text": ["a", "b", "c"], "every": "1s"}},
    ]},
    {"name": "late", "when": {"message": "late"}, "run": [{"wait": "5s"}, {"say": ["here"]}]},
]  # fmt: skip


class SteppedClock:
    """A clock that only the test advances; sleeps end when their time has come."""

    kind: Literal["running", "frozen"] = "frozen"

    def __init__(self) -> None:
        self.time = 1767225600.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        due = self.time + seconds
        while self.time < due:
            await self._moved.wait()

    def fresh(self) -> "SteppedClock":
        return SteppedClock()


def stepped(**settings: Any) -> Client:
    return make_client(fixture_of(scripts=SLOW), clock=SteppedClock(), **settings)


async def step(client: Client, seconds: float = 1) -> None:
    await client.settle()
    client.clock.advance(seconds)
    await client.settle()


async def test_a_long_stream_without_pace_lets_other_requests_run() -> None:
    client = make_client(fixture_of(scripts=[{"run": [{"say": ["word "] * 1000}]}]), pace_ms=0)
    chat = client.open("talk")
    assert (await client.get("/api/v1/im/bots")).status == 200
    assert len(chat.chunks) < 500
    assert len((await chat.reply()).frames) > 1000


async def test_frames_are_sent_as_soon_as_they_are_made() -> None:
    client = stepped()
    chat = client.open("words")
    assert (await chat.frame())["type"] == "session_id"
    assert (await chat.frame())["data"] == "a"
    await client.settle()
    assert len(chat.chunks) == 2
    await step(client)
    assert (await chat.frame())["data"] == "b"
    await step(client)
    assert (await chat.reply()).types == "session_id +a +b +c agent_stats complete message_saved end"


async def test_the_first_frame_is_sent_before_the_run_makes_any() -> None:
    client = stepped()
    chat = client.open("late")
    await client.settle()
    assert len(chat.chunks) == 1
    await step(client, 5)
    assert (await chat.reply()).types == "session_id +here agent_stats complete message_saved end"


async def test_frames_are_paced_except_three_kinds() -> None:
    client = make_client(fixture_of(scripts=SLOW), pace_ms=50)
    began = client.clock.now()
    await client.chat("hello there")
    # two deltas, complete and end are each followed by a pause
    assert client.clock.now() - began == pytest.approx(4 * 0.05)


async def test_a_push_is_sent_into_the_open_stream_and_replaces_the_text_before_it_in_history() -> None:
    client = stepped()
    chat = client.open("words")
    for _ in range(2):
        await chat.frame()
    assert (await client.push([{"type": "plain", "text": "psst"}])).json["status"] == "ok"
    pushed, saved = await chat.frame(), await chat.frame()
    assert (pushed["data"], pushed["streaming"], pushed["chain_type"]) == ("psst", False, None)
    assert pushed["message_id"] == message_id_of(chat)
    assert saved["type"] == "message_saved"
    for _ in range(2):
        await step(client)
    reply = await chat.reply()
    assert reply.types == "session_id +a =psst message_saved +b +c agent_stats complete message_saved end"
    assert next(frame for frame in reply.frames if frame["type"] == "complete")["data"] == "abc"
    assert client.bot_texts() == ["psst", "bc"]


def message_id_of(chat: Pending) -> str:
    return str(next(frame["message_id"] for frame in map(frame_of, chat.chunks) if "message_id" in frame))


async def test_a_push_of_media_reaches_a_stream_records_first_and_videos_not_at_all() -> None:
    client = make_client(
        fixture_of(
            scripts=SLOW,
            attachments=[
                {"id": kind, "filename": f"a.{kind}", "type": kind} for kind in ("image", "record", "file", "video")
            ],
        ),
        clock=SteppedClock(),
    )
    chat = client.open("late")
    await client.settle()
    parts = [{"type": "plain", "text": "all"}, {"type": "reply", "message_id": 1}]
    parts += [{"type": kind, "attachment_id": kind} for kind in ("video", "image", "file", "record")]
    assert (await client.push(parts)).json["status"] == "ok"
    await step(client, 5)
    frames = [frame for frame in (await chat.reply()).frames if frame["type"] != "message_saved"]
    kinds = ["session_id", "record", "plain", "image", "file", "plain", "agent_stats", "complete", "end"]
    assert [frame["type"] for frame in frames] == kinds
    assert [frame["data"].partition("]")[0] for frame in frames[1:5]] == ["[RECORD", "all", "[IMAGE", "[FILE"]
    assert frames[1]["data"].endswith(".wav")
    assert frames[3]["data"].endswith(".jpg")
    assert frames[4]["data"].endswith(".file")


async def test_a_push_reaches_all_streams_of_its_conversation_each_with_its_own_message_id() -> None:
    client = stepped()
    first, other = client.open("late"), client.open("late", session_id="other")
    await client.settle()
    second = client.open("late")
    await client.settle()
    await client.push("to s", umo="webchat:FriendMessage:webchat!alice!s")
    await step(client, 5)
    await step(client, 5)
    replies = [await chat.reply() for chat in (first, second, other)]
    assert ["=to s" in reply.types for reply in replies] == [True, True, False]
    ids = {frame["message_id"] for reply in replies for frame in reply.frames if frame.get("data") == "to s"}
    assert len(ids) == 2


async def test_pushes_to_an_idle_conversation_are_stored_however_many_they_are() -> None:
    client = make_client()
    for number in range(600):
        assert (await client.push(f"{number}")).status == 200
    assert client.bot_texts() == [str(number) for number in range(600)]


async def test_an_idle_push_copies_its_media() -> None:
    client = make_client()
    uploaded = (await client.upload("a.png", b"pixels", "image/png")).json["data"]
    await client.push([{"type": "image", "attachment_id": uploaded["attachment_id"]}])
    (row,) = client.world.history.of("s")
    (part,) = row.parts
    assert part["filename"] == "a.png"
    assert part["attachment_id"] != uploaded["attachment_id"]
    copy = client.world.attachments.find(str(part["attachment_id"]))
    assert copy is not None
    await client.upload("a.png", b"other")
    assert client.world.attachments.content(copy) == b"pixels"


async def test_chats_of_one_session_take_turns_and_the_second_opens_at_once() -> None:
    client = stepped()
    first = client.open("words")
    await first.frame()
    second = client.open("other words")
    assert (await second.frame())["type"] == "session_id"
    await client.settle()
    assert len(second.chunks) == 1
    for _ in range(2):
        await step(client)
    assert (await first.reply()).whole
    assert (await second.frame())["data"] == "a"
    for _ in range(2):
        await step(client)
    assert (await second.reply()).types == "session_id +a +b +c agent_stats complete message_saved end"


async def test_chats_of_different_sessions_run_side_by_side() -> None:
    client = stepped()
    chats = [client.open("late", session_id=f"s{number}") for number in range(5)]
    await step(client, 5)
    assert all(chat.whole for chat in chats)


async def test_many_first_chats_of_one_new_session_make_one_row() -> None:
    client = stepped()
    chats = [client.open("hi", session_id="new") for _ in range(5)]
    replies = [await chat.reply() for chat in chats]
    assert all(reply.types.endswith("message_saved end") for reply in replies)
    assert len([row for row in client.world.sessions.all() if row.session_id == "new"]) == 1


async def test_a_follow_up_is_taken_into_the_running_tools_result() -> None:
    client = stepped()
    first = client.open("tool")
    await client.settle()
    second = client.open("and hurry")
    await step(client, 10)
    result = next(frame for frame in (await first.reply()).frames if frame.get("chain_type") == "tool_call_result")
    assert "found" in result["data"]
    assert "1. and hurry" in result["data"]
    assert (await second.reply()).types == "session_id end"


async def test_a_message_without_text_is_no_follow_up_and_waits_for_its_own_run() -> None:
    client = stepped()
    picture = (await client.upload("a.png", b"x", "image/png")).json["data"]["attachment_id"]
    first = client.open("tool")
    await client.settle()
    second = client.open([{"type": "image", "attachment_id": picture}])
    await step(client, 10)
    result = next(frame for frame in (await first.reply()).frames if frame.get("chain_type") == "tool_call_result")
    assert "SYSTEM NOTICE" not in result["data"]
    assert "agent_stats complete message_saved end" in (await second.reply()).types


async def test_a_message_without_text_gives_a_session_no_title() -> None:
    client = make_client(fixture_of(scripts=[{"title": "A title"}]))
    picture = (await client.upload("a.png", b"x", "image/png")).json["data"]["attachment_id"]
    titles = []
    for message in ([{"type": "image", "attachment_id": picture}], "hi"):
        await client.chat(message, session_id="new")
        titles += [row.display_name for row in client.world.sessions.all() if row.session_id == "new"]
    assert titles == [None, "A title"]


async def test_a_command_does_not_wait_for_the_run() -> None:
    client = make_client(
        fixture_of(scripts=[*SLOW, {"when": {"message": {"command": "now"}}, "command": [{"text": "!"}]}]),
        clock=SteppedClock(),
    )
    first = client.open("late")
    await client.settle()
    assert (await client.chat("/now")).types == "session_id =! message_saved end"
    await step(client, 5)
    assert (await first.reply()).whole


async def test_a_client_that_disconnects_in_the_middle_leaves_the_complete_message_in_history() -> None:
    client = stepped()
    chat = client.open("words")
    for _ in range(2):
        await chat.frame()
    chat.leave()
    for _ in range(3):
        await step(client)
    assert client.bot_texts() == ["abc"]
    assert len(chat.chunks) == 2
    (entry,) = client.entries
    assert entry.ended == "client left"


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_client_that_disconnects_before_the_first_frame_leaves_no_message_but_the_run_continues(
    streaming: bool,
) -> None:
    client = stepped()
    chat = client.open("late", enable_streaming=streaming)
    await chat.frame()
    chat.leave()
    await client.settle()
    assert chat.task.done()
    assert client.world.live.active_chats == 1
    waiting = client.open("hi")
    await step(client, 5)
    assert (await waiting.reply()).types.endswith("message_saved end")
    assert client.bot_texts() == ["hi"]
    assert client.world.live.active_chats == 0


async def test_the_31st_chat_in_a_minute_stalls_until_the_window_has_room() -> None:
    limit = {"count": 30, "seconds": 60}
    configs = [{"id": "default", "name": "default", "rate_limit": limit}]
    client = make_client(fixture_of(scripts=SLOW, configs=configs), clock=SteppedClock())
    for _ in range(30):
        assert (await client.chat("hi")).whole
    late = client.open("hi")
    await step(client, 60)
    assert len(late.chunks) == 1
    await step(client, 1)
    assert (await late.reply()).types == "session_id +hi agent_stats complete message_saved end"


async def test_nothing_remains_after_all_clients_have_disconnected() -> None:
    client = stepped()
    chats = [client.open("late", session_id=f"s{number % 3}") for number in range(12)]
    await client.settle()
    assert client.world.live.active_chats == 12
    for chat in chats:
        chat.leave()
    for _ in range(12):
        await step(client, 6)
    assert client.world.live.idle


async def test_close_ends_streams_and_runs_at_once() -> None:
    client = stepped()
    chats = [client.open("late"), client.open("words", session_id="t"), client.open("late")]
    await client.settle()
    await client.app.close()
    replies = [await chat.reply() for chat in chats]
    assert not any(reply.whole for reply in replies)
    assert client.world.live.active_chats == 0


async def test_a_reader_that_stalls_holds_up_the_run_and_the_queue_is_limited() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}]))
    chat = client.open("word " * 5000)
    await chat.frame()
    chat.stall()
    await client.settle()
    (stream,) = client.world.live.streams("s")
    assert stream.frames.limit - AHEAD < len(stream.frames)
    for _ in range(600):
        await client.push("and more")
    assert len(stream.frames) == stream.frames.limit
    chat.resume()
    assert (await chat.reply()).whole
    assert client.world.live.active_chats == 0


async def test_a_reader_that_stalls_and_disconnects_does_not_hold_up_the_run() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}]))
    chat = client.open("word " * 5000)
    await chat.frame()
    chat.stall()
    await client.settle()
    chat.leave()
    assert not (await chat.reply()).whole
    await client.settle()
    assert client.world.live.active_chats == 0


async def test_a_chat_that_waits_for_nothing_needs_no_task() -> None:
    client = make_client(fixture_of(scripts=[{"run": [{"say": ["word "] * 16}]}]), pace_ms=0)
    made: list[object] = []
    loop = asyncio.get_running_loop()

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **_: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop)

    loop.set_task_factory(make)
    try:
        frames = (await client.chat("hi")).frames
    finally:
        loop.set_task_factory(None)
    assert len(frames) == 21
    assert len(made) == 1  # the request itself


async def test_the_stream_has_astrbots_headers_and_no_length() -> None:
    async with serving(make_client()) as client:
        reply = await client.chat("hi")
        assert reply.headers[:3] == [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
            ("connection", "keep-alive"),
        ]
        assert reply.header("content-length") is None


async def test_a_stream_over_http_1_0_has_no_keep_alive_header() -> None:
    client = make_client()
    body = {"username": "alice", "message": "hi"}
    reply = await client.request("POST", "/api/v1/chat", body, headers=[KEY], http_version="1.0")
    assert reply.header("connection") is None


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
async def test_the_shipped_reply_with_separators_has_them_unescaped_inside_its_lines(version: str) -> None:
    reply = await make_client(profile=versions.profile(version)).chat("separators")
    assert b"One\xe2\x80\xa8two\xe2\x80\xa9three\xc2\x85four " in reply.body
    assert "".join(frame["data"] for frame in reply.frames if frame["type"] == "plain").endswith("four \U0001f916 five")
