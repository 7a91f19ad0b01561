"""Backlogs, and clients that leave."""

import asyncio

import pytest
from starlette.types import Message

from mockbot.world.waiting import Backlog, Leaving

pytestmark = pytest.mark.anyio


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_items_come_in_order_whoever_waits() -> None:
    backlog = Backlog(3)
    taken: list[object] = []

    async def read() -> None:
        while len(taken) < 10:
            taken.append(await backlog.next())

    async def write() -> None:
        for number in range(10):
            await backlog.room(backlog.limit)
            backlog.add(number)

    await asyncio.wait_for(asyncio.gather(read(), write()), 5)
    assert taken == [*range(10)]


async def test_the_writer_waits_until_the_reader_has_taken_enough() -> None:
    backlog = Backlog(4)
    for number in range(4):
        backlog.add(number)
    assert not backlog.offer(4)
    waiting = asyncio.create_task(backlog.room(2))
    await settle()
    backlog.take()
    backlog.take()
    await settle()
    assert not waiting.done()
    backlog.take()
    await asyncio.wait_for(waiting, 5)
    assert backlog.offer(4)
    assert [backlog.take(), backlog.take()] == [3, 4]


async def test_a_reader_waits_for_some_time() -> None:
    backlog = Backlog(1)
    assert not await backlog.filled(0.001)
    backlog.add("here")
    assert await backlog.filled(0.001)
    assert backlog.take() == "here"


async def test_a_reader_that_was_cancelled_can_wait_again() -> None:
    backlog = Backlog(1)
    reading = asyncio.create_task(backlog.next())
    await settle()
    reading.cancel()
    await settle()
    backlog.add("here")
    assert await backlog.next() == "here"


async def test_a_client_that_leaves_is_noticed_after_what_it_sends() -> None:
    messages: asyncio.Queue[Message] = asyncio.Queue()
    left: list[bool] = []
    with Leaving(messages.get, lambda: left.append(True)):
        messages.put_nowait({"type": "http.request"})
        await settle()
        assert not left
        messages.put_nowait({"type": "http.disconnect"})
        await settle()
    assert left == [True]


async def test_a_client_is_not_watched_before_other_tasks_run_nor_after_the_end() -> None:
    begun: list[bool] = []

    async def receive() -> Message:
        begun.append(True)
        await asyncio.Event().wait()
        return {}

    before = len(asyncio.all_tasks())
    with Leaving(receive, begun.clear):
        pass
    await settle()
    assert not begun
    with Leaving(receive, begun.clear):
        await settle()
        assert begun
    await settle()
    assert len(asyncio.all_tasks()) == before
