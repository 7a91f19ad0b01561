"""The request to the model, for the placeholder `{request}` (BEHAVIOUR.md section 11.2; SETUP.md, tag dump)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from mockbot.astrbot.message import Media, Part, Reply
from mockbot.astrbot.prompt import Quotes, as_json, attached_images, images, reminder, text, words
from mockbot.astrbot.v4_29_3.files import IMAGES
from mockbot.jsontext import JSON
from mockbot.script.when import ChatRequest
from mockbot.world.records import Attachment
from mockbot.world.world import World


def prompt(world: World, request: ChatRequest, parts: Iterable[Part], earlier: int) -> JSON:
    """Return model, stream, number of messages, the user's message and the tools, as one JSON object."""
    parts = list(parts)
    user = [*words(request), *map(text, _texts(world, parts))]
    user.append(text(reminder(world, "%Y-%m-%d %H:%M (CST), Weekday: %A")))
    shown = [record for record in attached_images(parts) if world.attachments.content(record) is not None]
    user += map(text, _skipped(world, shown))
    user += images(world, (record for record in shown if _is_image(world, record)))
    return as_json(world, request, user, earlier)


def _texts(world: World, parts: Iterable[Part]) -> Iterator[str]:
    quote = Quotes(world)
    for part in parts:
        match part:
            case Reply():
                yield f"<Quoted Message>\n{quote(part)}\n</Quoted Message>"
            case Media(record, name) if record.type == "file":
                path = record.path if world.attachments.content(record) is not None else ""
                yield f"[File Attachment: name {name or posixpath.basename(record.path)}, path {path}]"
            case Media(record) if record.type == "image" and world.attachments.content(record) is None:
                yield "[Image unavailable]"
            case Media(record) if record.type == "image" and _is_image(world, record):
                yield f"[Image Attachment: path {record.path}]"


def _skipped(world: World, records: Iterable[Attachment]) -> Iterator[str]:
    for record in records:
        if not _is_image(world, record):
            name = posixpath.basename(record.path)
            place = f"local media path name={name!r} len={len(record.path)}"
            yield f"[Image Attachment: original path {place}; skipped: image unavailable]"


def _is_image(world: World, record: Attachment) -> bool:
    content = world.attachments.content(record) or b""
    return any(beginning.match(content) for beginning in IMAGES)
