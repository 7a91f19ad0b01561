"""Readers of a journal that want every entry as soon as it has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from mockbot.journal.entry import Entry


class Watch:
    """The entries that one reader has not taken yet; past `most` of them the oldest is lost."""

    def __init__(self, most: int = 1000) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self._wake = asyncio.Event()
        self._over = False

    def see(self, entry: Entry) -> None:
        """Hand over an entry that has ended."""
        self._entries.append(entry)
        self._wake.set()

    def end(self) -> None:
        """Hand over no more: the journal goes."""
        self._over = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Yield entries as they come, until the journal goes."""
        while True:
            while self._entries:
                yield self._entries.popleft()
            if self._over:
                return
            self._wake.clear()
            await self._wake.wait()
