"""A stream is the same whether it is had as a whole, has to wait, or fails."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any
from weakref import ref

import pytest
from starlette.types import Message, Scope

from mockbot.steady import steady
from mockbot.turns import TURN, Turns
from mockbot.world.stream import Step, Stream, others
from tests.iterations import iterations

pytestmark = pytest.mark.anyio
START = {"type": "http.response.start", "status": 200, "headers": []}


def piece(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Counted(Stream):
    """Sends `pieces` of a byte, and waits, or fails, before one of them."""

    def __init__(self, waits: int = -1, fails: int = -1) -> None:
        self.waits, self.fails, self.closed, self.left = waits, fails, 0, False

    def steps(self, scope: Scope) -> Generator[Step]:
        try:
            yield START
            for number in range(4):
                if number == self.waits:
                    yield others
                if number == self.fails:
                    raise ZeroDivisionError
                yield piece(b"%d" % number)
            yield piece(b"", more=False)
        finally:
            self.closed += 1

    def leave(self) -> None:
        self.left = True


class Long(Stream):
    """Takes longer than a turn for each piece; notes in which iteration of the loop it does."""

    is_long = True

    def __init__(self, now: Callable[[], int]) -> None:
        self.now, self.iterations = now, list[int]()

    def steps(self, scope: Scope) -> Generator[Step]:
        yield START
        for number in range(3):
            ends = steady() + TURN
            while steady() < ends:
                pass
            self.iterations.append(self.now())
            yield piece(b"%d" % number)
        yield piece(b"", more=False)

    def leave(self) -> None:
        """Send nothing else."""


async def sent(stream: Stream) -> list[Message]:
    found: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        found.append(message)

    try:
        await stream({}, receive, send)
    except ZeroDivisionError:
        found.append({"type": "failed"})
    return found


async def test_a_stream_that_does_not_wait_is_had_as_a_whole() -> None:
    stream = Counted()
    assert stream.at_once({}, lambda _: True, 4) == await sent(Counted())
    assert stream.closed == 1


@pytest.mark.parametrize("options", [{"waits": 0}, {"waits": 2}, {"fails": 0}, {"fails": 3}])
async def test_a_stream_that_is_no_whole_is_sent_from_its_first_message(options: dict[str, int]) -> None:
    stream = Counted(**options)
    assert stream.at_once({}, lambda _: True, 4) is None
    assert await sent(stream) == await sent(Counted(**options))
    assert stream.closed == 1


async def test_a_large_stream_is_sent_from_its_first_message() -> None:
    stream = Counted()
    assert stream.at_once({}, lambda _: True, 3) is None
    assert await sent(stream) == await sent(Counted())


@pytest.mark.parametrize("refused", [START, piece(b"0"), piece(b"3"), piece(b"", more=False)])
async def test_nothing_happens_after_a_message_that_is_not_accepted(refused: dict[str, Any]) -> None:
    stream = Counted()
    assert stream.at_once({}, lambda message: message != refused, 4) is None
    assert stream.closed == 0
    assert await sent(stream) == await sent(Counted())
    assert stream.closed == 1


@pytest.mark.parametrize("options", [{}, {"waits": 0}, {"waits": 2}, {"fails": 0}, {"fails": 3}])
async def test_a_stream_in_turns_sends_the_same(options: dict[str, int]) -> None:
    stream = Counted(**options)
    stream.turns = Turns()
    assert await sent(stream) == await sent(Counted(**options))
    assert stream.closed == 1


async def test_a_stream_that_has_begun_goes_on_in_turns() -> None:
    stream = Counted(waits=2)
    assert stream.at_once({}, lambda _: True, 4) is None
    stream.turns = Turns()
    assert await sent(stream) == await sent(Counted(waits=2))


async def test_long_steps_of_several_streams_have_turns_of_their_own() -> None:
    turns = Turns(patience=60.0)
    async with iterations() as now:
        streams = [Long(now) for _ in range(4)]
        for stream in streams:
            stream.turns = turns
        await asyncio.gather(*map(sent, streams))
    begun = [iteration for stream in streams for iteration in stream.iterations]
    assert len({*begun}) == len(begun) == 12


class Tracked(dict[str, Any]):
    """A message that can be seen to be gone."""


class Waiting(Stream):
    """Sends a message, and notes while it waits whether the message is still there."""

    is_long = True

    def __init__(self) -> None:
        self.is_there = list[bool]()

    def steps(self, scope: Scope) -> Generator[Step]:
        yield START
        message = Tracked(piece(b"x"))
        alive = ref(message)
        yield message
        del message

        async def wait() -> None:
            await asyncio.sleep(0)
            self.is_there.append(alive() is not None)

        yield wait
        yield piece(b"", more=False)

    def leave(self) -> None:
        """Send nothing else."""


@pytest.mark.parametrize("turns", [None, Turns()])
async def test_a_message_that_was_sent_is_not_held_while_the_stream_waits(turns: Turns | None) -> None:
    stream = Waiting()
    stream.turns = turns

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    await stream({}, receive, send)
    assert stream.is_there == [False]
