"""What a script is played with (a turn) and what playing it yields (frames, waits, faults that are due)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON, spaced
from mockbot.matching import bare
from mockbot.script.model import Usage
from mockbot.script.template import Values
from mockbot.script.when import ChatRequest


def request_values(request: ChatRequest, groups: Mapping[str, str], number: int) -> dict[str, Callable[[], str]]:
    """Return what fills the placeholders that a request alone can fill (template.REQUEST_NAMES and regex groups)."""
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
    """One answer about to be given, and all the agent needs to know for it.

    `reasoning`: whether reasoning is shown (`display_reasoning_text`); `usage`: what a model call reports when the
    script does not say; `follow_ups` takes the messages that came while a tool was at work; `number` fills {n};
    `groups` are the named groups of the script's regexes; `prompt` fills {request}: what the model was asked.
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
        """Return what fills each placeholder (template.py)."""
        own: dict[str, Callable[[], str]] = {
            "now": lambda: datetime.fromtimestamp(self.now(), UTC).isoformat(),
            "uuid": self.uuid,
            "request": partial(spaced, self.prompt),
        }
        return request_values(self.request, self.groups, self.number) | own


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it goes out, keys in AstrBot's order."""

    data: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds of the model, a tool or a plugin at work before what comes next (the pace of frames is the stream's)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cue:
    """A fault is due at this place and bends what follows."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A frame sent as it stands, checked by nobody: a JSON value, or a text that follows `data: ` as it is."""

    data: JSON


Played: TypeAlias = Frame | Wait | Cue | Verbatim
