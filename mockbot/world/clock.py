"""The clocks of worlds: one runs with the machine's, one moves only when it is advanced or slept on."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, Protocol

from mockbot.errors import UserError
from mockbot.source import Source

EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""The default start of a frozen clock."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""The time at which every clock stops: `datetime` has no years after 9999."""
TICK, SHORTEST, SHORT = 0.001, 0.02, 1.0
"""Sleeps of SHORTEST to SHORT seconds end together, at the next multiple of TICK: with a thousand streams, a timer for
each sleep is a tenth of the CPU of a frame. For shorter ones a tick is too long. Longer ones have their own timer,
which is freed when the sleeper leaves."""


class Clock(Protocol):
    """The time of a world, in seconds since 1970, UTC."""

    kind: Literal["running", "frozen"]

    def now(self) -> float:
        """Return the time."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Return what is done when `seconds` of this clock have passed."""
        ...

    def fresh(self) -> Clock:
        """Return a clock in the state in which this one started."""
        ...


class RunningClock:
    """The machine's time, plus the seconds it was advanced by."""

    kind: Literal["running", "frozen"] = "running"

    def __init__(self, start: float | None = None) -> None:
        """Start at `start`, or at the machine's time."""
        self.start = start
        self.ahead = 0.0 if start is None else start - time.time()
        self._sleepers: dict[asyncio.AbstractEventLoop, Sleepers] = {}

    def now(self) -> float:
        """Return the machine's time plus the seconds it was advanced by."""
        now = time.time() + self.ahead
        return now if now < LATEST else LATEST

    def advance(self, seconds: float) -> None:
        """Move the time forward; sleeps that have already started do not end earlier."""
        self.ahead = min(self.ahead + seconds, LATEST)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Sleep for that time of the machine."""
        if seconds < SHORTEST:
            return asyncio.sleep(max(seconds, 0))
        loop = asyncio.get_running_loop()
        if seconds >= SHORT:
            return _alone(loop, seconds)
        sleepers = self._sleepers.get(loop)
        if sleepers is None:
            self._sleepers = {each: known for each, known in self._sleepers.items() if not each.is_closed()}
            sleepers = self._sleepers[loop] = Sleepers()
        return sleepers.add(loop, seconds)

    def fresh(self) -> RunningClock:
        """Return a clock with the same start."""
        return RunningClock(self.start)


def _alone(loop: asyncio.AbstractEventLoop, seconds: float) -> asyncio.Future[None]:
    """Return what is done after `seconds`, with a timer of its own, which ends with it."""
    sleeper = loop.create_future()
    timer = loop.call_later(seconds, _wake, sleeper)
    sleeper.add_done_callback(lambda _: timer.cancel())
    return sleeper


class Sleepers:
    """Those who sleep in one event loop for SHORTEST to SHORT seconds."""

    def __init__(self) -> None:
        self._by_tick: dict[int, list[asyncio.Future[None]]] = {}
        """By the tick that ends their sleep."""

    def add(self, loop: asyncio.AbstractEventLoop, seconds: float) -> asyncio.Future[None]:
        """Return what is done at the first tick after `seconds`."""
        tick = math.ceil((loop.time() + seconds) / TICK)
        sleepers = self._by_tick.get(tick)
        if sleepers is None:
            sleepers = self._by_tick[tick] = []
            loop.call_at(tick * TICK, self._wake, tick)
        sleeper = loop.create_future()
        sleepers.append(sleeper)
        return sleeper

    def _wake(self, tick: int) -> None:
        for sleeper in self._by_tick.pop(tick):
            _wake(sleeper)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


class FrozenClock:
    """A time that moves only by sleeps, which end at once, so that equal requests see equal times."""

    kind: Literal["running", "frozen"] = "frozen"

    def __init__(self, start: float = EPOCH) -> None:
        self.start = self.time = start

    def now(self) -> float:
        """Return the time."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self.time = min(self.time + seconds, LATEST)

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run at the current time, then move it by `seconds`."""
        await asyncio.sleep(0)
        self.advance(max(seconds, 0))

    def fresh(self) -> FrozenClock:
        """Return a clock with the same start."""
        return FrozenClock(self.start)


@lru_cache(1000)
def stamp(seconds: float) -> str:
    """Return a time in ISO 8601, in UTC with the offset `+00:00`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def time_of(text: str | None, source: Source, at: str) -> float | None:
    """Return the seconds since 1970 of a time in a file, at the pointer `at`; None for None.

    Raise UserError if it is not in ISO 8601 with an offset.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UserError(f"{source.place(at)}: {at}: not a time with offset, such as 2026-01-31T12:00:00+00:00")
    return moment.timestamp()
