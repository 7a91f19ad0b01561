"""The only clocks: one that runs with the machine's, one that moves only when it is told or waited on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Literal, Protocol

EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""Where a frozen clock starts when nobody says otherwise."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""Where a clock stops, for there are no dates after year 9999."""


class Clock(Protocol):
    """What a world asks about time: seconds since 1970, UTC."""

    kind: Literal["running", "frozen"]

    def now(self) -> float:
        """Return the time."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back when `seconds` of this clock have passed."""
        ...

    def fresh(self) -> Clock:
        """Return a clock as this one was at its start."""
        ...


class RunningClock:
    """The machine's time, plus what it was advanced by."""

    kind: Literal["running", "frozen"] = "running"

    def __init__(self, start: float | None = None) -> None:
        """Begin at `start`, or now."""
        self.start = start
        self.ahead = 0.0 if start is None else start - time.time()

    def now(self) -> float:
        """Return the machine's time plus the advance."""
        return min(time.time() + self.ahead, LATEST)

    def advance(self, seconds: float) -> None:
        """Move the time forward for those who ask from now on; who sleeps already is not woken."""
        self.ahead = min(self.ahead + seconds, LATEST)

    async def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        await asyncio.sleep(max(seconds, 0))

    def fresh(self) -> RunningClock:
        """Return one that begins where this one began."""
        return RunningClock(self.start)


class FrozenClock:
    """Time that stands still; a sleep passes at once and moves it, so that equal requests see equal times."""

    kind: Literal["running", "frozen"] = "frozen"

    def __init__(self, start: float = EPOCH) -> None:
        self.start = self.time = start

    def now(self) -> float:
        """Return the standing time."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self.time = min(self.time + seconds, LATEST)

    async def sleep(self, seconds: float) -> None:
        """Let others do what they can at this time, then move it by `seconds`."""
        await asyncio.sleep(0)
        self.advance(max(seconds, 0))

    def fresh(self) -> FrozenClock:
        """Return one that stands where this one stood first."""
        return FrozenClock(self.start)


def stamp(seconds: float) -> str:
    """Write a time as AstrBot does: ISO 8601, UTC, `+00:00` (BEHAVIOUR.md section 6)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
