"""A subscription to a journal: each entry as soon as it has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from mockbot.journal.entry import Entry


class Watch:
    """The entries that one subscriber has not read yet, at most `most` of them; the oldest are dropped first."""

    def __init__(self, most: int = 1000) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self._wake = asyncio.Event()
        self._ended = False

    def put(self, entry: Entry) -> None:
        """Add an entry that has ended."""
        self._entries.append(entry)
        self._wake.set()

    def end(self) -> None:
        """End the subscription after the entries that are waiting."""
        self._ended = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Yield entries as they end, until `end` is called."""
        while True:
            while self._entries:
                yield self._entries.popleft()
            if self._ended:
                return
            self._wake.clear()
            await self._wake.wait()
