"""Uploads in pieces of AstrBot 4.29.3: init, chunk, status, complete and abort (BEHAVIOUR.md section 9.3).

The texts about the size of a chunk are not in the recorded responses; they are those of AstrBot's source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from typing import Protocol, runtime_checkable

from mockbot.astrbot.handler import LARGE, Crash, Failure, Later, Ok, Refusal, Result
from mockbot.astrbot.v4_29_3.details import Check, Model, integer, optional, text
from mockbot.astrbot.v4_29_3.files import LARGEST, TOO_LARGE, keep
from mockbot.astrbot.v4_29_3.forms import file_of, read_form, required, text_of
from mockbot.astrbot.v4_29_3.keys import key_user
from mockbot.astrbot.v4_29_3.steps import Form, Types
from mockbot.bounded import ITEM, Bounded, footprint
from mockbot.dataclass import dataclass
from mockbot.turns import Work
from mockbot.world.call import Call
from mockbot.world.clock import Clock
from mockbot.world.ids import Ids
from mockbot.world.world import World

CHUNK = 1024 * 1024
"""The bytes of each chunk but the last."""
LIFETIME = 3600.0
"""Seconds after the last chunk, or else after init, in which an upload can go on."""
MOST = 20
"""Unfinished uploads of one world; the oldest are removed first."""
SHOWN = 10
"""How many missing chunks an error lists."""
GONE = Failure("Upload session not found or expired")


@dataclass(slots=True)
class Upload:
    """An unfinished upload; the times are in seconds since 1970, sizes in bytes."""

    owner: str
    """The user that the key stands for."""
    filename: str
    content_type: str
    size: int
    used: float
    """The time of its init or its last chunk."""
    chunks: dict[int, bytes] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return the number of its chunks."""
        return -(-self.size // CHUNK)

    @property
    def weight(self) -> int:
        """Return the approximate number of bytes in memory."""
        names = footprint(self.owner, self.filename, self.content_type)
        return ITEM + names + sum(256 + len(chunk) for chunk in self.chunks.values())


class Uploads:
    """The unfinished uploads of one world."""

    def __init__(self, clock: Clock, ids: Ids, size: int) -> None:
        """Keep uploads with at most `size` bytes in total."""
        self._clock, self._ids = clock, ids
        self._uploads: Bounded[str, Upload] = Bounded(MOST, size, lambda upload: upload.weight)

    def start(self, owner: str, filename: str, content_type: str, size: int) -> tuple[str, Upload]:
        """Start an upload and return its id."""
        upload_id = self._ids.uuid()
        upload = Upload(owner, filename, content_type, size, self._clock.now())
        self._uploads.put(upload_id, upload)
        return upload_id, upload

    def find(self, upload_id: str, owner: str) -> Upload | None:
        """Return an upload of that user that has not expired."""
        upload = self._uploads.get(upload_id)
        if upload is None or upload.owner != owner or self.left(upload) < 0:
            return None
        return upload

    def owned_by_another(self, upload_id: str, owner: str) -> bool:
        """Return whether the upload is another user's."""
        upload = self._uploads.get(upload_id)
        return upload is not None and upload.owner != owner

    def left(self, upload: Upload) -> float:
        """Return the seconds until an upload expires."""
        return LIFETIME - (self._clock.now() - upload.used)

    def add(self, upload_id: str, upload: Upload, index: int, content: bytes) -> None:
        """Add a chunk; one that is sent again replaces the earlier one."""
        upload.chunks[index] = content
        upload.used = self._clock.now()
        self._uploads.weigh_again(upload_id)

    def remove(self, upload_id: str) -> None:
        """Remove an upload, if there is one."""
        self._uploads.remove(upload_id)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self._uploads.size


@runtime_checkable
class _HasUploads(Protocol):
    uploads: Uploads


def uploads_of(world: World) -> Uploads:
    """Return the unfinished uploads of a world, which must be one of AstrBot 4.29.3."""
    assert isinstance(world.state, _HasUploads)
    return world.state.uploads


def start_upload(call: Call) -> Ok | Failure:
    """Start an upload of a name, a size and perhaps a media type."""
    body = call.transaction.parsed
    filename, size = body.get("filename"), body.get("total_size") or 0
    if not filename:
        return Failure("Missing key: filename")
    if size <= 0:
        return Failure("Invalid file size")
    if size > LARGEST:
        return TOO_LARGE
    content_type = body.get("content_type") or ""
    upload_id, upload = uploads_of(call.world).start(key_user(call), filename, content_type, size)
    return Ok({"upload_id": upload_id, "chunk_size": CHUNK, "total_chunks": upload.total})


def add_chunk(call: Call) -> Ok | Failure | Refusal:
    """Add a chunk of the form, in any order; refuse one of a file that the world could not keep."""
    upload_id, uploads = text_of(call, "upload_id"), uploads_of(call.world)
    most = call.settings.max_attachment_bytes
    try:
        index = int(text_of(call, "chunk_index"))
    except ValueError:
        return Failure("Invalid chunk_index")
    upload = uploads.find(upload_id, key_user(call))
    if upload is None:
        return GONE
    if not 0 <= index < upload.total:
        return Failure("Chunk index out of range")
    if upload.size > most:
        return Refusal(
            f"The file has {upload.size} bytes, but a world keeps at most {most}; raise max_attachment_bytes"
        )
    content = file_of(call, "chunk").content
    if len(content) > CHUNK:
        return Failure("Chunk exceeds the size limit")
    expected = min(upload.size - index * CHUNK, CHUNK)
    if len(content) != expected:
        return Failure(f"Chunk size mismatch: got {len(content)} bytes, expected {expected}")
    uploads.add(upload_id, upload, index, content)
    return Ok({"received": len(upload.chunks), "total": upload.total, "chunk_index": index})


def show_upload(call: Call) -> Ok | Failure:
    """Return which chunks have been received; this does not prolong the upload."""
    uploads = uploads_of(call.world)
    upload = uploads.find(_upload_id(call), key_user(call))
    if upload is None:
        return GONE
    return Ok(
        {
            "received_chunks": [*sorted(upload.chunks)],
            "total_chunks": upload.total,
            "chunk_size": CHUNK,
            "expires_in": int(uploads.left(upload)),
        }
    )


def complete_upload(call: Call) -> Later | Failure:
    """Store the file from its chunks, as a whole upload is."""
    upload_id, uploads = _upload_id(call), uploads_of(call.world)
    upload = uploads.find(upload_id, key_user(call))
    if upload is None:
        return GONE
    absent = [index for index in range(upload.total) if index not in upload.chunks]
    if absent:
        return Failure(f"Chunks incomplete, missing: {absent[:SHOWN]}...")
    return Later(_stored(call, upload_id, upload), upload.size > LARGE, changes=True)


def _stored(call: Call, upload_id: str, upload: Upload) -> Work[Ok | Failure | Crash]:
    world, uploads = call.world, uploads_of(call.world)
    if uploads.find(upload_id, upload.owner) is not upload:  # removed, or stored by another request
        return GONE
    uploads.remove(upload_id)
    content: bytes = yield partial(b"".join, [upload.chunks[index] for index in range(upload.total)])
    return keep(world, upload.filename, upload.content_type, content)


def abort_upload(call: Call) -> Ok | Failure:
    """Remove an upload; without an id, or with an unknown one, nothing happens."""
    upload_id, uploads = _upload_id(call), uploads_of(call.world)
    if uploads.owned_by_another(upload_id, key_user(call)):
        return GONE
    uploads.remove(upload_id)
    return Ok({})


def _upload_id(call: Call) -> str:
    return str(call.transaction.parsed.get("upload_id") or "")


UPLOAD = "POST /api/v1/files/upload"
INIT = Model({"filename": optional(text), "total_size": optional(integer), "content_type": optional(text)})
BY_ID = Model({"upload_id": optional(text)})
HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    f"{UPLOAD}/init": start_upload,
    f"{UPLOAD}/chunk": add_chunk,
    f"{UPLOAD}/status": show_upload,
    f"{UPLOAD}/complete": complete_upload,
    f"{UPLOAD}/abort": abort_upload,
}
BODIES: Mapping[str, Check] = {
    f"{UPLOAD}/init": INIT,
    f"{UPLOAD}/status": BY_ID,
    f"{UPLOAD}/complete": BY_ID,
    f"{UPLOAD}/abort": BY_ID,
}
FORMS: Mapping[str, Form] = {f"{UPLOAD}/chunk": read_form}
OTHERS: Mapping[str, Types] = {f"{UPLOAD}/chunk": required(texts=["upload_id", "chunk_index"], files=["chunk"])}
