"""The journal of a world: its latest exchanges, in order of arrival."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from mockbot.bounded import Bounded
from mockbot.journal.entry import Entry
from mockbot.journal.watch import Watch


class Journal:
    """Keeps at most `items` entries of `size` bytes; the oldest go first.

    `now` is the world's clock. No entry shows one of the world's `keys`, nor what `key_pattern` matches.
    `monotonic` is the machine's clock: only it measures how long a client waited that knows nothing of the world's.
    """

    def __init__(
        self,
        world: str,
        now: Callable[[], float],
        items: int,
        size: int,
        keys: Callable[[], Iterable[str]] = tuple,
        key_pattern: re.Pattern[str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world, self.now, self.keys, self.monotonic = world, now, keys, monotonic
        self.key_pattern = key_pattern
        self._entries: Bounded[str, Entry] = Bounded(items, size, lambda entry: entry.weight)
        self._count = 0
        self._watches: set[Watch] = set()

    def open(self, method: str, path: str, query: str, headers: tuple[tuple[str, str], ...]) -> Entry:
        """Begin an entry; it is seen at once, as `open`."""
        self._count += 1
        entry = Entry(f"e{self._count}", self.world, self.now(), method, path, query, headers)
        entry.arrived = self.monotonic()
        self._entries.put(entry.id, entry)
        return entry

    def close(self, entry: Entry) -> None:
        """Take note that an entry has ended: its duration, and its weight now that it is complete."""
        entry.seconds = self.now() - entry.began
        if not entry.closed:
            entry.closed = self.monotonic()
        self._entries.weigh_again(entry.id)
        for watch in self._watches:
            watch.see(entry)

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id if it is still kept."""
        return self._entries.get(entry_id)

    def clear(self) -> None:
        """Forget every entry; ids go on counting."""
        self._entries.clear()

    @property
    def watched(self) -> int:
        """Return how many readers there are."""
        return len(self._watches)

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        """Read along: every entry that ends from now on."""
        watch = Watch()
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def end(self) -> None:
        """Tell who reads along that nothing more comes."""
        for watch in self._watches:
            watch.end()

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    @property
    def size(self) -> int:
        """Return the bytes that are kept."""
        return self._entries.size

    def __len__(self) -> int:
        return len(self._entries)
