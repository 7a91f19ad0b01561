"""A fault stepped by hand yields the same messages as in a loop, and leaves no task behind."""

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from mockbot.fault.bend import Bend
from mockbot.fault.catalogue import Cut, Delay, Reset, Stall, Status, Truncate
from mockbot.fault.fault import Fault
from tests.conftest import SECONDS
from tests.fault.streams import Messages, bent, body, start, stream, summary

AFTER, SIZE = st.integers(0, 4), st.integers(0, 4)
FAULTS = st.one_of(
    st.just(Status()),
    st.just(Delay()),
    st.builds(Stall, after=AFTER, bytes=SIZE),
    st.builds(Truncate, after=AFTER, bytes=SIZE),
    st.builds(Cut, after=st.none() | AFTER, bytes=SIZE),
    st.builds(Reset, after=st.none() | AFTER, bytes=SIZE),
)


def stepped(fault: Fault, messages: Messages) -> Messages:
    bend = Bend(fault)
    out = [*bend.begin(), *(each for message in messages for each in bend.push(message))]
    bend.close()
    return out


@given(FAULTS, st.lists(st.binary(min_size=1, max_size=4), max_size=4))
def test_a_stepped_fault_yields_the_same_messages_as_in_a_loop(fault: Fault, frames: list[bytes]) -> None:
    messages = stream(*frames)
    assert stepped(fault, messages) == bent(fault, messages)


def test_messages_are_yielded_at_once() -> None:
    bend = Bend(Stall(2, after=1))
    assert summary([*bend.begin()]) == []
    assert summary([*bend.push(start())]) == [200]
    assert summary([*bend.push(body(b"a"))]) == [b"a", 2]
    assert summary([*bend.push(body(b"b"))]) == [b"b"]
    bend.close()


def test_a_fault_continues_only_when_the_next_message_is_requested() -> None:
    bend = Bend(Stall(2, bytes=1))
    [*bend.begin(), *bend.push(start())]
    out = bend.push(body(b"ab"))
    assert [summary([next(out)]), summary([next(out)]), summary([next(out)])] == [[b"a"], [2], [b"b"]]
    assert next(out, None) is None
    bend.close()


def test_messages_after_the_end_are_dropped() -> None:
    bend = Bend(Cut(after=1))
    assert [*bend.begin()] == []
    assert summary([*bend.push(start()), *bend.push(body(b"a"))]) == [200, b"a", "cut"]
    assert bend.over
    assert [*bend.push(body(b"b"))] == []


class Impure(Fault):
    name: ClassVar[str] = "impure"

    async def __call__(self, messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
        await asyncio.sleep(1)
        async for message in messages:
            yield message


def test_a_fault_awaits_nothing_but_messages() -> None:
    async def begin() -> None:
        bend = Bend(Impure())
        with pytest.raises(RuntimeError, match="must await nothing but its messages"):
            next(bend.begin())
        bend.close()

    asyncio.run(begin())


@pytest.mark.parametrize("pushed", [0, 1, 2, 3])
@pytest.mark.parametrize("taken", [0, 1, 9])
def test_a_fault_closed_at_any_point_leaves_no_task(pushed: int, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)

    async def leave() -> None:
        bend = Bend(Stall(2, after=1, bytes=1))
        for messages in [bend.begin(), *(bend.push(message) for message in stream(b"a", b"bcd")[:pushed])]:
            for _ in range(taken):
                next(messages, None)
        bend.close()
        del bend, messages
        gc.collect()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(leave())
    assert unraisable == []


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """Takes as long as it is let."""

    name: ClassVar[str] = "slow"
    begun: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for message in messages:
            self.begun.set()
            self.let.wait(SECONDS)
            yield message


def test_a_fault_that_is_closed_while_it_works_in_a_thread_yields_nothing_more() -> None:
    bend = Bend(fault := Slow())
    assert [*bend.begin()] == []
    with ThreadPoolExecutor() as threads:
        pushed = threads.submit(list[Message], bend.push(body(b"a")))
        assert fault.begun.wait(SECONDS)
        bend.close()
        fault.let.set()
        assert pushed.result(SECONDS) == [body(b"a")]
    assert [*bend.push(body(b"b"))] == []
