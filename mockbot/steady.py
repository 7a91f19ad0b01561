"""The time of this machine that only moves forward, even while a test holds or replaces the clocks of `time`."""

from __future__ import annotations

import time

try:
    from time import CLOCK_MONOTONIC, clock_gettime

    def steady() -> float:
        """Return seconds since an arbitrary moment. freezegun and time-machine replace `time.monotonic`, not this."""
        return clock_gettime(CLOCK_MONOTONIC)
except ImportError:  # pragma: no cover  # Windows
    steady = time.perf_counter
