"""Proactive messages (BEHAVIOUR.md section 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from mockbot.astrbot.handler import Failure, Fixed
from mockbot.astrbot.installation import WEBCHAT, Bot
from mockbot.astrbot.message import Invalid, Part, strict_parts
from mockbot.astrbot.state import AstrBotState, fixed, state_of
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.world.call import Call
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


Deliver: TypeAlias = Callable[[World, str, list[Part]], None]
"""Pushes a message to a webchat conversation, which is the text."""


@fixed
def sent(_: AstrBotState) -> JSON:
    """Return what is answered once a message is sent."""
    return {}


def send(call: Call, given: Mapping[str, JSON], deliver: Deliver) -> Fixed | Failure:
    """Send a message to a platform; the checks are in AstrBot's order, and the first mistake is reported."""
    world = call.world
    message, umo = given.get("message", {}), given.get("umo")
    if message is None:
        return Failure("Missing key: message")
    if not umo:
        return Failure("Missing key: umo")
    target = parse_umo(str(umo))
    if isinstance(target, Invalid):
        return Failure(f"Invalid umo: {target.message}")
    bot = state_of(world).bot(target.platform)
    if bot is None:
        return Failure(f"Bot not found or not running for platform: {target.platform}")
    parts = strict_parts(message, world.attachments)
    if isinstance(parts, Invalid):
        return Failure(parts.message)
    if bot.type == WEBCHAT.type and bot == WEBCHAT:
        deliver(world, target.conversation, parts)
    elif isinstance(refused := send_to_adapter(bot, target), Invalid):
        return Failure(refused.message)
    return sent(call)


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
