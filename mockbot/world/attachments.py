"""Uploaded files: records and bytes, in memory only, under names that obey AstrBot's folder rules."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from mockbot.bounded import Bounded
from mockbot.world.ids import Ids
from mockbot.world.records import DATA, Attachment, MediaType

FOLDER = f"{DATA}/attachments"
FOLDERS = frozenset({"/", "/AstrBot", DATA, FOLDER})
"""The folders that exist on the imagined disk: a name that leads into any other one cannot be stored."""


@dataclass(frozen=True, slots=True)
class Unstorable:
    """Why AstrBot's disk would refuse a file name; the real server crashes on it (BEHAVIOUR.md section 3.3)."""

    reason: str


class Attachments:
    """The attachments of one world, bounded by count and bytes; the oldest go first.

    Two uploads of one name share the bytes, and the later ones win, as on AstrBot's disk (BEHAVIOUR.md section 9).
    """

    def __init__(self, ids: Ids, items: int, size: int) -> None:
        self._ids = ids
        self._records: Bounded[str, Attachment] = Bounded(items, size, lambda record: 256 + 4 * len(record.path))
        self._files: Bounded[str, bytes] = Bounded(items, size, len)

    def store(self, filename: str, media_type: MediaType, content: bytes) -> Attachment | Unstorable:
        """Keep an upload under its name as sent; an empty name becomes a random one without extension."""
        path = place(filename or self._ids.uuid())
        if isinstance(path, Unstorable):
            return path
        record = Attachment(self._ids.uuid(), posixpath.basename(path), media_type, path)
        self.add(record, content)
        return record

    def copy(self, original: Attachment) -> Attachment:
        """Make a new record and a new file with the content of `original`, as a proactive message does."""
        extension = posixpath.splitext(original.filename)[1]
        path = f"{FOLDER}/{self._ids.uuid()}{extension}"
        record = Attachment(self._ids.uuid(), original.filename, original.type, path)
        self.add(record, self._files.get(original.path) or b"")
        return record

    def add(self, record: Attachment, content: bytes | None) -> None:
        """Put in a record as it is; without content its file counts as gone."""
        self._records.put(record.id, record)
        if content is not None:
            self._files.put(record.path, content)

    def find(self, attachment_id: str) -> Attachment | None:
        """Return the record of that id."""
        return self._records.get(attachment_id)

    def content(self, record: Attachment) -> bytes | None:
        """Return the bytes, or None when the file is gone."""
        return self._files.get(record.path)

    def lose(self, record: Attachment) -> bool:
        """Remove the file behind a record's back, as a cleaned disk would; False when it is gone already."""
        return self._files.remove(record.path) is not None

    def all(self) -> list[Attachment]:
        """Return the records, oldest first."""
        return list(self._records.values())

    @property
    def size(self) -> int:
        """Return the bytes that are kept."""
        return self._records.size + self._files.size

    def __len__(self) -> int:
        return len(self._records)


def place(filename: str) -> str | Unstorable:
    """Return where AstrBot would write an upload of that name, as a path that is only a name here."""
    if "\0" in filename:
        return Unstorable("it contains NUL")
    parts = posixpath.join(FOLDER, filename).split("/")
    here = "/"
    for part in parts[1:-1]:
        here = posixpath.normpath(posixpath.join(here, part))
        if here not in FOLDERS:
            return Unstorable(f"the folder {here} does not exist")
    last = parts[-1]
    if last in ("", ".", ".."):
        return Unstorable("it names a folder")
    if len(last.encode("utf-8", "surrogatepass")) > 255:
        return Unstorable("it is longer than 255 bytes")
    path = posixpath.join(here, last)
    return Unstorable(f"{path} is a folder") if path in FOLDERS else path


def media_type(content_type: str) -> MediaType:
    """Return the type that AstrBot gives an upload: by prefix, case-sensitive, never by content (section 9)."""
    if content_type.startswith("image"):
        return "image"
    if content_type.startswith("audio"):
        return "record"
    if content_type.startswith("video"):
        return "video"
    return "file"
