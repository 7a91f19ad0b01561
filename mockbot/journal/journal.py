"""The journal of a world: its latest exchanges in order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mockbot.bounded import Bounded
from mockbot.journal.entry import Arrival, Entry
from mockbot.journal.masked_stream import MaskedStream
from mockbot.journal.masking import Callers
from mockbot.steady import steady

if TYPE_CHECKING:
    from mockbot.journal.watch import Watch


class Journal:
    """Keeps at most `items` entries with `size` bytes in total, and drops the oldest first.

    `now` is the world's clock, and `monotonic` the machine's. Clients wait by the machine's clock unless their test
    advances the world's, so entries have times of both. `callers` masks what is read of entries.
    """

    def __init__(
        self,
        world: str,
        now: Callable[[], float],
        items: int,
        size: int,
        callers: Callers | None = None,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        self.world, self.now, self.monotonic = world, now, monotonic
        self.callers = callers or Callers()
        """What masks the exchanges from now on."""
        self.begun = monotonic()
        """When the journal was made, by the machine's clock."""
        self._entries: Bounded[str, Entry] = Bounded(items, size, lambda entry: entry.weight, Entry.drop)
        self._count = 0
        self._watches: set[Watch] = set()
        self.ended = False
        """Whether the world is removed or the server stops, which cuts what is still open."""

    def open(self, arrival: Arrival) -> Entry:
        """Add an entry for a request that has arrived, and return it."""
        entry = self.new(arrival)
        entry.stream = MaskedStream(arrival.masking)
        self.add(entry)
        if self._watches:
            from mockbot.journal.watch import Notice

            notice = Notice("open", entry)
            for watch in self._watches:
                watch.opened(notice)
        return entry

    def new(self, arrival: Arrival) -> Entry:
        """Return an entry that `add` adds, before anything else happens."""
        self._count += 1
        return Entry.opened(f"e{self._count}", self.world, self.now(), self.monotonic(), arrival)

    def add(self, entry: Entry) -> None:
        """Add an entry. Subscribers do not see it, so there must be none."""
        self._entries.put(entry.id, entry)

    def weigh(self, entry: Entry) -> None:
        """Weigh an entry again, because it has grown."""
        self._entries.weigh_again(entry.id)

    def sent(self, entry: Entry) -> None:
        """Note that a piece of a response, or its head, was sent; of a dropped entry, nothing is known of it."""
        for watch in self._watches if entry.is_kept else ():
            watch.sent(entry)

    def changed(self) -> None:
        """Note that something has changed that is no exchange: which frames wait, or whether the server is healthy."""
        for watch in self._watches:
            watch.changed()

    def close(self, entry: Entry) -> None:
        """Note that an exchange has ended, weigh its entry again, and send it to subscribers."""
        entry.seconds = self.now() - entry.began
        if not entry.closed:
            entry.closed = self.monotonic()
        self._entries.weigh_again(entry.id)
        if self._watches:
            from mockbot.journal.watch import Notice

            notice = Notice("entry", entry)
            for watch in self._watches:
                watch.put(notice)

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry with that id; None if there is none, or none any more."""
        return self._entries.get(entry_id)

    def clear(self) -> None:
        """Remove all entries; the next id is one higher than the last.

        Exchanges that are open record on for those who see what happens before their end.
        """
        forget = not any(watch.live for watch in self._watches)
        for entry in self if forget else ():
            entry.drop()
        self._entries.clear()

    @property
    def watched(self) -> int:
        """Return the number of subscriptions."""
        return len(self._watches)

    @contextmanager
    def watch(self, *, live: bool = False) -> Iterator[Watch]:
        """Subscribe to the entries that end from now on; `live`, also to what happens before their end."""
        from mockbot.journal.watch import Watch

        watch = Watch(live=live)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def end(self) -> None:
        """End all subscriptions; the exchanges that are still open are cut."""
        self.ended = True
        for watch in self._watches:
            watch.end()

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    @property
    def size(self) -> int:
        """Return how many bytes are kept, also of dropped entries that a subscriber has not read yet."""
        return self._entries.size + sum(watch.size for watch in self._watches)

    def __len__(self) -> int:
        return len(self._entries)
