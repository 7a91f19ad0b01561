"""AstrBot's folder of uploads: which file names it can store, and where (BEHAVIOUR.md sections 3.3 and 9).

Paths are names only: nothing is written to a disk.
"""

from __future__ import annotations

import posixpath

from mockbot.dataclass import dataclass
from mockbot.world.records import Attachment, MediaType
from mockbot.world.world import World

DATA = "/AstrBot/data"
"""The data folder of the imitated server."""
FOLDER = f"{DATA}/attachments"
FOLDERS = frozenset({"/", "/AstrBot", DATA, FOLDER})
"""The folders that exist there: a file cannot be stored in any other."""


@dataclass(frozen=True, slots=True)
class Unstorable:
    """Why AstrBot could not write a file of that name; the real server crashes (section 3.3)."""

    reason: str


def upload(world: World, filename: str, media_type: MediaType, content: bytes) -> Attachment | Unstorable:
    """Store an upload under its name as sent; an empty name becomes a random one without extension."""
    path = place(filename or world.ids.uuid())
    return path if isinstance(path, Unstorable) else world.attachments.store(path, media_type, content)


def copy(world: World, original: Attachment) -> Attachment:
    """Copy an attachment to a new record and file, as a proactive message does (section 7)."""
    extension = posixpath.splitext(original.filename)[1]
    return world.attachments.copy(original, f"{FOLDER}/{world.ids.uuid()}{extension}")


def place(filename: str) -> str | Unstorable:
    """Return the path to which AstrBot writes an upload of that name."""
    if "\0" in filename:
        return Unstorable("it contains NUL")
    parts = posixpath.join(FOLDER, filename).split("/")
    folder = "/"
    for part in parts[1:-1]:
        folder = posixpath.normpath(posixpath.join(folder, part))
        if folder not in FOLDERS:
            return Unstorable(f"the folder {folder} does not exist")
    last = parts[-1]
    if last in ("", ".", ".."):
        return Unstorable("it names a folder")
    if len(last.encode("utf-8", "surrogatepass")) > 255:
        return Unstorable("it is longer than 255 bytes")
    path = posixpath.join(folder, last)
    return Unstorable(f"{path} is a folder") if path in FOLDERS else path


def media_type(content_type: str) -> MediaType:
    """Return the type of an upload: AstrBot compares only the case-sensitive prefix, not the content (section 9)."""
    if content_type.startswith("image"):
        return "image"
    if content_type.startswith("audio"):
        return "record"
    if content_type.startswith("video"):
        return "video"
    return "file"
