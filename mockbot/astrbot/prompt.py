"""The request to the model, for the placeholder `{request}` (BEHAVIOUR.md section 8.2; SETUP.md, tag dump)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone

from mockbot.astrbot.message import Media, Part, Plain, Reply
from mockbot.astrbot.state import state_of
from mockbot.jsontext import JSON
from mockbot.matching import bare
from mockbot.script.when import ChatRequest
from mockbot.world.world import World

CHINA = timezone(timedelta(hours=8), "CST")
INLINE = 64 * 1024
"""The most bytes of all images in the prompt; the rest is omitted."""


def prompt(world: World, request: ChatRequest, parts: Iterable[Part], earlier: int) -> JSON:
    """Return model, stream, number of messages, the user's message and the tools, as one JSON object."""
    provider = state_of(world).provider(request.provider)
    clock = datetime.fromtimestamp(world.clock.now(), UTC).astimezone(CHINA)
    user: list[JSON] = [{"type": "text", "text": bare(request.message)}] if request.message else []
    user += [{"type": "text", "text": text} for text in _texts(world, parts)]
    user.append(
        {"type": "text", "text": f"<system_reminder>Current datetime: {clock:%Y-%m-%d %H:%M} (CST)</system_reminder>"}
    )
    user += [{"type": "image_url", "image_url": {"url": url, "id": None}} for url in _images(world, parts)]
    return {
        "model": request.model or (provider.model if provider else ""),
        "stream": request.streaming,
        "n_messages": 2 * max(earlier, 1),
        "last_user": user,
        "tools": list[JSON](sorted(state_of(world).tools)),
    }


def _texts(world: World, parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Reply):
            yield f"<Quoted Message>\n{quoted(world, part)}\n</Quoted Message>"
        elif isinstance(part, Media) and part.attachment.type == "file":
            path = part.attachment.path if world.attachments.content(part.attachment) is not None else ""
            yield f"[File Attachment: name {part.attachment.filename}, path {path}]"
        elif isinstance(part, Media) and part.attachment.type == "image":
            yield f"[Image Attachment: path {part.attachment.path}]"


def quoted(world: World, reply: Reply) -> str:
    """Return the text that a reply quotes: the selected one, or that of the stored message (section 11)."""
    if reply.selected_text:
        return reply.selected_text
    row = world.history.find(reply.message_id)
    return "" if row is None else f"({row.sender}): {row.text}"


def _images(world: World, parts: Iterable[Part]) -> Iterator[str]:
    left = INLINE
    for part in parts:
        if isinstance(part, Media) and part.attachment.type == "image":
            content = (world.attachments.content(part.attachment) or b"")[:left]
            left -= len(content)
            yield f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def plain_text(parts: Iterable[Part]) -> str:
    """Return the text of a message: its plain parts, joined and stripped of whitespace."""
    return "".join(part.text for part in parts if isinstance(part, Plain)).strip()
