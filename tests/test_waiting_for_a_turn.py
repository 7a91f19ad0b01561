"""Large pieces of work have turns: one after the other, in the order in which they ask, with other tasks in between."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from mockbot.steady import steady
from mockbot.turns import LONGEST, Turns, Work, at_once, each
from tests.iterations import iterations

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_no_iteration_of_the_loop_has_two_turns_and_they_come_in_order() -> None:
    turns, had = Turns(), list[tuple[int, int]]()

    async def take(number: int, now: Callable[[], int]) -> None:
        async with turns.turn():
            had.append((number, now()))

    async with iterations() as now:
        await asyncio.gather(*(take(number, now) for number in range(5)))
    assert [number for number, _ in had] == [*range(5)]
    assert len({when for _, when in had}) == 5


async def test_a_turn_waits_until_the_one_before_is_over() -> None:
    turns, over, begun = Turns(), asyncio.Event(), list[str]()

    async def first() -> None:
        async with turns.turn():
            begun.append("first")
            await over.wait()

    async def second() -> None:
        async with turns.turn():
            begun.append("second")

    tasks = asyncio.gather(first(), second())
    for _ in range(10):
        await asyncio.sleep(0)
    assert begun == ["first"]
    over.set()
    await tasks
    assert begun == ["first", "second"]


@pytest.mark.parametrize(("takes", "left"), [(0.01, 0.001), (0.1, LONGEST)])
async def test_a_turn_leaves_a_part_of_its_time_to_others(takes: float, left: float) -> None:
    turns = Turns(patience=60.0)
    over = 0.0

    async def first() -> None:
        nonlocal over
        async with turns.turn():
            over = steady() + takes
            while steady() < over:
                pass

    async def second() -> float:
        async with turns.turn():
            return steady()

    _, begun = await asyncio.gather(first(), second())
    assert begun - over >= left


async def test_one_that_takes_long_does_not_hold_up_the_others() -> None:
    turns, over = Turns(patience=0), asyncio.Event()

    async def first() -> None:
        async with turns.turn():
            await over.wait()

    async def second() -> str:
        async with turns.turn():
            return "second"

    holding = asyncio.create_task(first())
    await asyncio.sleep(0)
    assert [await second() for _ in range(3)] == ["second"] * 3
    over.set()
    await holding
    assert await second() == "second"


async def test_one_whose_turn_has_passed_does_not_end_that_of_another() -> None:
    turns, begun = Turns(patience=0), list[str]()
    over = {name: asyncio.Event() for name in ("first", "second", "third")}

    async def hold(name: str) -> None:
        async with turns.turn():
            begun.append(name)
            await over[name].wait()

    async def let_others_run() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    first = asyncio.create_task(hold("first"))
    await let_others_run()
    turns._patience = 60
    second, third = asyncio.create_task(hold("second")), asyncio.create_task(hold("third"))
    over["first"].set()
    await first
    await let_others_run()
    assert begun == ["first", "second"]
    over["second"].set()
    over["third"].set()
    await asyncio.gather(second, third)
    assert begun == ["first", "second", "third"]


@pytest.mark.parametrize("leaves", ["while it waits", "in its turn", "as its turn begins"])
async def test_the_turn_of_a_task_that_ends_early_is_given_on(leaves: str) -> None:
    turns, over = Turns(), asyncio.Event()

    async def hold() -> None:
        async with turns.turn():
            await over.wait()

    first = asyncio.create_task(hold())
    await asyncio.sleep(0)
    second = first if leaves == "in its turn" else asyncio.create_task(hold())
    await asyncio.sleep(0)
    third = asyncio.create_task(hold())
    await asyncio.sleep(0)
    if leaves == "as its turn begins":
        assert turns._now is not None
        turns._end(turns._now)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    over.set()
    await asyncio.gather(third, first, return_exceptions=True)
    async with turns.turn():
        assert third.done()


async def test_an_error_ends_the_turn() -> None:
    turns = Turns()

    def fail() -> None:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await turns.in_thread(fail)
    assert await turns.in_thread(threading.current_thread) is not threading.main_thread()


def work(calls: list[str]) -> Work[list[str]]:
    """Do something in a thread, in the middle of what is done in turns."""
    yield from each(calls.append, ["before"])
    thread: threading.Thread = yield threading.current_thread
    yield from each(calls.append, ["after"])
    return [*calls, "thread" if thread is not threading.main_thread() else "same"]


async def test_work_may_ask_for_something_in_a_thread() -> None:
    assert await Turns().work(work([])) == ["before", "after", "thread"]
    assert at_once(work([])) == ["before", "after", "same"]


async def test_an_error_in_the_thread_ends_the_work_and_its_turn() -> None:
    def failing() -> Work[None]:
        yield lambda: 1 // 0

    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await turns.work(failing())
    with pytest.raises(ZeroDivisionError):
        at_once(failing())


async def test_several_long_works_share_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.turns.TURN", 0.0)
    turns, done = Turns(), list[str]()

    def long(name: str) -> Work[None]:
        for _ in range(3):
            done.append(name)
            yield None

    await asyncio.gather(turns.work(long("a")), turns.work(long("b")))
    assert done == [*"ababab"]
