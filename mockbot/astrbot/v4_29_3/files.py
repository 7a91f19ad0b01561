"""Uploads of AstrBot 4.29.3 and the names of stored files (BEHAVIOUR.md section 9.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from mockbot.astrbot.disk import media_type
from mockbot.astrbot.handler import Crash, Failure, Ok, Result
from mockbot.astrbot.v4_29_3.forms import file_of, read_form, required
from mockbot.astrbot.v4_29_3.steps import Form, Types
from mockbot.astrbot.v4_29_3.stored import new_path, stamp
from mockbot.jsontext import JSON
from mockbot.world.call import Call
from mockbot.world.records import Attachment
from mockbot.world.world import World

LARGEST = 512 * 1024 * 1024
"""The bytes of a file."""
TOO_LARGE = Failure("File too large (limit 512 MB)")
LONGEST_NAME = 195
"""The bytes of a name; AstrBot adds 60 for the name of its temporary file."""
UNKNOWN = "application/octet-stream"
IMAGES: Mapping[re.Pattern[bytes], tuple[str, str]] = {
    re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR", re.DOTALL): ("image/png", ".png"),
    re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"): ("image/jpeg", ".jpg"),
    re.compile(rb"GIF8[79]a.{7}", re.DOTALL): ("image/gif", ".gif"),
    re.compile(rb"RIFF.{4}WEBPVP8[ LX]", re.DOTALL): ("image/webp", ".webp"),
    re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL): ("image/bmp", ".bmp"),
    re.compile(rb"II\*\0|MM\0\*"): ("image/tiff", ".tiff"),
    re.compile(rb".{4}ftypavi[fs]", re.DOTALL): ("image/avif", ".avif"),
}
"""The media type and extension of images, by how their content begins."""


def upload_file(call: Call) -> Ok | Failure | Crash:
    """Store the last part called `file`."""
    sent = file_of(call, "file")
    return (
        TOO_LARGE if len(sent.content) > LARGEST else keep(call.world, sent.filename, sent.content_type, sent.content)
    )


def keep(world: World, sent_name: str, sent_type: str, content: bytes) -> Ok | Crash:
    """Store a file under a new name and return its record; an image gets the extension and type of its content."""
    name, content_type = cleaned(world, sent_name), sent_type or UNKNOWN
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        return Crash(f"the file name is longer than {LONGEST_NAME} bytes", "/file")
    kind = media_type(content_type)
    if kind == "image":
        name, content_type = real_image(name, content_type, content)
    path = new_path(world, f"_{name}")
    record = world.attachments.store(path, kind, content, filename=name, content_type=content_type)
    return Ok(described(record))


def described(record: Attachment) -> JSON:
    """Return a record as the response of an upload has it."""
    return {
        "attachment_id": record.id,
        "filename": record.filename,
        "stored_filename": record.stored_name,
        "type": record.type,
    }


def cleaned(world: World, name: str) -> str:
    """Return the last component of a sent name, without blanks around it and NUL; a time stamp if nothing is left."""
    last = PurePosixPath(name.replace("\\", "/")).name.replace("\0", "").strip()
    return stamp(world) if last in ("", ".", "..") else last


def real_image(name: str, content_type: str, content: bytes) -> tuple[str, str]:
    """Return the name and media type that fit the content of an image; those given if it is not known."""
    for pattern, (real_type, extension) in IMAGES.items():
        if pattern.match(content):
            path = PurePosixPath(name)
            return (name if path.suffix.lower() == extension else path.with_suffix(extension).name), real_type
    return name, content_type


OPERATIONS = ("POST /api/v1/file", "POST /api/v1/files")
HANDLERS: Mapping[str, Callable[[Call], Result]] = dict.fromkeys(OPERATIONS, upload_file)
FORMS: Mapping[str, Form] = dict.fromkeys(OPERATIONS, read_form)
OTHERS: Mapping[str, Types] = dict.fromkeys(OPERATIONS, required(files=["file"]))
