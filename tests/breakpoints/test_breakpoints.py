"""Frames wait at breakpoints until a decision: in process, by the control API."""

import asyncio
import json
import threading
from time import process_time
from typing import Any

import pytest

from mockbot.breakpoints.breakpoints import LIMIT, SIZE_LIMIT, Breakpoint, Breakpoints, Decision
from mockbot.breakpoints.layer import blocks, events_in, is_event
from mockbot.control.breakpoints import MOST
from mockbot.errors import UserError
from mockbot.journal.entry import Entry
from tests.conftest import Pending
from tests.control.conftest import Control, control
from tests.iterations import iterations

__all__ = ["control"]
pytestmark = pytest.mark.anyio
CHAT = "/api/v1/chat"
PLACE = "worlds/default"


def chatting(control: Control) -> Pending:
    return control.client.begin("POST", CHAT, {"message": "hello", "username": "ada"})


async def held(control: Control) -> list[dict[str, Any]]:
    await control.client.settle()
    found: list[dict[str, Any]] = (await control.get(f"{PLACE}/breakpoints"))["held"]
    return found


def last(control: Control) -> Entry:
    return list(control.client.world.journal)[-1]


def types(body: bytes) -> list[str]:
    return [json.loads(block.removeprefix("data: "))["type"] for block in body.decode().split("\n\n") if block]


async def test_a_stream_waits_before_a_frame_and_goes_on_when_it_may(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 2}, 201)
    stream = chatting(control)
    (frame,) = await held(control)
    assert (frame["id"], frame["entry"], frame["frame"], frame["operation"]) == ("h1", "e1", 2, "POST /api/v1/chat")
    assert len(stream.chunks) == 1
    assert (await control.request("POST", f"{PLACE}/held/h1", {"action": "send"})).status == 204
    reply = await stream.reply()
    assert frame["text"].encode() in reply.body
    assert types(reply.body)[-1] == "end"
    assert await held(control) == []
    assert last(control).faults == ()


async def test_a_frame_is_edited_and_the_journal_has_what_was_sent(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"contains": '"end"'}, 201)
    stream = chatting(control)
    await held(control)
    text = 'data: {"type": "ende"}\n\n'
    await control.request("POST", f"{PLACE}/held/h1", {"action": "send", "text": text})
    reply = await stream.reply()
    assert reply.body.endswith(text.encode())
    assert last(control).response_body == reply.body
    assert (last(control).faults, last(control).defects) == (("breakpoint",), ())


async def test_a_frame_is_dropped_and_the_next_one_waits(control: Control) -> None:
    whole = types((await chatting(control).reply()).body)
    await control.json("POST", f"{PLACE}/breakpoints", {}, 201)
    stream = chatting(control)
    await held(control)
    await control.request("POST", f"{PLACE}/held/h1", {"action": "drop", "step": True})
    (frame,) = await held(control)
    assert (frame["id"], frame["frame"], stream.chunks) == ("h2", 2, [])
    await control.request("POST", f"{PLACE}/held/h2", {"action": "send"})
    assert types((await stream.reply()).body) == whole[1:]


async def test_a_stream_is_cut(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 3}, 201)
    stream = chatting(control)
    await held(control)
    await control.request("POST", f"{PLACE}/held/h1", {"action": "cut"})
    with pytest.raises(ConnectionAbortedError):
        await stream.reply()
    assert (len(stream.chunks), last(control).ended) == (2, "cut")


async def test_an_edited_frame_is_validated_after_those_before_it(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 2}, 201)
    stream = chatting(control)
    (frame,) = await held(control)

    async def violations(text: str) -> list[str]:
        found = await control.json("POST", f"{PLACE}/held/h1/check", {"text": text})
        return [each["message"] for each in found["violations"]]

    assert await violations(frame["text"]) == []
    assert await violations('data: {"type": "plain"}\n\n') != []
    assert await violations("data: {\n\n") != []
    assert await violations('data: {"type": "session_id", "session_id": "x"}\n\n') != []
    await control.request("POST", f"{PLACE}/held/h1", {"action": "send"})
    await stream.reply()


async def test_a_breakpoint_holds_its_own_frames_only(control: Control) -> None:
    for given in ({"operation": "GET /api/v1/im/bots"}, {"entry": "e9"}, {"frame": 1000}, {"contains": "no such text"}):
        await control.json("POST", f"{PLACE}/breakpoints", given, 201)
    assert (await chatting(control).reply()).status == 200
    assert len((await control.get(f"{PLACE}/breakpoints"))["breakpoints"]) == 4
    assert await control.json("DELETE", f"{PLACE}/breakpoints?id=b2") == {"removed": 1}
    assert (await control.request("DELETE", f"{PLACE}/breakpoints?id=b2")).status == 404
    assert await control.json("DELETE", f"{PLACE}/breakpoints") == {"removed": 3}


async def test_a_removed_world_holds_nothing(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"times": None}, 201)
    stream = chatting(control)
    await held(control)
    await control.json("POST", f"{PLACE}/reset")
    await stream.reply()
    assert await control.get(f"{PLACE}/breakpoints") == {"breakpoints": [], "held": []}


