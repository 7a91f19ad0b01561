"""BEHAVIOUR.md sections 6 to 8, 11.8 and 11.9: sessions, and runs that others follow, stop and delete."""

import asyncio
from typing import Any

import pytest

from mockbot import sse
from mockbot.astrbot.v4_29_3 import run as runs
from mockbot.astrbot.v4_29_3 import stream
from mockbot.astrbot.v4_29_3.run import Follower, Run
from mockbot.astrbot.v4_29_3.stream import RunStream
from mockbot.bounded import owned
from mockbot.world.clock import RunningClock
from tests.astrbot.v4_29_3.api import ME, api, get, open_chat, session, with_rows
from tests.astrbot.v4_29_3.files_api import part, send
from tests.conftest import KEY, SECONDS, Client, Pending, short

pytestmark = pytest.mark.anyio


class Gate(RunningClock):
    """A clock on which nothing that sleeps wakes up until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await self.opened.wait()


SLOW = "[{run: [{say: [a]}, {wait: 1s}, {say: [b]}]}]"
LINGERING = "[{run: [{say: [a]}, {wait: 1s}]}]"
TOOL = "[{run: [{call: {tool: t, takes: 1s, result: x}}, {say: [b]}]}]"


async def begun(script: str, frames: int, **fields: Any) -> tuple[Client, Pending, Gate]:
    """Return a client, a chat that waits after so many frames, and the clock that it waits for."""
    gate = Gate()
    client = api(script, clock=gate)
    chat = open_chat(client, **fields)
    for _ in range(frames):
        await chat.frame()
    return client, chat, gate


async def test_a_run_goes_on_when_its_client_leaves_and_can_be_resumed() -> None:
    client, chat, gate = await begun(SLOW, 4)
    run_id = chat.chunks[2].decode().split('"run_id": "')[1][:36]
    chat.leave()
    await client.settle()
    resumed = client.begin("GET", f"/api/v1/chat/runs/{run_id}/stream")
    snapshot = (await resumed.frame())["data"]
    assert snapshot["revision"] == 2
    assert snapshot["content"] == {"type": "bot", "message": [{"type": "plain", "text": "a"}]}
    assert (await session(client))["active_runs"] == [snapshot]
    gate.opened.set()
    reply = await resumed.reply()
    assert reply.types == "run_snapshot +b agent_stats complete message_saved end"
    assert (await get(client, f"/chat/runs/{run_id}/stream")).json["message"] == "Chat run is unavailable"
    assert client.bot_texts() == ["ab"]


async def test_a_run_of_another_user_cannot_be_resumed() -> None:
    client, chat, gate = await begun(SLOW, 4, username="alice")
    run_id = chat.chunks[2].decode().split('"run_id": "')[1][:36]
    assert (await get(client, f"/chat/runs/{run_id}/stream")).json["message"] == "Chat run is unavailable"
    gate.opened.set()
    await chat.reply()


async def test_a_chat_whose_run_is_over_counts_until_its_client_has_everything() -> None:
    gate = Gate()
    client = api(clock=gate, pace_ms=50, max_streams=1)
    chat = open_chat(client)
    await chat.frame()
    await client.settle()
    assert not (await session(client))["active_runs"]
    assert client.world.live.active_chats == 1
    assert "no more chats" in (await open_chat(client, session_id="t").reply()).json["message"]
    gate.opened.set()
    assert (await chat.reply()).whole
    assert client.world.live.idle
    assert (await open_chat(client, session_id="t").reply()).whole


async def test_a_client_that_leaves_a_run_that_is_over_frees_its_place_at_once() -> None:
    gate = Gate()
    client = api(clock=gate, pace_ms=50, max_streams=1)
    first = open_chat(client)
    await first.frame()
    first.leave()
    await client.settle()
    assert client.world.live.active_chats == 0
    second = open_chat(client, session_id="t")
    assert (await second.frame())["type"] == "session_id"
    gate.opened.set()
    assert (await second.reply()).whole
    await first.reply()
    assert client.world.live.idle


async def test_those_who_resume_a_run_do_not_count_as_chats() -> None:
    client, chat, gate = await begun(SLOW, 4, session_id="s")
    run_id = chat.chunks[2].decode().split('"run_id": "')[1][:36]
    resumed = [client.begin("GET", f"/api/v1/chat/runs/{run_id}/stream") for _ in range(3)]
    for each in resumed:
        await each.frame()
    assert (client.world.live.active_chats, len(client.world.live.clients)) == (1, 4)
    gate.opened.set()
    for each in (chat, *resumed):
        assert (await each.reply()).whole
    assert client.world.live.idle


async def test_many_who_follow_a_run_get_its_frames_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine hundred of them held up everything for more than a second."""
    monkeypatch.setattr("mockbot.astrbot.v4_29_3.stream.MANY", 2)
    client, chat, gate = await begun(SLOW, 4, session_id="s")
    run_id = chat.chunks[2].decode().split('"run_id": "')[1][:36]
    resumed = [client.begin("GET", f"/api/v1/chat/runs/{run_id}/stream") for _ in range(4)]
    for each in resumed:
        await each.frame()
    streams = [each for each in client.world.live.clients if isinstance(each, RunStream)]
    assert sorted((each.is_long, each.turns is not None) for each in streams) == 2 * [(False, False)] + 3 * [
        (True, True)
    ]
    gate.opened.set()
    ends = [(await each.reply()).chunks[-1] for each in (chat, *resumed)]
    assert ends == ends[:1] * 5


