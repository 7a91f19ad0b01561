"""The frames of a recorded chat stream, and what a client sees of them apart from identifiers and times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.record.exchange import Exchange
from mockbot.record.texts import without_identifiers
from mockbot.sse import Parser

MEDIA = ("image", "record", "file", "video")
EXTENSION = re.compile(r"^\[[A-Z]+\]([^|]*?)(\.[^.|/]*)?(?:\|(.*))?$", re.DOTALL)
"""The data of a media frame: the stored name, its extension, and the name of the file if it has one."""
AROUND = ("session_id", "run_started", "user_message_saved", "attachment_saved", "message_saved", "end")
"""Frames that follow from others, or that begin and end a stream."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and when it came, in seconds from the beginning of the exchange; a text if its data is not JSON."""

    at: float
    value: JSON

    @property
    def row(self) -> dict[str, Any]:
        """Return the value if it is an object, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def kind(self) -> str:
        """Return its type."""
        return str(self.row.get("type"))

    @property
    def chain(self) -> str | None:
        """Return its chain type; None if it has none."""
        found = self.row.get("chain_type")
        return None if found is None else str(found)

    @property
    def text(self) -> str:
        """Return its data as text."""
        return str(self.row.get("data", ""))

    @property
    def streaming(self) -> bool:
        """Return whether it is a part of a text."""
        return bool(self.row.get("streaming"))

    @property
    def is_delta(self) -> bool:
        """Return whether it is a part of what the model says or reasons."""
        return self.kind == "plain" and self.streaming and self.chain in (None, "reasoning")

    def inside(self) -> dict[str, Any]:
        """Return the object in the text of its data, empty if there is none."""
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def frames_of(exchange: Exchange) -> list[Frame]:
    """Return the frames of an exchange; raise ValueError if its body cannot be decoded."""
    parser, found = Parser(), []
    for piece in exchange.decoded():
        for event in parser.feed(piece.data):
            try:
                value: JSON = json.loads(event.data)
            except (ValueError, RecursionError):
                value = event.data
            found.append(Frame(piece.at, value))
    return found


def essence(frames: Iterable[Frame]) -> list[JSON]:
    """Return what is the same when a reply is given again: the frames without identifiers, times and numbers.

    Texts in pieces are joined, so that it does not matter where a model puts the borders of its pieces.
    """
    found: list[JSON] = []
    for kind, same in groupby(map(_essence, frames), key=lambda each: each[0]):
        data = [each for _, each in same]
        found += [[kind, "".join(map(str, data))]] if kind.startswith("delta") else [[kind, each] for each in data]
    return [without_identifiers(each) for each in found]


def _essence(frame: Frame) -> tuple[str, JSON]:
    if frame.is_delta:
        return f"delta {frame.chain}", frame.text
    if frame.kind in MEDIA:
        found = EXTENSION.match(frame.text)
        return frame.kind, [found[2], found[3]] if found else frame.text
    if frame.kind == "plain":
        inside = frame.inside()
        if frame.chain == "tool_call":
            return "tool_call", [inside.get("name"), inside.get("args")]
        if frame.chain == "tool_call_result":
            return "tool_call_result", _without_call_ids(str(inside.get("result")))
        return f"plain {frame.chain} {frame.streaming}", frame.text
    if frame.kind == "complete":
        return "complete", [frame.text, frame.row.get("reasoning")] if "reasoning" in frame.row else "push"
    if frame.kind in AROUND or frame.kind == "agent_stats":
        return frame.kind, None
    return "other", without_message_id(frame.value)


def without_message_id(value: JSON) -> JSON:
    """Return a frame without the identifier of its message."""
    return {name: item for name, item in value.items() if name != "message_id"} if isinstance(value, dict) else value


def _without_call_ids(text: str) -> str:
    return re.sub(r"call_[0-9A-Za-z]+", "<call>", text)


def inner(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Yield the frames that a script is responsible for."""
    return (frame for frame in frames if frame.kind not in AROUND)
