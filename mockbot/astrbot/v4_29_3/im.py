"""POST /api/v1/im/message and /im/messages: proactive messages (BEHAVIOUR.md section 7)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import Failure, Fixed, Result
from mockbot.astrbot.im import send
from mockbot.astrbot.message import Media, Part, Plain, Reply
from mockbot.astrbot.v4_29_3 import stored
from mockbot.astrbot.v4_29_3.details import Check, Model, optional, text
from mockbot.astrbot.v4_29_3.output import Output, media_part
from mockbot.astrbot.v4_29_3.run import Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.jsontext import JSON
from mockbot.world.call import Call
from mockbot.world.records import Attachment
from mockbot.world.world import World

MODEL = Model({"umo": optional(text), "type": optional(text)})


def send_message(call: Call) -> Fixed | Failure:
    """Send a message to a platform."""
    return send(call, call.transaction.parsed, deliver)


def deliver(world: World, conversation: str, parts: list[Part]) -> None:
    """Push a message into the open runs of a conversation, or store it if there are none."""
    said: list[Plain | Media] = [part for part in parts if not isinstance(part, Reply)]
    runs = state_of(world).runs.of(conversation)
    if not runs:
        world.history.add(conversation, "bot", [_row_part(world, part) for part in said])
        return
    for run in runs:
        _push(world, run, said)


def _push(world: World, run: Run, parts: list[Plain | Media]) -> None:
    output, data = Output(world, run), ""
    for part in parts:
        if isinstance(part, Plain):
            data = output.pushed_text(part.text)
        elif part.attachment.type != "video":
            data = output.attachment(copied(world, part.attachment), streaming=True)
    output.pushed(data)


def _row_part(world: World, part: Plain | Media) -> dict[str, JSON]:
    if isinstance(part, Plain):
        return {"type": "plain", "text": part.text}
    return media_part(copied(world, part.attachment), posixpath.basename(part.attachment.path))


def copied(world: World, original: Attachment) -> Attachment:
    """Copy an attachment to a new record and file."""
    extension = posixpath.splitext(original.path)[1]
    return world.attachments.copy(original, f"{FOLDER}/{stored.stamp(world)}{extension}")


OPERATIONS = ("POST /api/v1/im/message", "POST /api/v1/im/messages")
HANDLERS: Mapping[str, Callable[[Call], Result]] = dict.fromkeys(OPERATIONS, send_message)
BODIES: Mapping[str, Check] = dict.fromkeys(OPERATIONS, MODEL)
