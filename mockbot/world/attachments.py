"""Uploaded files: their records and bytes, in memory only."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from mockbot.bounded import ITEM, Bounded, footprint
from mockbot.world.clock import Clock
from mockbot.world.ids import Ids
from mockbot.world.records import Attachment, MediaType


class Attachments:
    """The attachments of one world, limited in number and bytes; the oldest are removed first.

    Records with the same path share one file, as on a disk: a later upload replaces the bytes of an earlier one.
    """

    def __init__(self, ids: Ids, clock: Clock, items: int, size: int) -> None:
        self._ids, self._clock = ids, clock
        self._records: Bounded[str, Attachment] = Bounded(items, size, _weight)
        self._files: Bounded[str, bytes] = Bounded(items, size, lambda content: ITEM + len(content))

    def store(
        self, path: str, media_type: MediaType, content: bytes, *, filename: str | None = None, content_type: str = ""
    ) -> Attachment:
        """Store an upload under a path; its name is `filename`, or else the last part of the path."""
        name = posixpath.basename(path) if filename is None else filename
        return self.add(Attachment(self._ids.uuid(), name, media_type, path, content_type), content)

    def copy(self, original: Attachment, path: str) -> Attachment:
        """Make a new record and a new file with the content of `original`."""
        record = replace(original, id=self._ids.uuid(), path=path, created_at=None)
        return self.add(record, self._files.get(original.path) or b"")

    def add(self, record: Attachment, content: bytes | None) -> Attachment:
        """Add a record and return it with its time; without content its file is missing."""
        if record.created_at is None:
            record = replace(record, created_at=self._clock.now())
        self._records.put(record.id, record)
        if content is not None:
            self._files.put(record.path, content)
        return record

    def find(self, attachment_id: str) -> Attachment | None:
        """Return the record of that id."""
        return self._records.get(attachment_id)

    def at(self, path: str) -> Attachment | None:
        """Return the newest record of the file at a path, or None if there is no such file."""
        if path not in self._files:
            return None
        return next((record for record in reversed(self.all()) if record.path == path), None)

    def content(self, record: Attachment) -> bytes | None:
        """Return the bytes, or None if the file is missing."""
        return self._files.get(record.path)

    def lose(self, record: Attachment) -> bool:
        """Remove the file of a record but keep the record; return False if the file is already missing."""
        return self._files.remove(record.path) is not None

    def remove(self, attachment_id: str) -> None:
        """Remove a record and its file."""
        record = self._records.remove(attachment_id)
        if record is not None:
            self._files.remove(record.path)

    def all(self) -> list[Attachment]:
        """Return the records, oldest first."""
        return list(self._records.values())

    @property
    def size(self) -> int:
        """Return the number of bytes in memory."""
        return self._records.size + self._files.size

    def __len__(self) -> int:
        return len(self._records)


def _weight(record: Attachment) -> int:
    return ITEM + footprint(record.id, record.filename, record.path, record.content_type)
