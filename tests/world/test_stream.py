"""A stream is the same whether it is had as a whole, has to wait, or fails."""

import asyncio
from collections.abc import Generator
from typing import Any

import pytest
from starlette.types import Message, Scope

from mockbot.world.stream import Step, Stream, others

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
