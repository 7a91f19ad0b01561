"""POST /api/v1/file (BEHAVIOUR.md section 9)."""

from __future__ import annotations

from mockbot.astrbot import disk
from mockbot.astrbot.disk import Unstorable, media_type
from mockbot.astrbot.envelope import error, ok
from mockbot.astrbot.handler import Crash, operation
from mockbot.contract.media_types import BodyPart, parse_content_type, read_parts
from mockbot.response import Response
from mockbot.world.call import Call


@operation("POST /api/v1/file")
async def upload_file(call: Call) -> Response | Crash:
    """Keep the first part called `file` that has a file name; its bytes are never looked at."""
    sent = next((part for part in _parts(call) if part.name == "file" and part.filename is not None), None)
    if sent is None or sent.filename is None:
        return error("Missing key: file")
    kept = disk.upload(call.world, sent.filename, media_type(sent.content_type), sent.data)
    if isinstance(kept, Unstorable):
        return Crash(f"the file name cannot be stored: {kept.reason}", "/file")
    return ok({"attachment_id": kept.id, "filename": kept.filename, "type": kept.type})


def _parts(call: Call) -> list[BodyPart]:
    media, parameters = parse_content_type(call.content_type)
    if media != "multipart/form-data":
        return []
    try:
        return read_parts(call.body, parameters.get("boundary", ""))
    except ValueError:
        return []
