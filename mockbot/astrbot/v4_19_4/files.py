"""POST /api/v1/file: uploads (BEHAVIOUR.md section 9)."""

from __future__ import annotations

from mockbot.astrbot import disk
from mockbot.astrbot.disk import Unstorable, media_type
from mockbot.astrbot.handler import Crash, Failure, Ok
from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.astrbot.v4_19_4.pages import page
from mockbot.contract.media_types import BodyPart, FormTooLarge, parse_content_type
from mockbot.dataclass import dataclass
from mockbot.response import Response
from mockbot.world.call import Call

MOST_TEXT = 500_000
"""Bytes of a part without a file name; a longer one gets 413 (section 15)."""


def upload_file(call: Call) -> Ok | Failure | Crash | Response:
    """Store the first part called `file` that has a file name; its content is not examined."""
    parts = _parts(call)
    if isinstance(parts, TooLarge):
        return page(413) if call.settings.contract == "observe" else ENVELOPE.refusal(413, parts.reason)
    sent = next((part for part in parts if part.name == "file" and part.filename is not None), None)
    if sent is None or sent.filename is None:
        return Failure("Missing key: file")
    stored = disk.upload(call.world, sent.filename, media_type(sent.content_type), sent.data)
    if isinstance(stored, Unstorable):
        return Crash(f"the file name cannot be stored: {stored.reason}", "/file")
    return Ok({"attachment_id": stored.id, "filename": stored.filename, "type": stored.type})


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Why a form exceeds a limit of AstrBot's framework."""

    reason: str


def _parts(call: Call) -> list[BodyPart] | TooLarge:
    media, parameters = parse_content_type(call.content_type)
    if media != "multipart/form-data":
        return []
    try:
        parts = call.transaction.parts(parameters.get("boundary", ""))
    except FormTooLarge as error:
        return TooLarge(f"the form is too large: {error}")
    except ValueError:
        return []
    if any(part.filename is None and len(part.data) > MOST_TEXT for part in parts):
        return TooLarge(f"a text field of the form has more than {MOST_TEXT} bytes")
    return parts