async def test_the_end_of_the_server_also_ends_a_stream_whose_run_is_over() -> None:
    gate = Gate()
    client = api(clock=gate, pace_ms=50)
    chat = open_chat(client)
    await chat.frame()
    await client.app.close()
    gate.opened.set()
    reply = await chat.reply()
    assert (reply.whole, len(reply.frames), client.world.live.idle) == (False, 1, True)


async def test_a_client_that_falls_behind_is_cut_off() -> None:
    follower = Run("r", "s", ME, "c").follow()
    for number in range(runs.LAGGING + 1):
        follower.put(sse.frame({"type": "plain", "data": str(number)}))
    assert follower.frames.take() is Follower.CUT


async def test_frames_that_come_together_are_taken_or_cut_off_one_by_one() -> None:
    messages = [sse.frame({"type": "plain", "data": str(number)}) for number in range(runs.LAGGING + 1)]
    follower = Run("r", "s", ME, "c").follow()
    follower.put(*messages[:-1])
    assert [follower.frames.take() for _ in messages[:-1]] == messages[:-1]
    follower.put(*messages)
    assert follower.frames.take() is Follower.CUT
    assert not follower.frames


def test_a_follower_weighs_what_its_messages_hold() -> None:
    follower = Run("r", "s", ME, "c").follow()
    message = sse.frame({"type": "plain", "data": "a" * 10_000 + "\U0001f600"})
    follower.put(message)
    assert owned(message) <= follower.frames.size < 2 * owned(message)


@pytest.mark.parametrize(
    ("script", "frames", "fields", "rest"),
    [
        (SLOW, 4, {}, "complete message_saved end"),
        (SLOW, 3, {"enable_streaming": False}, "end"),
        (TOOL, 5, {}, "complete message_saved end"),
        (LINGERING, 7, {}, "end"),
        (LINGERING, 6, {"enable_streaming": False}, "end"),
    ],
)
async def test_a_run_is_stopped(script: str, frames: int, fields: dict[str, Any], rest: str) -> None:
    client, chat, _ = await begun(script, frames, **fields)
    stopped = await client.request("POST", "/api/v1/chat/sessions/s/stop")
    assert stopped.json["data"] == {"stopped_count": 1}
    reply = await chat.reply()
    assert " ".join(map(short, reply.frames[frames:])) == rest
    assert (await client.request("POST", "/api/v1/chat/sessions/s/stop")).json["data"] == {"stopped_count": 0}


async def test_a_call_that_was_stopped_is_stored_without_its_result() -> None:
    client, chat, _ = await begun(TOOL, 5)
    await client.request("POST", "/api/v1/chat/sessions/s/stop")
    await chat.reply()
    (call,) = (await session(client))["history"][1]["content"]["message"]
    assert list(call["tool_calls"][0]) == ["id", "name", "args", "ts"]


async def test_a_session_is_deleted_while_its_run_goes_on() -> None:
    client, chat, _ = await begun(SLOW, 4)
    assert (await client.request("DELETE", "/api/v1/chat/sessions/s")).json["data"] == {}
    reply = await chat.reply()
    assert (len(reply.frames), reply.whole) == (4, True)
    assert (await get(client, "/chat/sessions/s")).json["message"] == "Session s not found"
    await client.settle()
    assert client.world.live.idle