async def test_what_cannot_be_decided(control: Control) -> None:
    assert (await control.request("POST", f"{PLACE}/held/h1", {"action": "send"})).status == 404
    assert (await control.request("POST", f"{PLACE}/held/h1/check", {"text": ""})).status == 404
    assert (await control.request("POST", f"{PLACE}/held/h1", {"action": "burn"})).status == 400
    assert (await control.request("POST", f"{PLACE}/breakpoints", {"operation": "GET /nowhere"})).status == 422
    assert (await control.request("GET", "worlds/none/breakpoints")).status == 404


async def test_a_frame_goes_when_its_client_has_left() -> None:
    breakpoints = Breakpoints()
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(breakpoints.hold("POST /chat", "e1", 1, b"", lost))
    await asyncio.sleep(0)
    assert len(breakpoints.held()) == 1
    lost.set_result(None)
    assert await waiting == Decision()
    assert breakpoints.held() == ()


def test_there_is_a_limit() -> None:
    breakpoints = Breakpoints()
    for _ in range(LIMIT):
        breakpoints.add(Breakpoint(left=None))
    with pytest.raises(UserError, match="remove one first"):
        breakpoints.add(Breakpoint())


@pytest.mark.parametrize(
    ("data", "events"),
    [(b"data: a\n\n: heartbeat\n\ndata: b\n\n", 2), (b"id: 1\ndata: a\n\n", 1), (b": x\n\n", 0), (b"data: a", 1)],
)
def test_blocks_are_cut_at_blank_lines(data: bytes, events: int) -> None:
    assert b"".join(blocks(data)) == data
    assert sum(map(is_event, blocks(data))) == events


async def test_a_text_that_is_no_event_is_named(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 2}, 201)
    stream = chatting(control)
    await held(control)
    found = await control.json("POST", f"{PLACE}/held/h1/check", {"text": '{"type": "end"}\n\n'})
    assert [each["rule"] for each in found["violations"]] == ["parse"]
    await control.request("POST", f"{PLACE}/held/h1", {"action": "send"})
    await stream.reply()


async def test_a_step_on_the_last_frame_leaves_no_breakpoint(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"contains": '"end"'}, 201)
    stream = chatting(control)
    await held(control)
    await control.request("POST", f"{PLACE}/held/h1", {"action": "send", "step": True})
    await stream.reply()
    assert (await control.get(f"{PLACE}/breakpoints"))["breakpoints"] == []


def test_blocks_are_cut_in_linear_time() -> None:
    def seconds(number: int) -> float:
        data = b"a\n\n" * number
        began = process_time()
        assert events_in(data) == 0
        return process_time() - began

    small, large = (min(seconds(number) for _ in range(3)) for number in (20_000, 200_000))
    assert large < 30 * max(small, 0.001)


SCRIPT = {
    "name": "long",
    "when": {"operation": "GET /api/v1/im/bots"},
    "answer": {"headers": {"Content-Type": "text/event-stream"}, "text": "data: 1\n\n" * 20_000},
    "violates": True,
}


async def test_the_frames_of_a_long_text_are_counted_in_a_thread(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = list[int]()

    def counted(data: bytes) -> int:
        threads.append(threading.get_ident())
        return events_in(data)

    monkeypatch.setattr("mockbot.breakpoints.layer.events_in", counted)
    await control.json("POST", f"{PLACE}/scripts", SCRIPT)
    assert (await control.client.get("/api/v1/im/bots")).body == b"data: 1\n\n" * 20_000
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_others_go_on_while_a_long_text_is_cut_into_frames(control: Control) -> None:
    await control.json("POST", f"{PLACE}/scripts", SCRIPT)
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 50_000}, 201)
    async with iterations() as count:
        reply = await control.client.get("/api/v1/im/bots")
        assert (reply.status, reply.body) == (200, b"data: 1\n\n" * 20_000)
        assert count() > 5


async def test_many_violations_of_a_text_are_cut_short(control: Control) -> None:
    await control.json("POST", f"{PLACE}/breakpoints", {"frame": 2}, 201)
    stream = chatting(control)
    await held(control)
    found = await control.json("POST", f"{PLACE}/held/h1/check", {"text": "data: {}\n\n" * 5000})
    assert len(found["violations"]) == MOST
    await control.request("POST", f"{PLACE}/held/h1", {"action": "send"})
    await stream.reply()


async def test_the_whole_piece_that_a_frame_is_in_counts() -> None:
    breakpoints = Breakpoints()
    breakpoints.add(Breakpoint(left=None))
    assert breakpoints.due("POST /chat", "e1", 1, b"x", SIZE_LIMIT // 2 + 1)
    waiting = asyncio.create_task(breakpoints.hold("POST /chat", "e1", 1, b"x", None, SIZE_LIMIT // 2 + 1))
    await asyncio.sleep(0)
    assert not breakpoints.due("POST /chat", "e2", 1, b"x", SIZE_LIMIT // 2)
    assert breakpoints.due("POST /chat", "e2", 1, b"x", 1000)
    breakpoints.stop()
    await waiting
