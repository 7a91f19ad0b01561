"""Message parts, read strictly for im/message and leniently for chat (BEHAVIOUR.md sections 3.2, 7 and 8.2)."""

from __future__ import annotations

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.world.attachments import Attachments
from mockbot.world.records import Attachment

MEDIA = ("image", "record", "file", "video")
EMPTY = "Message content is empty (reply only is not allowed)"


@dataclass(frozen=True, slots=True)
class Plain:
    """Text."""

    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to an earlier message."""

    message_id: JSON
    selected_text: str


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment; its stored type is used, not the type in the request."""

    attachment: Attachment
    name: str = ""
    """The file name in the request."""


Part = Plain | Reply | Media


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a part cannot be used."""

    message: str


def strict_parts(message: JSON, attachments: Attachments) -> list[Part] | Invalid:
    """Return the parts of a proactive message, or the first mistake."""
    if isinstance(message, str):
        return [Plain(message.strip())] if message.strip() else Invalid(EMPTY)
    if not isinstance(message, list):
        return Invalid("message must be a string or list")
    parts: list[Part] = []
    for item in message:
        part = read_part(item, attachments)
        if isinstance(part, Invalid):
            return part
        if isinstance(part, Media) and attachments.content(part.attachment) is None:
            return Invalid(f"file not found: {part.attachment.path}")
        parts.append(part)
    parts = [part for part in parts if not _is_blank(part)]
    return parts if has_content(parts) else Invalid(EMPTY)


def lenient_parts(message: JSON, attachments: Attachments) -> list[Part]:
    """Return the usable parts of a chat message; none if there are only replies."""
    if isinstance(message, str):
        return [Plain(message.strip())] if message.strip() else []
    if not isinstance(message, list):
        return []
    read = (read_part(item, attachments) for item in message)
    parts = [part for part in read if not isinstance(part, Invalid) and not _is_blank(part)]
    return parts if has_content(parts) else []


def _is_blank(part: Part) -> bool:
    return isinstance(part, Plain) and not part.text


def has_content(parts: list[Part]) -> bool:
    """Return whether there is a part other than a reply."""
    return any(not isinstance(part, Reply) for part in parts)


def read_part(item: JSON, attachments: Attachments) -> Part | Invalid:
    """Return one part, or the mistake in it; unknown keys are ignored, and so is a path."""
    if not isinstance(item, dict):
        return Invalid("message part must be an object")
    kind = str(item.get("type", "")).strip()
    if kind == "plain":
        return Plain(str(item.get("text", "")))
    if kind == "reply":
        if item.get("message_id") is None:
            return Invalid("reply part missing message_id")
        return Reply(item["message_id"], str(item.get("selected_text", "")))
    if kind not in MEDIA:
        return Invalid(f"unsupported message part type: {kind}")
    attachment_id = item.get("attachment_id")
    if not attachment_id:
        return Invalid(f"{kind} part missing attachment_id")
    attachment = attachments.find(str(attachment_id))
    if attachment is None:
        return Invalid(f"attachment not found: {attachment_id}")
    return Media(attachment, str(item.get("filename") or ""))


def stored(part: Part) -> dict[str, JSON]:
    """Return a part in the form that the history stores."""
    if isinstance(part, Plain):
        return {"type": "plain", "text": part.text}
    if isinstance(part, Reply):
        return {"type": "reply", "message_id": part.message_id, "selected_text": part.selected_text}
    record = part.attachment
    return {"type": record.type, "attachment_id": record.id, "filename": record.filename}