async def test_a_second_message_waits_for_the_first_run() -> None:
    client, first, gate = await begun(SLOW, 4)
    second = open_chat(client, "again")
    assert [(await second.frame())["type"] for _ in range(2)] == ["session_id", "user_message_saved"]
    await client.settle()
    assert len(second.chunks) == 2
    gate.opened.set()
    await first.reply()
    assert (await second.reply()).types.startswith("session_id user_message_saved run_started +a")


async def test_a_message_during_a_tool_goes_into_its_result() -> None:
    client, first, gate = await begun(TOOL, 5)
    second = open_chat(client, "quick")
    await second.frame()
    await client.settle()
    gate.opened.set()
    reply, captured = await first.reply(), await second.reply()
    assert "1. quick" in reply.frames[5]["data"]
    assert captured.types == "session_id user_message_saved follow_up_captured end"
    assert captured.frames[2]["data"] == {"target_run_id": reply.frames[2]["message_id"]}


async def uploaded_picture(client: Client) -> str:
    reply = await send(client, "/api/v1/file", part("file", b"x", "a.png", "image/png"), key=KEY)
    return str(reply.json["data"]["attachment_id"])


async def test_a_message_without_text_is_no_follow_up() -> None:
    client, first, gate = await begun(TOOL, 5)
    picture = await uploaded_picture(client)
    second = open_chat(client, [{"type": "image", "attachment_id": picture}])
    await second.frame()
    await client.settle()
    gate.opened.set()
    reply, own = await first.reply(), await second.reply()
    assert "SYSTEM NOTICE" not in reply.frames[5]["data"]
    assert "run_started" in own.types


async def test_a_message_without_text_gives_a_session_no_title() -> None:
    client = api("[{title: A title}, {run: [{say: [a]}]}]")
    picture = await uploaded_picture(client)
    titles = []
    for message in ([{"type": "image", "attachment_id": picture}], "hi"):
        await open_chat(client, message, session_id="new").reply()
        titles += [row.display_name for row in client.world.sessions.all() if row.session_id == "new"]
    assert titles == [None, "A title"]


async def test_a_proactive_message_is_pushed_into_open_runs() -> None:
    client, chat, gate = await begun(SLOW, 4)
    pushed = await client.push([{"type": "plain", "text": "p"}], "webchat:FriendMessage:webchat!x!s")
    assert pushed.json["data"] == {}
    gate.opened.set()
    reply = await chat.reply()
    assert reply.types.split(" ", 4)[4] == "+p complete message_saved +b agent_stats complete message_saved end"
    assert [frame["data"] for frame in reply.frames if frame["type"] == "complete"] == ["p", "ab"]


async def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SILENCE", 0.001)
    _, chat, gate = await begun(SLOW, 4)
    async with asyncio.timeout(SECONDS):
        while chat.chunks.count(b": heartbeat\n\n") < 3:  # noqa: ASYNC110  # the clock of the machine
            await asyncio.sleep(0)
    gate.opened.set()
    await chat.task
    assert chat.chunks[-1].startswith(b'data: {"type": "end"')


async def test_silence_costs_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SILENCE", 0.001)
    _, chat, gate = await begun(SLOW, 4)
    loop, made = asyncio.get_running_loop(), list[object]()

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **_: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop)

    async with asyncio.timeout(SECONDS):
        loop.set_task_factory(make)
        try:
            while chat.chunks.count(b": heartbeat\n\n") < 3:  # noqa: ASYNC110  # the clock of the machine
                await asyncio.sleep(0)
        finally:
            loop.set_task_factory(None)
    assert made == []
    gate.opened.set()
    await chat.task


@pytest.mark.parametrize(
    ("query", "ids", "more"),
    [("", 5, False), ("?page_size=2", 2, True), ("?page=3&page_size=2", 1, False), ("?page=9", 0, False)],
)
async def test_pages_have_the_newest_messages_first_and_the_oldest_first_in_them(
    query: str, ids: int, more: bool
) -> None:
    client = api("[{command: [{text: one}, {text: two}, {text: three}, {text: four}]}]")
    await open_chat(client).reply()
    found = await session(client, query)
    rows = [row["id"] for row in found["history"]]
    assert rows == sorted(rows)
    assert (len(rows), found["total"], found["has_more"]) == (ids, 5, more)


