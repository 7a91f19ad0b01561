"""Downloads of AstrBot 4.29.3 (BEHAVIOUR.md section 9.2)."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import formatdate
from functools import partial
from mimetypes import MimeTypes

from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import LARGE, Crash, Failure, Later, Ok, Result
from mockbot.astrbot.v4_29_3.details import Query, text
from mockbot.astrbot.v4_29_3.files import UNKNOWN
from mockbot.astrbot.v4_29_3.ranges import Unsatisfiable, ranges_of
from mockbot.response import Response
from mockbot.turns import Work
from mockbot.world.call import Call
from mockbot.world.records import Attachment

TYPES = {
    ".wav": "audio/wav",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Media types by extension, for downloads by stored name."""
GUESSES = MimeTypes()
"""Python's own table; the machine's is not read."""
SENDABLE = re.compile(r"[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?")
"""A header value (RFC 9110, 5.5)."""
PLAIN = ("content-type", "text/plain; charset=utf-8")


def download_by_query(call: Call) -> Failure | Crash | Later | Response:
    """Return the file whose attachment id the query has; of several ids the last counts."""
    return download(call, call.query.get("attachment_id", ""))


def download_by_path(call: Call) -> Failure | Crash | Later | Response:
    """Return the file whose attachment id the path has."""
    return download(call, call.transaction.path_parameters["attachment_id"])


def download_by_name(call: Call) -> Failure | Crash | Later | Response:
    """Return the file with a stored name, also of media that the bot has sent; only the last path component counts."""
    name = call.query.get("filename", "")
    if not name:
        return Failure("Missing key: filename")
    record = call.world.attachments.at(f"{FOLDER}/{posixpath.basename(name)}")
    return Failure("File access error") if record is None else sent(call, record, guessed(record))


def delete_file(call: Call) -> Ok:
    """Return the id; AstrBot deletes nothing."""
    return Ok({"attachment_id": call.transaction.path_parameters["attachment_id"]})


def download(call: Call, attachment_id: str) -> Failure | Crash | Later | Response:
    """Return the file of an attachment."""
    if not attachment_id:
        return Failure("Missing key: attachment_id")
    record = call.world.attachments.find(attachment_id)
    if record is None:
        return Failure("Attachment not found")
    return sent(call, record, record.content_type or guessed(record))


def guessed(record: Attachment) -> str:
    """Return the media type that the stored name stands for."""
    extension = posixpath.splitext(record.stored_name)[1].lower()
    return TYPES.get(extension) or GUESSES.guess_type(f"x{extension}")[0] or UNKNOWN


def sent(call: Call, record: Attachment, content_type: str) -> Failure | Crash | Later | Response:
    """Return the whole file, or the ranges that the request asks for."""
    content = call.world.attachments.content(record)
    if content is None:
        return Failure("File access error")
    if SENDABLE.fullmatch(content_type) is None:
        return Crash("the content type of the file cannot be a header")
    if content_type.startswith("text/") and "charset=" not in content_type.lower():
        content_type += "; charset=utf-8"
    modified = record.created_at or 0.0
    last = formatdate(modified, usegmt=True)
    etag = f'"{hashlib.md5(f"{modified}-{len(content)}".encode(), usedforsecurity=False).hexdigest()}"'

    def response(status: int, media: str, body: bytes, *more: tuple[str, str]) -> Response:
        call.transaction.verbatim = True  # its bytes and media type are those of the client that sent it
        size, dates = ("content-length", str(len(body))), (("last-modified", last), ("etag", etag))
        return Response(status, (("content-type", media), ("accept-ranges", "bytes"), size, *dates, *more), body)

    asked, long = call.headers.get("range"), len(content) > LARGE
    if asked is None or call.headers.get("if-range", last) not in (last, etag):
        return response(200, content_type, content)
    match ranges_of(asked, len(content)):
        case str(reason):
            return Response(400, (("content-length", str(len(reason))), PLAIN), reason.encode())
        case Unsatisfiable():
            return Response(416, (("content-range", f"bytes */{len(content)}"), ("content-length", "0"), PLAIN))
        case []:
            return response(200, content_type, content)
        case [(start, end)]:
            where = ("content-range", f"bytes {start}-{end - 1}/{len(content)}")
            part = memoryview(content)[start:end]
            return Later(_copied([part], lambda body: response(206, content_type, body, where)), long)
        case several:
            boundary = call.world.ids.uuid().replace("-", "")[:26]
            media_type = f"multipart/byteranges; boundary={boundary}"
            pieces = _of_ranges(several, content, boundary.encode(), content_type.encode("latin-1"))
            return Later(_copied([*pieces], lambda body: response(206, media_type, body)), long)


def _of_ranges(
    ranges: Sequence[tuple[int, int]], content: bytes, boundary: bytes, content_type: bytes
) -> Iterator[bytes | memoryview]:
    for start, end in ranges:
        where = b"Content-Range: bytes %d-%d/%d" % (start, end - 1, len(content))
        yield b"--%b\r\nContent-Type: %b\r\n%b\r\n\r\n" % (boundary, content_type, where)
        yield memoryview(content)[start:end]
        yield b"\r\n"
    yield b"--%b--" % boundary


def _copied(pieces: Sequence[bytes | memoryview], response: Callable[[bytes], Response]) -> Work[Response]:
    body: bytes = yield partial(b"".join, pieces)
    return response(body)


HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/file": download_by_query,
    "GET /api/v1/files/{attachment_id}": download_by_path,
    "GET /api/v1/files/{attachment_id}/content": download_by_path,
    "GET /api/v1/files/content": download_by_name,
    "DELETE /api/v1/files/{attachment_id}": delete_file,
}
QUERIES: Mapping[str, Query] = {"GET /api/v1/file": Query({"attachment_id": text}, frozenset({"attachment_id"}))}
