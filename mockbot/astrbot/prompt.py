"""The request to the model, for the placeholder `{request}` (BEHAVIOUR.md section 8.2; SETUP.md, tag dump)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from mockbot.astrbot.message import Media, Part, Plain, Reply
from mockbot.astrbot.state import state_of
from mockbot.jsontext import JSON
from mockbot.matching import bare
from mockbot.script.when import ChatRequest
from mockbot.world.records import Attachment
from mockbot.world.world import World

CHINA = timezone(timedelta(hours=8), "CST")
QUOTED = 8 * 1024 * 1024
"""The most characters of all quotes in the prompt."""
INLINE = 64 * 1024
"""The most bytes of all images in the prompt; the rest is omitted."""


def prompt(world: World, request: ChatRequest, parts: Iterable[Part], earlier: int) -> JSON:
    """Return model, stream, number of messages, the user's message and the tools, as one JSON object."""
    user = [*words(request), *map(text, _texts(world, parts)), text(reminder(world, "%Y-%m-%d %H:%M (CST)"))]
    user += images(world, attached_images(parts))
    return as_json(world, request, user, earlier)


def words(request: ChatRequest) -> list[JSON]:
    """Return the user's own text, if any, as parts of the request to the model."""
    return [text(bare(request.message))] if request.message else []


def text(content: str) -> JSON:
    """Return a text as a part of the request to the model."""
    return {"type": "text", "text": content}


def reminder(world: World, form: str) -> str:
    """Return the time that AstrBot adds to each message, in the form of `strftime`, which has no seconds."""
    return _reminder(int(world.clock.now() // 60), form)


@lru_cache(maxsize=16)
def _reminder(minute: int, form: str) -> str:
    clock = datetime.fromtimestamp(minute * 60, UTC).astimezone(CHINA)
    return f"<system_reminder>Current datetime: {clock.strftime(form)}</system_reminder>"


def as_json(world: World, request: ChatRequest, user: list[JSON], earlier: int) -> JSON:
    """Return the request to the model, with the parts of the user's message."""
    provider = state_of(world).provider(request.provider)
    return {
        "model": request.model or (provider.model if provider else ""),
        "stream": request.streaming,
        "n_messages": 2 * max(earlier, 1),
        "last_user": user,
        "tools": list[JSON](sorted(state_of(world).tools)),
    }


def _texts(world: World, parts: Iterable[Part]) -> Iterator[str]:
    quote = Quotes(world)
    for part in parts:
        if isinstance(part, Reply):
            yield f"<Quoted Message>\n{quote(part)}\n</Quoted Message>"
        elif isinstance(part, Media) and part.attachment.type == "file":
            path = part.attachment.path if world.attachments.content(part.attachment) is not None else ""
            yield f"[File Attachment: name {part.attachment.filename}, path {path}]"
        elif isinstance(part, Media) and part.attachment.type == "image":
            yield f"[Image Attachment: path {part.attachment.path}]"


class Quotes:
    """What the replies of a message quote: the selected text, or that of the stored message (section 11).

    Together they have at most QUOTED characters; the rest is omitted.
    """

    def __init__(self, world: World) -> None:
        self._world, self._left = world, QUOTED

    def __call__(self, reply: Reply) -> str:
        """Return what one reply quotes."""
        if self._left <= 0:
            return ""
        row = None if reply.selected_text else self._world.history.find(reply.message_id)
        text = reply.selected_text or ("" if row is None else f"({row.sender}): {row.text}")
        text = text[: self._left]
        self._left -= len(text)
        return text


def attached_images(parts: Iterable[Part]) -> list[Attachment]:
    """Return the images of a message."""
    media = (part.attachment for part in parts if isinstance(part, Media))
    return [record for record in media if record.type == "image"]


def images(world: World, records: Iterable[Attachment]) -> Iterator[JSON]:
    """Yield images as parts of the request to the model, all together at most INLINE bytes of them."""
    left = INLINE
    for record in records:
        content = (world.attachments.content(record) or b"")[:left]
        left -= len(content)
        url = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
        yield {"type": "image_url", "image_url": {"url": url, "id": None}}


def plain_text(parts: Iterable[Part]) -> str:
    """Return the text of a message: its plain parts, joined and stripped of whitespace."""
    return "".join(part.text for part in parts if isinstance(part, Plain)).strip()