async def test_the_history_of_a_run() -> None:
    client = api("[{run: [{reason: [r]}, {say: [a]}, {call: {id: c, tool: t, result: x}}, {say: [b]}]}]")
    await open_chat(client).reply()
    user, bot = (await session(client))["history"]
    assert (user["sender_id"], user["content"]) == (
        ME,
        {"type": "user", "message": [{"type": "plain", "text": "hello"}]},
    )
    assert [part["type"] for part in bot["content"]["message"]] == ["think", "plain", "tool_call", "plain"]
    (call,) = bot["content"]["message"][2]["tool_calls"]
    assert (call["result"], list(call)) == ("x", ["id", "name", "args", "ts", "result", "finished_ts"])
    assert bot["content"]["reasoning"] == "r"
    assert bot["content"]["agent_stats"]["token_usage"]["output"] == 48


async def test_sessions_are_those_of_the_keys_user() -> None:
    client = api()
    made = (await get(client, "/chat/sessions/new?platform_id=other")).json["data"]
    assert made["platform_id"] == "other"
    listed = (await get(client, f"/chat/sessions?username=x&username={ME}")).json["data"]["sessions"]
    assert [row["session_id"] for row in listed] == [made["session_id"]]
    assert (await get(client, "/chat/sessions/welcome")).json["message"] == "Permission denied"
    renamed = await client.request("PATCH", f"/api/v1/chat/sessions/{made['session_id']}", {"display_name": "n"})
    assert renamed.json["data"] == {}
    ids = [made["session_id"], "welcome", "nope", made["session_id"]]
    deleted = await client.request("POST", "/api/v1/chat/sessions/batch-delete", {"session_ids": ids})
    assert deleted.json["data"] == {
        "deleted_count": 1,
        "failed_count": 3,
        "failed_items": [
            {"session_id": "welcome", "reason": "permission denied"},
            {"session_id": "nope", "reason": "not found"},
            {"session_id": made["session_id"], "reason": "not found"},
        ],
    }


async def test_the_ids_of_deleted_messages_come_again() -> None:
    client = api()
    await open_chat(client).reply()
    before = client.world.history.last_id
    await client.request("DELETE", "/api/v1/chat/sessions/s")
    assert (await open_chat(client).reply()).frames[1]["data"]["id"] == before - 1


async def test_an_edited_message_is_the_last_one() -> None:
    client = api()
    reply = await open_chat(client).reply()
    target = f"/api/v1/chat/sessions/s/messages/{reply.frames[1]['data']['id']}"
    content = {"type": "user", "message": [{"type": "plain", "text": "new"}]}
    edited = (await client.request("PATCH", target, {"content": content})).json["data"]
    assert edited["message"]["content"] == content
    assert [row["content"] for row in (await session(client))["history"]] == [content]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("abk_chat", 200), ("abk_config", 403), ("abk_star", 200), ("abk_null", 200), ("abk_none", 403),
    ],
)  # fmt: skip
async def test_scopes(key: str, status: int) -> None:
    scopes = {"abk_chat": ["chat"], "abk_config": ["config"], "abk_star": ["*"], "abk_null": None, "abk_none": []}
    client = with_rows({"keys": [{"key": name, "scopes": given} for name, given in scopes.items()]})
    reply = await client.get("/api/v1/chat/sessions/new", headers=[("X-API-Key", key)])
    assert reply.status == status
    assert (await client.get("/api/v1/stats", headers=[("X-API-Key", key)])).status == 403


async def test_a_key_in_authorization_outranks_all_others() -> None:
    client = api()
    found = {"Bearer abk_demo": 200, "Bearer no": 401, "bearer abk_demo": 401, "ApiKey abk_demo": 200}
    for name, status in found.items():
        reply = await client.get("/api/v1/im/bots", headers=[("Authorization", name)])
        assert reply.status == status
    both = await client.get("/api/v1/im/bots", headers=[("X-API-Key", "no"), ("Authorization", "Bearer abk_demo")])
    assert both.status == 200
    assert (await client.get("/api/v1/im/bots?api_key=no", headers=[KEY])).status == 401


def test_all_that_resume_a_run_between_two_frames_share_the_first() -> None:
    run = Run("r", "s", "alice", "c", started=True)
    first = run.snapshot_frame
    assert run.snapshot_frame is first
    run.publish(sse.frame({"type": "plain", "data": "a"}))
    assert run.snapshot_frame is not first
    assert run.snapshot_frame[sse.EVENT]["data"] == run.snapshot()
