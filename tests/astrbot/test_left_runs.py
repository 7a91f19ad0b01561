"""Runs that go on after their client has left take bounded memory, and yield to clients that are there."""

import asyncio
import gc
import json
import tracemalloc
from typing import Any

import pytest

from mockbot.world import live
from mockbot.world.clock import RunningClock
from tests.astrbot.v4_29_3 import api as v4_29_3
from tests.bounds import MIB
from tests.conftest import SECONDS, Client, Pending, fixture_of, make_client

pytestmark = pytest.mark.anyio
SCRIPT = [{"run": [{"say": ["{message}"]}, {"wait": "50m"}, {"say": ["b"]}]}]


class Forever(RunningClock):
    """A clock on which nothing that sleeps wakes up until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await self.opened.wait()


def make(version: str, clock: RunningClock, script: Any = SCRIPT, **settings: Any) -> Client:
    if version == "4.29.3":
        return v4_29_3.api(json.dumps(script), clock=clock, **settings)
    return make_client(fixture_of(scripts=script), clock, **settings)


def begin(client: Client, number: int, message: str) -> Pending:
    fields = {"username": "alice", "session_id": f"s{number}", "message": message}
    return client.begin("POST", "/api/v1/chat", fields)


async def leave(client: Client, number: int, message: str = "hello") -> None:
    chat = begin(client, number, message)
    async with asyncio.timeout(SECONDS):  # a large body is read in a thread
        while not any(message.encode() in chunk for chunk in chat.chunks):
            await client.settle()
    assert not chat.task.done(), chat.chunks
    chat.leave()
    await client.settle()


both = pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])


@both
async def test_the_number_of_left_runs_is_bounded(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_LEFT", 5)
    clock = Forever()
    client = make(version, clock)
    for number in range(12):
        await leave(client, number)
    assert client.world.live.left == 5
    assert client.world.live.active_chats == 5
    clock.opened.set()
    await client.settle()
    assert [client.bot_texts(f"s{number}") for number in (6, 7, 11)] == [[], ["hellob"], ["hellob"]]
    assert client.world.live.idle
    await client.app.close()


@both
async def test_the_bytes_of_left_runs_are_bounded_and_counted(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LEFT_SIZE", 8 * MIB)
    client = make(version, Forever(), max_journal_entries=1, max_history=1)
    for number in range(3):
        await leave(client, number, "é" * 100_000)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(20):
        await leave(client, number + 3, "é" * 100_000)
        client.entries.clear()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before <= 8 * MIB
    assert 0 < client.world.live.left < 10
    assert client.world.size >= client.world.live.left * 200_000
    await client.app.close()


@both
async def test_left_runs_that_say_more_later_are_weighed_again(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LEFT_SIZE", 4 * MIB)
    steps = [{"say": ["{message}"]}, {"wait": "50m"}, {"say": ["c" * 50_000]}, {"wait": "50m"}, {"say": ["b"]}]
    clock = Forever()
    client = make(version, clock, [{"run": steps}])
    for number in range(10):
        await leave(client, number)
    assert client.world.live.left == 10
    clock.opened.set()
    clock.opened = asyncio.Event()
    await client.settle()
    assert 0 < client.world.live.left < 7
    await client.app.close()


@both
async def test_runs_whose_clients_leave_before_the_first_frame_count_too(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LEFT_SIZE", 4 * MIB)
    steps = [{"wait": "50m"}, {"say": ["c" * 500_000]}, {"wait": "50m"}, {"say": ["b"]}]
    clock = Forever()
    client = make(version, clock, [{"run": steps}])
    for number in range(10):
        chat = begin(client, number, "hello")
        await client.settle()
        chat.leave()
        await client.settle()
    assert client.world.live.left == 10
    clock.opened.set()
    clock.opened = asyncio.Event()
    await client.settle()
    assert 0 < client.world.live.left < 10
    assert client.world.size >= client.world.live.left * 500_000
    clock.opened.set()
    async with asyncio.timeout(SECONDS):
        while not client.world.live.idle:
            await client.settle()
    assert client.world.live.left == 0
    await client.app.close()


@both
async def test_left_runs_yield_to_new_chats(version: str) -> None:
    clock = Forever()
    client = make(version, clock, max_streams=2)
    await leave(client, 1)
    here = begin(client, 2, "here")
    await client.settle()
    new = begin(client, 3, "new")
    await client.settle()
    refused = await begin(client, 4, "more").reply()
    assert "allows no more chats at a time (2)" in refused.json["message"]
    clock.opened.set()
    assert [(await chat.reply()).whole for chat in (here, new)] == [True, True]
    assert [client.bot_texts(f"s{number}") for number in (1, 2, 3)] == [[], ["hereb"], ["newb"]]
    await client.app.close()


async def test_a_run_that_is_resumed_is_not_left() -> None:
    client = make("4.29.3", Forever())
    chat = v4_29_3.open_chat(client)
    for _ in range(4):
        await chat.frame()
    run_id = chat.chunks[2].decode().split('"run_id": "')[1][:36]
    chat.leave()
    await client.settle()
    assert client.world.live.left == 1
    resumed = client.begin("GET", f"/api/v1/chat/runs/{run_id}/stream")
    await resumed.frame()
    assert client.world.live.left == 0
    resumed.leave()
    await client.settle()
    assert client.world.live.left == 1
    await client.app.close()
    assert client.world.live.left == 0


@both
async def test_a_script_that_says_too_much_ends_with_its_mistake(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.script.template.MOST", 100)
    monkeypatch.setattr("mockbot.script.template.Filling.left", 100)
    client = make(version, Forever())
    reply = await begin(client, 1, "x" * 101).reply()
    (entry,) = client.entries
    assert (reply.whole, entry.ended) == (False, "defect")
    assert entry.why.startswith("the placeholders of this script are replaced by more than 100 characters; use fewer")
    await client.app.close()
