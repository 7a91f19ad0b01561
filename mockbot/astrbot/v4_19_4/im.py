"""POST /api/v1/im/message: proactive messages, pushed into open streams (BEHAVIOUR.md section 7)."""

from __future__ import annotations

from mockbot.astrbot import disk
from mockbot.astrbot.handler import Crash, Failure, Fixed
from mockbot.astrbot.im import send
from mockbot.astrbot.message import Media, Part, Plain, Reply
from mockbot.astrbot.v4_19_4.body import fields
from mockbot.astrbot.v4_19_4.pages import page
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script.turn import Frame
from mockbot.world.call import Call
from mockbot.world.live import OpenStream
from mockbot.world.world import World


def send_message(call: Call) -> Fixed | Failure | Response | Crash:
    """Send a message to a platform."""
    given = fields(call, ("umo", "message"))
    if given == "unreadable":
        return page(400)
    return given if isinstance(given, Crash) else send(call, given, deliver)


def deliver(world: World, conversation: str, parts: list[Part]) -> None:
    """Push a message into the open streams of a conversation, or store it if there are none (section 7)."""
    streams = world.live.streams(conversation)
    if not streams:
        stored = [history_part(world, part) for part in parts if not isinstance(part, Reply)]
        world.history.add(conversation, "bot", stored)
        return
    for stream in streams:
        for part in sorted(parts, key=lambda part: not _is_record(part)):
            frame = pushed_frame(world, stream, part)
            if frame is not None:
                stream.offer(frame)  # dropped if the stream is full


def history_part(world: World, part: Plain | Media) -> dict[str, JSON]:
    """Return a part in the form that the history stores; media are copied to new attachments."""
    if isinstance(part, Plain):
        return {"type": "plain", "text": part.text}
    record = disk.copy(world, part.attachment)
    return {"type": record.type, "attachment_id": record.id, "filename": record.filename}


def pushed_frame(world: World, stream: OpenStream, part: Part) -> Frame | None:
    """Return the frame of a pushed part, with the stream's message id; replies and videos have none."""
    if isinstance(part, Reply):
        return None
    if isinstance(part, Plain):
        data: dict[str, JSON] = {"type": "plain", "data": part.text, "streaming": False, "chain_type": None}
        return Frame({**data, "message_id": stream.message_id})
    kind = part.attachment.type
    if kind == "video":
        return None
    extension = {"image": ".jpg", "record": ".wav"}.get(kind) or _extension(part.attachment.filename)
    name = f"[{kind.upper()}]{world.ids.uuid()}{extension}"
    return Frame({"type": kind, "data": name, "streaming": False, "message_id": stream.message_id})


def _is_record(part: Part) -> bool:
    return isinstance(part, Media) and part.attachment.type == "record"


def _extension(filename: str) -> str:
    stem, dot, extension = filename.rpartition(".")
    return f"{dot}{extension}" if stem else ""
