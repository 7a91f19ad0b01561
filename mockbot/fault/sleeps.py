"""The sleeps of faults, which end early when the application or their world does."""

from __future__ import annotations

import asyncio


class Sleeps:
    """Sleeps that can be ended together; after that, none begins."""

    def __init__(self) -> None:
        self.ended = False
        self._sleepers: set[asyncio.Future[None]] = set()

    def add(self, sleeper: asyncio.Future[None]) -> None:
        """Let `end` wake this one, too."""
        self._sleepers.add(sleeper)

    def discard(self, sleeper: asyncio.Future[None]) -> None:
        """Forget a sleeper that is awake."""
        self._sleepers.discard(sleeper)

    def end(self) -> None:
        """End all current and future sleeps at once."""
        self.ended = True
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
