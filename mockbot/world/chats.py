"""Chat sessions and the messages in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from sys import getsizeof
from typing import Literal

from mockbot.bounded import ITEM, Bounded, footprint
from mockbot.jsontext import JSON
from mockbot.world.clock import Clock
from mockbot.world.records import HistoryRow, Session

CREATION_GAP = 18e-6
"""Seconds between created_at and updated_at of a new session, which the imitated server reads one after the other."""

SESSION = ITEM + 512
"""Bytes of a session besides its texts."""


class Sessions:
    """The sessions of one world, limited in number and bytes; the oldest are removed first."""

    def __init__(self, clock: Clock, items: int, size: int) -> None:
        self._clock = clock
        self._count = 0
        self._rows: Bounded[str, Session] = Bounded(
            items,
            size,
            lambda row: SESSION + getsizeof(row.creator) + getsizeof(row.platform_id) + getsizeof(row.display_name),
        )

    def find(self, session_id: str) -> Session | None:
        """Return the session with that id."""
        return self._rows.get(session_id)

    def create(self, session_id: str, creator: str) -> Session:
        """Add a new session on the chat platform."""
        now = self._clock.now()
        return self.add(session_id, creator, created_at=now, updated_at=now + CREATION_GAP)

    def remove(self, row: Session) -> None:
        """Remove a session."""
        self._rows.remove(row.session_id)

    def add(
        self,
        session_id: str,
        creator: str,
        *,
        created_at: float,
        updated_at: float,
        platform_id: str = "webchat",
        display_name: str | None = None,
        turns: int = 0,
        model_calls: int = 0,
    ) -> Session:
        """Add a session with these values."""
        self._count += 1
        row = Session(
            session_id, creator, created_at, updated_at, self._count, platform_id, display_name, turns, model_calls
        )
        self._rows.put(session_id, row)
        return row

    def title(self, row: Session, title: str | None) -> None:
        """Set a session's title; nothing else changes updated_at."""
        row.display_name = title
        row.updated_at = self._clock.now()
        self._rows.weigh_again(row.session_id)

    def of(self, creator: str, platform_id: str | None = None) -> list[Session]:
        """Return a creator's sessions, last updated first; of every platform if `platform_id` is None or empty."""
        rows = [
            row
            for row in self._rows.values()
            if row.creator == creator and (not platform_id or row.platform_id == platform_id)
        ]
        return sorted(rows, key=lambda row: (row.updated_at, row.number), reverse=True)

    def all(self) -> list[Session]:
        """Return every session, in the order in which they were added."""
        return list(self._rows.values())

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self._rows.size

    def __len__(self) -> int:
        return len(self._rows)


class History:
    """The messages of one world, limited in number and bytes; ids count up over all conversations, without reuse."""

    def __init__(self, clock: Clock, items: int, size: int) -> None:
        self._clock = clock
        self._rows: Bounded[int, HistoryRow] = Bounded(items, size, _weight)
        self.last_id = 0

    def add(
        self,
        conversation: str,
        sender: Literal["user", "bot"],
        parts: Sequence[dict[str, JSON]],
        at: float | None = None,
        author: str = "",
        checkpoint: str | None = None,
        extra: Mapping[str, JSON] | None = None,
    ) -> HistoryRow:
        """Add a message, sent `at` that time or now; see HistoryRow for the other values."""
        self.last_id += 1
        moment = self._clock.now() if at is None else at
        row = HistoryRow(self.last_id, conversation, sender, tuple(parts), moment, author, checkpoint, extra or {})
        self._rows.put(row.id, row)
        return row

    def find(self, message_id: object) -> HistoryRow | None:
        """Return the message with that id, an integer or its digits; any other value finds none."""
        try:
            return self._rows.get(int(str(message_id)))
        except ValueError:
            return None

    def edit(self, row: HistoryRow, parts: Sequence[dict[str, JSON]]) -> HistoryRow:
        """Replace the parts of a message, and remove the messages of its conversation after it; return it."""
        edited = replace(row, parts=tuple(parts))
        for later in self.of(row.conversation):
            if later.id > row.id:
                self._rows.remove(later.id)
        self._rows.put(row.id, edited)
        self.last_id = max(each.id for each in (edited, *self._rows.values()))
        return edited

    def forget(self, *conversations: str) -> list[HistoryRow]:
        """Remove and return the messages of conversations; if they were the last ones, their ids are used again."""
        names = set(conversations)
        rows = [row for row in self._rows.values() if row.conversation in names]
        for row in rows:
            self._rows.remove(row.id)
        self.last_id = max((row.id for row in self._rows.values()), default=0)
        return rows

    def of(self, conversation: str) -> list[HistoryRow]:
        """Return a conversation's messages, oldest first."""
        rows = (row for row in self._rows.values() if row.conversation == conversation)
        return sorted(rows, key=lambda row: row.id)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self._rows.size

    def all(self) -> list[HistoryRow]:
        """Return every message, oldest first."""
        return list(self._rows.values())


def _weight(row: HistoryRow) -> int:
    texts = getsizeof(row.conversation) + getsizeof(row.author) + getsizeof(row.checkpoint)
    return ITEM + texts + footprint(row.parts, row.extra)
