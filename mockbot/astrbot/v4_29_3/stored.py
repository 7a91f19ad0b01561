"""The names under which AstrBot 4.29.3 stores files (BEHAVIOUR.md sections 9.1 and 11.4)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from mockbot.astrbot.disk import FOLDER
from mockbot.world.records import Attachment, MediaType
from mockbot.world.world import World

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""An image of one pixel."""
WAV = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0"
"""A record without a sound."""
CONTENTS: dict[str, bytes] = {"image": PNG, "record": WAV}
EXTENSIONS = {"image": ".png", "record": ".wav"}


def stamp(world: World) -> str:
    """Return a new name: the time in UTC to the millisecond, `_` and four hexadecimal digits."""
    moment = datetime.fromtimestamp(world.clock.now(), UTC)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}_{world.ids.uuid()[:4]}"


def new_path(world: World, ending: str) -> str:
    """Return a path in the folder of attachments that no file has: a time stamp and `ending`."""
    while world.attachments.at(path := f"{FOLDER}/{stamp(world)}{ending}") is not None:
        pass
    return path


def send(world: World, kind: MediaType, extension: str) -> Attachment:
    """Store a file that the bot sends; its content is a small sample."""
    path = new_path(world, extension or EXTENSIONS.get(kind, ""))
    return world.attachments.store(path, kind, CONTENTS.get(kind, b""))
