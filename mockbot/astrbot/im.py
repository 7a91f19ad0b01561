"""POST /api/v1/im/message: proactive messages (BEHAVIOUR.md section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from mockbot.astrbot import disk
from mockbot.astrbot.body import fields
from mockbot.astrbot.envelope import error, ok, page
from mockbot.astrbot.handler import Crash, operation
from mockbot.astrbot.installation import WEBCHAT, Bot
from mockbot.astrbot.message import Invalid, Media, Part, Plain, Reply, strict_parts
from mockbot.astrbot.state import state_of
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script.turn import Frame
from mockbot.world.call import Call
from mockbot.world.live import OpenStream
from mockbot.world.world import World

MESSAGE_TYPES = ("FriendMessage", "GroupMessage", "OtherMessage")


@dataclass(frozen=True, slots=True)
class Umo:
    """A unified message origin: platform id, message type, session id."""

    platform: str
    type: str
    session: str

    @property
    def conversation(self) -> str:
        """Return the webchat conversation: `<conv>` of `webchat!<user>!<conv>`, else the whole session id."""
        parts = self.session.split("!", 2)
        return parts[2] if len(parts) == 3 and parts[0] == "webchat" else self.session


@operation("POST /api/v1/im/message")
async def send_message(call: Call) -> Response | Crash:
    """Send a message to a platform; the checks are in AstrBot's order, and the first mistake is reported."""
    given = fields(call)
    if given == "unreadable":
        return page(400)
    if isinstance(given, Crash):
        return given
    message, umo = given.get("message", {}), given.get("umo")
    if message is None:
        return error("Missing key: message")
    if not umo:
        return error("Missing key: umo")
    target = parse_umo(str(umo))
    if isinstance(target, Invalid):
        return error(f"Invalid umo: {target.message}")
    bot = state_of(call.world).bot(target.platform)
    if bot is None:
        return error(f"Bot not found or not running for platform: {target.platform}")
    parts = strict_parts(message, call.world.attachments)
    if isinstance(parts, Invalid):
        return error(parts.message)
    if bot == WEBCHAT:
        deliver(call.world, target.conversation, parts)
    elif isinstance(refused := send_to_adapter(bot, target), Invalid):
        return error(refused.message)
    return ok({})


def parse_umo(text: str) -> Umo | Invalid:
    """Split a unified message origin at its first two colons."""
    parts = text.split(":", 2)
    if len(parts) < 3:
        return Invalid(f"not enough values to unpack (expected 3, got {len(parts)})")
    if parts[1] not in MESSAGE_TYPES:
        return Invalid(f"{parts[1]!r} is not a valid MessageType")
    return Umo(*parts)


def send_to_adapter(bot: Bot, target: Umo) -> Invalid | None:
    """Send a message to a platform's adapter; only that of OneBot can refuse it (section 3.2)."""
    if bot.type != "onebot":
        return None
    if not target.session.isdigit():
        return Invalid(f"无法发送消息：缺少有效的数字 session_id({target.session}) 或 event(None)")
    return None if bot.connected else Invalid("Failed to send message: ")


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
                stream.push(frame)


def history_part(world: World, part: Plain | Media) -> dict[str, JSON]:
    """Return a part as it is stored in the history; media are copied to new attachments."""
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
