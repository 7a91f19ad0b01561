"""Faults in an application: the responses that they change, their journal entries, and that nothing else changes."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from time import process_time
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot import turns
from mockbot.fault.armed import Faults
from mockbot.fault.catalogue import ContentLength, Cut, Delay, Drip, Reset, Stall, Status, TrailingBytes, Truncate
from mockbot.fault.fault import ABORT, RAW, SLEEP, Fault, due
from mockbot.fault.layer import MOST, MOST_ADDED, MOST_MESSAGES, FaultsLayer
from mockbot.held import Held
from mockbot.response import problem
from tests.conftest import KEY, Client, Reply, fixture_of, make_client
from tests.iterations import iterations

BOTS = "/api/v1/im/bots"


async def no_message() -> Message:
    return {"type": "http.disconnect"}


async def ignore(message: Message) -> None:
    """Send nothing."""


def run(play: Callable[[Client], Coroutine[Any, Any, None]], **rows: Any) -> None:
    """Run `play` with a new application, and check that no task remains afterwards."""

    async def wrapped() -> None:
        client = make_client(fixture_of(**rows), contract="enforce")
        await play(client)
        await client.settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await client.app.close()

    asyncio.run(wrapped())


def test_only_the_next_response_is_changed() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Status(429, retry_after=3, retry_after_date=True, message="slow down"))
        reply = await client.get(BOTS)
        assert (reply.status, reply.json) == (429, {"status": "error", "message": "slow down", "data": None})
        assert reply.header("retry-after") == "Thu, 01 Jan 2026 00:00:03 GMT"
        assert reply.header("x-mockbot-entry") == "e1"
        assert (await client.get(BOTS)).status == 200
        assert [(entry.status, entry.faults, entry.ended) for entry in client.entries] == [
            (429, ("status",), "complete"),
            (200, (), "complete"),
        ]

    run(play)


def test_deliberate_damage_is_not_a_violation() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Truncate(after=2, bytes=5))
        reply = await client.chat("hi")
        assert reply.chunks[-1] == b"data:"
        assert reply.whole
        client.world.faults.arm(Truncate(bytes=5))
        assert (await client.get(BOTS)).chunks == [b'{"sta']
        assert [(entry.faults, entry.ended, entry.defects) for entry in client.entries] == [
            (("truncate",), "complete", ()),
            (("truncate",), "complete", ()),
        ]

    run(play)


@pytest.mark.parametrize(("fault", "error"), [(Cut, ConnectionAbortedError), (Reset, ConnectionResetError)])
def test_without_a_socket_an_abort_is_raised_at_the_end(fault: type[Cut | Reset], error: type[Exception]) -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(fault(after=2, bytes=3))
        exchange = client.open("abc")
        with pytest.raises(error, match="by a fault"):
            await exchange.reply()
        assert [len(exchange.chunks), exchange.chunks[-1], exchange.whole] == [3, b"dat", False]
        (entry,) = client.entries
        assert (entry.ended, entry.faults) == (fault.name, (fault.name,))
        assert entry.why == "a fault ended the connection"
        assert entry.response_body == b"".join(exchange.chunks)
        assert client.bot_texts() == ["abc"]  # as when a client leaves: the run goes on (BEHAVIOUR.md 8.6)

    run(play)


def test_an_immediate_abort_sends_no_response() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Reset())
        exchange = client.begin("GET", BOTS)
        with pytest.raises(ConnectionResetError):
            await exchange.reply()
        assert exchange.status == 0
        assert (client.entries[0].status, client.entries[0].ended) == (0, "reset")

    run(play)


def test_faults_that_are_due_together_change_one_response() -> None:
    async def play(client: Client) -> None:
        for fault in (Delay(0), Status(500), Truncate(bytes=3)):
            client.world.faults.arm(fault)
        reply = await client.get(BOTS)
        assert (reply.status, reply.body) == (500, b'{"s')
        assert client.entries[0].faults == ("delay", "status", "truncate")

    run(play)


def test_a_fault_after_the_end_is_not_recorded() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Cut())
        client.world.faults.arm(Delay(3600))
        with pytest.raises(ConnectionAbortedError):
            await client.get(BOTS)
        assert client.entries[0].faults == ("cut",)

    run(play)


def test_only_the_operation_of_the_fault_is_changed() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Status(), operation="POST /api/v1/chat")
        assert (await client.get(BOTS)).status == 200
        assert (await client.chat("hi")).status == 503

    run(play)


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.upstream.json", "/nowhere"])
def test_a_response_without_an_operation_is_never_changed(path: str) -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Status(599))
        assert (await client.get(path)).status != 599
        assert len(client.world.faults.list()) == 1

    run(play)


def test_a_refusal_is_changed_too() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Status(599))
        assert (await client.get(BOTS, headers=())).status == 599

    run(play)


def test_responses_of_another_world_are_not_changed() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Status())
        assert (await client.get(f"/w/other{BOTS}")).status == 200
        assert (await client.get(BOTS)).status == 503

    run(play)


def scripted(fault: Any, *, command: bool = False) -> dict[str, Any]:
    word, speak = ("command", "text") if command else ("run", "say")
    return {"scripts": [{"name": "bent", word: [{speak: "a"}, {"fault": fault}, {speak: "b"}]}]}


def test_a_fault_in_a_script_changes_the_following_frames() -> None:
    async def play(client: Client) -> None:
        reply = await client.chat("hi")
        assert reply.types == "session_id +a"
        assert reply.whole
        assert (client.entries[0].faults, client.entries[0].ended) == (("truncate",), "complete")

    run(play, **scripted("truncate"))


def test_frames_are_counted_from_the_place_in_the_script() -> None:
    async def play(client: Client) -> None:
        exchange = client.open("abc")
        with pytest.raises(ConnectionAbortedError):
            await exchange.reply()
        types = Reply(200, [], exchange.chunks, False).types
        assert types == "session_id =a message_saved =b"

    run(play, **scripted({"name": "cut", "after": 1}, command=True))


def test_a_fault_in_a_script_after_the_end_is_ignored() -> None:
    async def play(client: Client) -> None:
        client.world.faults.arm(Truncate(after=1))
        reply = await client.chat("hi")
        assert reply.types == "session_id"
        assert (client.entries[0].faults, client.entries[0].ended) == (("truncate",), "complete")

    run(play, **scripted("reset"))


FAULTS = [Status(), Delay(0), Stall(0, after=2, bytes=4), Truncate(after=3), Truncate(after=1, bytes=9)]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("streaming", [True, False])
def test_a_changed_stream_is_a_part_of_the_original(fault: Fault, streaming: bool) -> None:
    async def play(client: Client) -> None:
        whole = (await client.chat("hi there", at="/w/a", enable_streaming=streaming)).body
        client.app.worlds.get("b").faults.arm(fault)
        bent = await client.chat("hi there", at="/w/b", enable_streaming=streaming)
        assert bent.whole
        if isinstance(fault, Status):
            assert json.loads(bent.body)["status"] == "error"
        else:
            sizes = len(bent.body), len(whole)
            assert sizes[0] < sizes[1] if isinstance(fault, Truncate) else sizes[0] == sizes[1]

    run(play)


def test_scopes_that_are_not_http_pass() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    asyncio.run(FaultsLayer(app, lambda scope: None, problem)({"type": "lifespan"}, no_message, ignore))
    assert seen == [({"type": "lifespan"}, no_message, ignore)]


def test_a_response_without_faults_passes_unchanged() -> None:
    given = [{"type": "http.response.start", "status": 200}, {"type": "http.response.body", "body": b"x"}]
    got: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in given:
            await send(message)

    async def send(message: Any) -> None:
        got.append(message)

    faults = make_client().world.faults
    asyncio.run(
        FaultsLayer(app, lambda scope: "GET /x", problem)({"type": "http", "mockbot.faults": faults}, no_message, send)
    )
    assert all(one is other for one, other in zip(given, got, strict=True))


def test_an_inner_application_that_fails_leaves_no_task_behind() -> None:
    got: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(due(Stall(1, after=1)))
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        raise ValueError("a bug")

    async def send(message: Any) -> None:
        got.append(message["type"])

    async def play() -> None:
        layer = FaultsLayer(app, lambda scope: None, problem)
        with pytest.raises(ValueError, match="a bug"):
            await layer({"type": "http", "mockbot.faults": make_client().world.faults}, no_message, send)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(play())
    assert got == ["mockbot.fault", "http.response.body", "mockbot.sleep"]


def test_the_faults_of_one_response_are_limited() -> None:
    async def play(client: Client) -> None:
        reply = await client.chat("hi")
        assert reply.whole
        assert len(client.entries[0].faults) == MOST

    run(play, scripts=[{"name": "many", "run": [{"fault": {"name": "delay", "seconds": 0}}] * 2000}])


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (["data_lines;lines=100", *["trailing_space;count=1000"] * 16], "a b " * 3000),
        (["heartbeats;count=10000;seconds=0"] * 8, "hi"),
        ([f"extra_event;data={'x' * 1000}", *["trailing_space;count=1000"] * 3, *["comments"] * 9], "a " * 500),
    ],
    ids=["bytes", "messages", "few"],
)
def test_what_faults_add_to_a_response_is_bounded(wishes: Sequence[str], message: str) -> None:
    async def play(client: Client) -> None:
        wish, few = ", ".join(f"fault={each}" for each in wishes), "comments" in wishes
        began = process_time()
        sent = {"username": "alice", "session_id": "s", "message": message}
        headers = (KEY, ("Content-Type", "application/json"), ("Prefer", wish))
        chat = client.begin("POST", "/api/v1/chat", sent, headers=headers)
        cut: AbstractContextManager[object] = nullcontext() if few else pytest.raises(ConnectionAbortedError)
        with cut:
            await chat.reply()
        assert process_time() - began < 10
        assert sum(map(len, chat.chunks)) <= MOST_ADDED + 64 * len(message)
        assert len(chat.chunks) <= MOST_MESSAGES + 10_000
        await client.settle()
        (entry,) = client.entries
        end = ("complete", "") if few else ("cut", "the faults add too much to the response")
        assert (entry.ended, entry.why) == end

    run(play)


@pytest.mark.parametrize("fault", [Delay(seconds=3600), Stall(after=1, seconds=3600), Drip(bytes=9, seconds=3600)])
def test_what_pauses_hold_back_of_all_responses_has_a_bound(fault: Fault) -> None:
    body, held = bytes(60_000), Held(most=150_000)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    async def responses() -> list[list[Message]]:
        found, tasks = list[list[Message]](), list[asyncio.Task[None]]()
        for _ in range(3):
            sent, faults = list[Message](), Faults(lambda: 0.0)
            faults.arm(fault)

            async def send(message: Message, sent: list[Message] = sent) -> None:
                sent.append(message)
                if message["type"] == SLEEP:
                    await asyncio.Event().wait()

            layer = FaultsLayer(app, lambda scope: "GET /x", problem, held=held)
            found.append(sent)
            tasks.append(asyncio.create_task(layer({"type": "http", "mockbot.faults": faults}, no_message, send)))
            for _ in range(20):
                await asyncio.sleep(0)
        assert held.size == 120_000
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert held.size == 0
        return found

    *waiting, ended = asyncio.run(responses())
    assert [sent[-1]["type"] for sent in waiting] == [SLEEP, SLEEP]
    (end,) = [message for message in ended if message["type"] == ABORT]
    assert (end["how"], end["why"]) == ("cut", "faults hold back too much of all responses together")


@pytest.mark.parametrize("fault", ["comments;every=1", "data_lines;lines=3", "colon_space"])
def test_others_go_on_while_faults_change_many_small_messages(fault: str) -> None:
    async def play(client: Client) -> None:
        async with iterations() as count:
            reply = await client.request(
                "POST",
                "/api/v1/chat",
                {"message": "w " * 500, "username": "ada"},
                headers=[KEY, ("Prefer", ", ".join([f"fault={fault}"] * 8))],
            )
            assert reply.status == 200
            assert count() > 10

    run(play)


def test_others_go_on_while_a_script_sends_many_events() -> None:
    async def play(client: Client) -> None:
        async with iterations() as count:
            reply = await client.get(BOTS)
            assert (reply.status, len(reply.chunks)) == (200, 5000)
            assert count() > 5

    events = [{"data": "x"}] * 5000
    run(play, scripts=[{"name": "many", "when": {"operation": f"GET {BOTS}"}, "events": events, "violates": True}])


@pytest.mark.parametrize("fault", [ContentLength(-7), TrailingBytes()])
def test_no_other_task_runs_between_a_response_and_what_follows_it(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that has its whole response may leave, and what is written then does not arrive."""
    monkeypatch.setattr(turns, "TURN", -1.0)  # each turn is over at once
    order: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"20")]})
        await send({"type": "http.response.body", "body": b"x" * 20})

    async def send(message: Message) -> None:
        order.append(message["type"])
        asyncio.get_running_loop().call_soon(order.append, "another task")

    faults = make_client().world.faults
    faults.arm(fault)
    layer = FaultsLayer(app, lambda scope: "GET /x", problem)
    asyncio.run(layer({"type": "http", "mockbot.faults": faults}, no_message, send))
    assert order[order.index(RAW) - 1] == "http.response.body"
    assert "another task" in order[: order.index(RAW)]


def test_responses_that_come_together_share_the_time_for_their_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred short ones with a time each held up everything for more than a second."""
    ticks = count()
    monkeypatch.setattr(turns, "steady", lambda: next(ticks) / 2000)  # half a millisecond for each look at the clock
    sent: set[int] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def responses() -> None:
        faults, layer = make_client().world.faults, FaultsLayer(app, lambda scope: "GET /x", problem)
        faults.arm(ContentLength(1), times=None)
        async with iterations() as now:

            async def send(message: Message) -> None:
                sent.add(now())

            scopes = [{"type": "http", "mockbot.faults": faults} for _ in range(40)]
            await asyncio.gather(*(layer(scope, no_message, send) for scope in scopes), return_exceptions=True)

    asyncio.run(responses())
    assert len(sent) > 15
