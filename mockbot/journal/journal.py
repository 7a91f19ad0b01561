"""The journal of a world: its latest exchanges, in order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mockbot.bounded import Bounded
from mockbot.journal.entry import Entry


class Journal:
    """Keeps at most `items` entries of `size` bytes; the oldest go first. `now` is the world's clock."""

    def __init__(self, world: str, now: Callable[[], float], items: int, size: int) -> None:
        self.world, self.now = world, now
        self._entries: Bounded[str, Entry] = Bounded(items, size, lambda entry: entry.weight)
        self._count = 0

    def open(self, method: str, path: str, query: str, headers: tuple[tuple[str, str], ...]) -> Entry:
        """Begin an entry; it is seen at once, as `open`."""
        self._count += 1
        entry = Entry(f"e{self._count}", self.world, self.now(), method, path, query, headers)
        self._entries.put(entry.id, entry)
        return entry

    def close(self, entry: Entry) -> None:
        """Take note that an entry has ended: its duration, and its weight now that it is complete."""
        entry.seconds = self.now() - entry.began
        self._entries.weigh_again(entry.id)

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id if it is still kept."""
        return self._entries.get(entry_id)

    def clear(self) -> None:
        """Forget every entry; ids go on counting."""
        self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)
