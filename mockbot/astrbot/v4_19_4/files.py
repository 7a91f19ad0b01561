"""POST /api/v1/file: uploads (BEHAVIOUR.md section 9)."""

from __future__ import annotations

from mockbot.astrbot import disk
from mockbot.astrbot.disk import Unstorable, media_type
from mockbot.astrbot.handler import Crash, Failure, Ok
from mockbot.contract.media_types import BodyPart, parse_content_type, read_parts
from mockbot.world.call import Call


async def upload_file(call: Call) -> Ok | Failure | Crash:
    """Store the first part called `file` that has a file name; its content is not examined."""
    sent = next((part for part in _parts(call) if part.name == "file" and part.filename is not None), None)
    if sent is None or sent.filename is None:
        return Failure("Missing key: file")
    stored = disk.upload(call.world, sent.filename, media_type(sent.content_type), sent.data)
    if isinstance(stored, Unstorable):
        return Crash(f"the file name cannot be stored: {stored.reason}", "/file")
    return Ok({"attachment_id": stored.id, "filename": stored.filename, "type": stored.type})


def _parts(call: Call) -> list[BodyPart]:
    media, parameters = parse_content_type(call.content_type)
    if media != "multipart/form-data":
        return []
    try:
        return read_parts(call.body, parameters.get("boundary", ""))
    except ValueError:
        return []
