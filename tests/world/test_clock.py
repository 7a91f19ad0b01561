import asyncio
import gc
import time
from typing import Any
from weakref import WeakSet

import pytest

from mockbot.world.clock import EPOCH, LATEST, FrozenClock, RunningClock, stamp
from mockbot.world.waiting import Pause

pytestmark = pytest.mark.anyio


def test_stamps_are_in_utc_with_an_offset() -> None:
    assert stamp(EPOCH) == "2026-01-01T00:00:00+00:00"
    assert stamp(EPOCH + 18e-6) == "2026-01-01T00:00:00.000018+00:00"


async def test_a_frozen_clock_moves_only_by_sleeps_and_advances() -> None:
    clock = FrozenClock()
    assert clock.now() == clock.now() == EPOCH
    await asyncio.wait_for(clock.sleep(3600), 1)
    clock.advance(1)
    await clock.sleep(-5)
    assert clock.now() == EPOCH + 3601
    assert clock.fresh().now() == EPOCH


async def test_a_sleep_lets_other_tasks_run_at_the_time_before() -> None:
    clock = FrozenClock()
    seen: list[float] = []

    async def other() -> None:
        seen.append(clock.now())

    task = asyncio.create_task(other())
    await clock.sleep(10)
    await task
    assert seen == [EPOCH]


async def test_a_running_clock_follows_the_machines() -> None:
    clock = RunningClock()
    assert clock.now() == pytest.approx(time.time(), abs=5)
    clock.advance(1000)
    assert clock.now() == pytest.approx(time.time() + 1000, abs=5)
    await clock.sleep(-1)
    assert RunningClock(EPOCH).fresh().now() == pytest.approx(EPOCH, abs=5)


async def test_no_sleep_ends_early_and_sleeps_to_one_tick_share_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, clock, timers = asyncio.get_running_loop(), RunningClock(), list[float]()
    call_at = loop.call_at

    def noted(when: float, callback: Any, *args: Any) -> asyncio.TimerHandle:
        timers.append(when)
        return call_at(when, callback, *args)

    monkeypatch.setattr(loop, "call_at", noted)
    monkeypatch.setattr(loop, "time", lambda: 1000.0002)
    sleeps = [asyncio.ensure_future(clock.sleep(0.05)) for _ in range(100)]
    later = asyncio.ensure_future(clock.sleep(0.0511))
    assert timers == [pytest.approx(1000.051), pytest.approx(1000.052)]
    monkeypatch.undo()
    sleeps[0].cancel()
    monkeypatch.setattr(loop, "time", lambda: 1000.0511)
    await asyncio.gather(*sleeps[1:])
    assert not later.done()
    monkeypatch.setattr(loop, "time", lambda: 1000.06)
    await later


@pytest.mark.parametrize("seconds", [0.05, 10])
async def test_a_sleeper_that_leaves_is_no_longer_waited_for(seconds: float) -> None:
    clock = RunningClock()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(clock.sleep(seconds), 0.001)
    await clock.sleep(0.06)


@pytest.mark.parametrize("seconds", [0.5, 3600])
async def test_a_pause_ends_early(seconds: float) -> None:
    pause = Pause()
    pause.end()
    paused = asyncio.ensure_future(pause.begin(RunningClock(), seconds))
    pause.end()
    async with asyncio.timeout(60):
        await paused
    pause.end()


async def test_the_timer_of_a_long_sleep_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, timers = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    call_later = loop.call_later

    def noted(delay: float, callback: Any, *args: Any) -> asyncio.TimerHandle:
        timers.append(call_later(delay, callback, *args))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    left, ended = Pause(), Pause()
    asyncio.ensure_future(left.begin(RunningClock(), 3600)).cancel()
    ended.begin(RunningClock(), 3600)
    ended.end()
    await asyncio.sleep(0)
    assert [timer.cancelled() for timer in timers] == [True, True]


async def test_each_event_loop_wakes_its_own_sleepers() -> None:
    clock = RunningClock()

    async def slept() -> None:
        await asyncio.wait_for(clock.sleep(0.03), 10)

    here = asyncio.create_task(slept())
    await asyncio.to_thread(asyncio.run, slept())
    await here


async def test_a_clock_forgets_event_loops_that_were_closed_during_a_sleep() -> None:
    clock, loops = RunningClock(), WeakSet[asyncio.AbstractEventLoop]()

    async def left() -> None:
        loops.add(asyncio.get_running_loop())
        clock.sleep(0.5)

    for _ in range(5):
        await asyncio.to_thread(asyncio.run, left())
    await clock.sleep(0.02)
    gc.collect()
    assert not loops


@pytest.mark.parametrize("clock", [FrozenClock(), RunningClock()])
def test_no_clock_passes_the_latest_date(clock: FrozenClock | RunningClock) -> None:
    clock.advance(1e300)
    assert clock.now() == LATEST
    assert stamp(clock.now()).startswith("9000")
