"""The input for playing a script (a turn), and the items that playing it yields (frames, waits, faults)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import partial
from sys import getsizeof
from typing import TypeAlias

from mockbot.bounded import footprint
from mockbot.dataclass import dataclass
from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON, spaced
from mockbot.matching import bare
from mockbot.script.template import Filling, Values
from mockbot.script.usage import Usage
from mockbot.script.when import ChatRequest


def request_values(request: ChatRequest, groups: Mapping[str, str], number: int) -> dict[str, Callable[[], str]]:
    """Return the values of the placeholders that depend on the request only: REQUEST_NAMES and regex groups."""
    known: dict[str, Callable[[], str]] = {
        "message": partial(bare, request.message),
        "username": partial(str, request.username),
        "session_id": partial(str, request.session_id),
        "umo": partial(str, request.umo),
        "n": partial(str, number),
    }
    return known | {name: partial(str, value) for name, value in groups.items()}


@dataclass(frozen=True, slots=True)
class Turn:
    """One chat request and everything needed to play a script for it.

    `now` returns seconds since 1970. `reasoning` decides whether reasoning is shown; `usage` is what a model call
    reports when the script has no usage; `follow_ups` returns the messages that arrived while a tool ran, each once;
    `number` is the value of {n}; `groups` are the named groups of the script's regexes; `prompt`, the request to the
    model, is the value of {request}.
    """

    request: ChatRequest
    message_id: str
    now: Callable[[], float]
    uuid: Callable[[], str]
    reasoning: bool = False
    usage: Usage = field(default_factory=Usage)
    follow_ups: Callable[[], Sequence[str]] = tuple
    number: int = 1
    groups: Mapping[str, str] = field(default_factory=dict)
    prompt: JSON = None

    def values(self) -> Values:
        """Return the value of each placeholder (template.py)."""
        own: dict[str, Callable[[], str]] = {
            "now": lambda: datetime.fromtimestamp(self.now(), UTC).isoformat(),
            "uuid": self.uuid,
            "request": partial(spaced, self.prompt),
        }
        return Filling(request_values(self.request, self.groups, self.number) | own)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the stream; its keys are sent in this order."""

    data: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds that the model, a tool or a plugin takes before the next item; the pace of frames comes on top."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cue:
    """A fault that starts here and changes the rest of the stream."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A frame sent unchecked: a JSON value, or a text that follows `data: ` unchanged."""

    data: JSON


def weight(item: object) -> int:
    """Return the bytes of memory of an item that waits for a client."""
    if type(item) is Frame:
        text = item.data.get("data")
        if type(text) is str and "reasoning" not in item.data:
            return 1024 + getsizeof(text)
    return 1024 + footprint(item.data) if isinstance(item, Frame | Verbatim) else 64


Played: TypeAlias = Frame | Wait | Cue | Verbatim
