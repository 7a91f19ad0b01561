"""A subscription to a journal: each entry as soon as it has ended, or also what happens to it before."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import field
from typing import Literal

from mockbot.dataclass import dataclass
from mockbot.journal.entry import Chunk, Entry

LARGEST = 16 * 1024 * 1024
"""Bytes of the entries that one subscriber has not read yet."""


LATE = 5.0
"""Seconds that a subscriber has after the end of a journal to read what waits."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened in a journal; of an entry that begins or ends, all subscribers get the same."""

    kind: Literal["open", "sent", "entry", "changed"]
    """A request arrived; pieces of its response were sent; the exchange ended; something else has changed."""
    entry: Entry | None = None
    chunks: tuple[Chunk, ...] = ()
    """The pieces that were sent since the last notice about the entry."""
    first: int = 0
    """The number of pieces before them."""
    written: list[bytes] = field(default_factory=list, compare=False, repr=False)
    """How it is sent to subscribers, once that is known."""


class Watch:
    """What one subscriber has not read yet: at most `most` notices, whose entries have at most `largest` bytes.

    The oldest are dropped first.

    What was sent is one notice for each entry, however many pieces it has by the time it is read. Only a `live`
    subscription has other notices than `entry`.
    """

    def __init__(self, most: int = 1000, *, live: bool = False, largest: int = LARGEST) -> None:
        self._most, self.live, self._largest = most, live, largest
        self.size = 0
        """The bytes of the entries of the notices."""
        self._notices: deque[tuple[Notice, int]] = deque()
        """Each with the bytes of its entry when it was added."""
        self._sending: dict[str, Entry] = {}
        """The entries of which more was sent than was read."""
        self._read: dict[str, int] = {}
        """How many pieces were read of the entries that have not ended."""
        self._changed = False
        self._wake = asyncio.Event()
        self._ended = False

    def opened(self, notice: Notice) -> None:
        """Add the notice of a request that has arrived."""
        if self.live:
            self._add(notice)

    def sent(self, entry: Entry) -> None:
        """Note that a piece of a response, or its head, was sent."""
        if self.live:
            self._sending[entry.id] = entry
            self._wake.set()

    def changed(self) -> None:
        """Note that something has changed that is no exchange."""
        if self.live:
            self._changed = True
            self._wake.set()

    def put(self, notice: Notice) -> None:
        """Add the notice of an exchange that has ended."""
        self._add(notice)

    def end(self) -> None:
        """End the subscription after the notices that are waiting; what is not read within LATE seconds is dropped."""
        self._ended = True
        self._wake.set()
        with suppress(RuntimeError):  # no loop runs, and so no subscriber reads
            asyncio.get_running_loop().call_later(LATE, self._drop)

    def leave(self) -> None:
        """End the subscription at once; nothing of what waits is read."""
        self._drop()
        self._ended = True
        self._wake.set()

    def _drop(self) -> None:
        self._notices.clear()
        self._sending.clear()
        self._read.clear()
        self.size = 0

    def _add(self, notice: Notice) -> None:
        self._notices.append((notice, weight := 0 if notice.entry is None else notice.entry.weight))
        self.size += weight
        while len(self._notices) > self._most or (self.size > self._largest and len(self._notices) > 1):
            self._forget(self._take())
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[Notice]:
        """Yield notices as things happen, until `end` is called."""
        while True:
            for notice in self._waiting():
                yield notice
            if self._ended:
                return
            self._wake.clear()
            await self._wake.wait()

    def _take(self) -> Notice:
        notice, weight = self._notices.popleft()
        self.size -= weight
        return notice

    def _waiting(self) -> Iterator[Notice]:
        """Yield what waits; pieces of an entry come after its `open` and before its end."""
        while self._notices or self._sending or self._changed:
            if self._notices:
                notice = self._take()
                if notice.kind == "entry" and notice.entry is not None and notice.entry.id in self._sending:
                    yield self._pieces(notice.entry)
                self._forget(notice)
                yield notice
            elif self._sending:
                yield self._pieces(next(iter(self._sending.values())))
            else:
                self._changed = False
                yield Notice("changed")

    def _pieces(self, entry: Entry) -> Notice:
        del self._sending[entry.id]
        first = self._read.get(entry.id, 0)
        self._read[entry.id] = len(entry.chunks)
        return Notice("sent", entry, tuple(entry.chunks[first:]), first)

    def _forget(self, notice: Notice) -> None:
        """Forget how much was read of an entry that has ended."""
        if notice.kind == "entry" and notice.entry is not None:
            self._sending.pop(notice.entry.id, None)
            self._read.pop(notice.entry.id, None)
