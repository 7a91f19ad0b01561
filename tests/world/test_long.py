"""A response that takes long to make: in turns, one at a time, and not for a client that has left."""

import asyncio
from functools import partial
from typing import Any

import pytest
from starlette.types import Message

from mockbot.response import Response
from mockbot.turns import Turns, Work
from mockbot.world.long import LARGE, Long

pytestmark = pytest.mark.anyio
SCOPE = {"type": "http", "method": "GET"}


class Making:
    """Work that notes what it does."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def work(self, name: str) -> Work[Any]:
        self.done.append(f"{name} begins")
        yield None
        word = yield partial(str.upper, name)
        self.done.append(f"{name} ends")
        return Response(200, (), word.encode())


async def here() -> Message:
    """Wait for a message of a client that sends none."""
    await asyncio.Event().wait()
    raise AssertionError


async def gone() -> Message:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize("turns", [None, Turns()])
async def test_the_response_that_work_makes_is_sent(turns: Turns | None) -> None:
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message.get("body"))

    long = Long(Making().work("a"))
    long.turns = turns
    await long(SCOPE, here, send)
    assert sent == [None, b"A"]


async def test_one_response_is_made_after_the_other() -> None:
    making, turns, sent = Making(), Turns(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    responses = [Long(making.work(name)) for name in "ab"]
    for response in responses:
        response.turns = turns
    await asyncio.gather(*(response(SCOPE, here, send) for response in responses))
    assert making.done == ["a begins", "a ends", "b begins", "b ends"]
    assert len(sent) == 4


@pytest.mark.parametrize("turns", range(4))
async def test_nothing_is_sent_to_a_client_that_leaves_before_it_is_made(turns: int) -> None:
    making, sent = Making(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    async def leaving() -> Message:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await gone()

    long = Long(making.work("a"))
    long.turns = Turns()
    async with long.turns.making:
        task = asyncio.create_task(long(SCOPE, leaving, send))
        for _ in range(10):
            await asyncio.sleep(0)
    await task
    assert (making.done, sent) == ([], [])


async def test_what_changes_something_is_made_for_a_client_that_has_left_too() -> None:
    making, sent = Making(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    long = Long(making.work("a"), always=True)
    long.turns = Turns()
    async with long.turns.making:
        task = asyncio.create_task(long(SCOPE, gone, send))
        for _ in range(10):
            await asyncio.sleep(0)
    await task
    assert making.done == ["a begins", "a ends"]
    assert len(sent) == 2


async def test_a_client_that_does_not_read_holds_up_the_others_for_a_moment_only() -> None:
    making, turns, stuck = Making(), Turns(), asyncio.Event()

    def large(name: str) -> Work[Any]:
        yield from making.work(name)
        return Response(200, (), b"x" * (LARGE + 1))

    async def send(message: Message) -> None:
        if "body" in message:
            await stuck.wait()

    async def ignore(_: Message) -> None:
        """Read at once."""

    slow, quick = [Long(large(name)) for name in "abc"], Long(making.work("d"))
    for long in (*slow, quick):
        long.turns = turns
    tasks = [asyncio.create_task(long(SCOPE, here, send)) for long in slow]
    await asyncio.wait_for(quick(SCOPE, here, ignore), 20)
    assert [each for each in making.done if each.endswith("begins")] == [f"{name} begins" for name in "abcd"]
    stuck.set()
    await asyncio.gather(*tasks)


async def test_what_takes_little_memory_does_not_wait_for_the_others() -> None:
    making, turns, sent = Making(), Turns(), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    long = Long(making.work("a"), alone=False)
    long.turns = turns
    async with turns.making:
        await long(SCOPE, here, send)
    assert len(sent) == 2
