import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mockbot.world.active import ActiveRun, FollowUp
from mockbot.world.live import QUEUE, Live

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def run_of(live: Live) -> AsyncIterator[ActiveRun]:
    with live.in_line("s") as turn:
        if turn is not None:
            await turn
        with live.active("s") as run:
            yield run


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_streams_are_known_by_their_conversation_until_they_end() -> None:
    live = Live()
    first, second = live.open("a", "1"), live.open("a", "2")
    assert live.streams("a") == [first, second]
    live.remove(first)
    live.remove(first)
    assert live.streams("a") == [second]
    live.remove(second)
    assert live.streams("a") == []
    assert live.idle


async def test_a_run_waits_for_a_slow_reader_and_continues_when_it_disconnects() -> None:
    live = Live()
    stream = live.open("a", "1")

    async def run() -> None:
        for number in range(QUEUE + 100):
            await stream.put(number)

    task = asyncio.create_task(run())
    await settle()
    assert not task.done()
    assert not stream.offer("lost")
    assert len(stream.frames) == QUEUE
    live.remove(stream)
    await asyncio.wait_for(task, 1)
    assert stream.offer("lost too")
    assert "lost too" not in [stream.frames.take() for _ in range(len(stream.frames))]


async def test_stop_comes_before_the_waiting_frames() -> None:
    stream = Live().open("a", "1")
    await stream.put("frame")
    stream.stop()
    stream.stop()
    assert await stream.frames.next() is stream.STOP


async def test_runs_of_a_session_take_turns_in_order() -> None:
    live = Live()
    order: list[str] = []

    async def run(name: str) -> None:
        async with run_of(live):
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(run(name) for name in "abc"))
    assert order == ["a", "b", "c"]
    assert live.idle


async def test_a_run_that_fails_releases_the_next_one_and_its_follow_ups() -> None:
    live = Live()
    follows: list[FollowUp] = []

    async def fail() -> None:
        async with run_of(live) as run:
            follows.append(run.follow_up("too late"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    (follow,) = follows
    assert (follow.resolved.is_set(), follow.consumed) == (True, False)
    async with run_of(live):
        pass


async def test_a_follow_up_is_taken_once() -> None:
    async with run_of(Live()) as run:
        follow = run.follow_up("and this")
        assert list(run.take()) == ["and this"]
        assert list(run.take()) == []
        assert follow.consumed


async def test_runs_that_are_cancelled_while_they_wait_leave_nothing_behind() -> None:
    live = Live()

    async def run() -> None:
        async with run_of(live):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(run()) for _ in range(3)]
    await settle()
    assert not live.idle
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert live.idle


async def test_close_ends_tasks_and_streams() -> None:
    live = Live()
    stream = live.open("a", "1")

    async def wait_forever() -> None:
        await asyncio.Event().wait()

    live.spawn(asyncio.create_task(wait_forever()))
    assert live.active_chats == 1
    await live.close()
    assert await stream.frames.next() is stream.STOP
    live.remove(stream)
    assert live.active_chats == 0
