"""AstrBot's folder of uploads: which names it can store and where (BEHAVIOUR.md sections 3.3 and 9).

A path here is only a name: nothing is ever written to a disk.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from mockbot.world.records import Attachment, MediaType
from mockbot.world.world import World

DATA = "/AstrBot/data"
"""Where the imitated server keeps its files."""
FOLDER = f"{DATA}/attachments"
FOLDERS = frozenset({"/", "/AstrBot", DATA, FOLDER})
"""The folders that exist there: a name that leads into any other one cannot be stored."""


@dataclass(frozen=True, slots=True)
class Unstorable:
    """Why AstrBot's disk would refuse a file name; the real server crashes on it (section 3.3)."""

    reason: str


def upload(world: World, filename: str, media_type: MediaType, content: bytes) -> Attachment | Unstorable:
    """Keep an upload under its name as sent; an empty name becomes a random one without extension."""
    path = place(filename or world.ids.uuid())
    return path if isinstance(path, Unstorable) else world.attachments.store(path, media_type, content)


def copy(world: World, original: Attachment) -> Attachment:
    """Make a new record and a new file of an attachment, as a proactive message does (section 7)."""
    extension = posixpath.splitext(original.filename)[1]
    return world.attachments.copy(original, f"{FOLDER}/{world.ids.uuid()}{extension}")


def place(filename: str) -> str | Unstorable:
    """Return the path that AstrBot would write an upload of that name to."""
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
