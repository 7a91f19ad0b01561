"""Uploaded files: their records and bytes, in memory only."""

from __future__ import annotations

import posixpath

from mockbot.bounded import Bounded
from mockbot.world.ids import Ids
from mockbot.world.records import Attachment, MediaType


class Attachments:
    """The attachments of one world, limited in number and bytes; the oldest are removed first.

    Records with the same path share one file, as on a disk: a later upload replaces the bytes of an earlier one.
    """

    def __init__(self, ids: Ids, items: int, size: int) -> None:
        self._ids = ids
        self._records: Bounded[str, Attachment] = Bounded(items, size, lambda record: 256 + 4 * len(record.path))
        self._files: Bounded[str, bytes] = Bounded(items, size, len)

    def store(self, path: str, media_type: MediaType, content: bytes) -> Attachment:
        """Store an upload under a path."""
        return self._put(path, posixpath.basename(path), media_type, content)

    def copy(self, original: Attachment, path: str) -> Attachment:
        """Make a new record and a new file with the content of `original`."""
        return self._put(path, original.filename, original.type, self._files.get(original.path) or b"")

    def _put(self, path: str, filename: str, media_type: MediaType, content: bytes) -> Attachment:
        record = Attachment(self._ids.uuid(), filename, media_type, path)
        self.add(record, content)
        return record

    def add(self, record: Attachment, content: bytes | None) -> None:
        """Add a record; without content its file is missing."""
        self._records.put(record.id, record)
        if content is not None:
            self._files.put(record.path, content)

    def find(self, attachment_id: str) -> Attachment | None:
        """Return the record of that id."""
        return self._records.get(attachment_id)

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
