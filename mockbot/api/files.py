"""POST /api/v1/file (BEHAVIOUR.md section 9)."""

from __future__ import annotations

from mockbot.api.answer import Answer, error, ok
from mockbot.api.call import Call, Crash, operation
from mockbot.contract.media import BodyPart, parse_content_type, read_parts
from mockbot.world.attachments import Unstorable, media_type


@operation("POST /api/v1/file")
async def upload_file(call: Call) -> Answer | Crash:
    """Keep the first part called `file` that has a file name; what its bytes are is never looked at."""
    upload = next((part for part in _parts(call) if part.name == "file" and part.filename is not None), None)
    if upload is None or upload.filename is None:
        return error("Missing key: file")
    kept = call.world.attachments.store(upload.filename, media_type(upload.content_type), upload.data)
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
