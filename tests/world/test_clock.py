import asyncio
import time

import pytest

from mockbot.world.clock import EPOCH, LATEST, FrozenClock, RunningClock, stamp

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


@pytest.mark.parametrize("clock", [FrozenClock(), RunningClock()])
def test_no_clock_passes_the_latest_date(clock: FrozenClock | RunningClock) -> None:
    clock.advance(1e300)
    assert clock.now() == LATEST
    assert stamp(clock.now()).startswith("9000")
