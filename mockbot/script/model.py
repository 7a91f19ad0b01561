"""The contents of a script file, as values: which request a script is for, and what the agent or a plugin does.

The texts still contain their placeholders (template.py), which are filled when the script is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON, compact, texts
from mockbot.script.calls import CallWhen
from mockbot.script.usage import Usage as Usage
from mockbot.script.when import When


@dataclass(frozen=True, slots=True)
class WaitStep:
    """A pause, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class FaultStep:
    """A fault at this place of the stream."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Reason:
    """Reasoning that the model streams before its text: a string is split into deltas, a tuple has one text a delta."""

    text: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Text that the model streams, one delta `every` seconds; `reason` is reasoning inside the same deltas."""

    text: str | tuple[str, ...]
    every: float = 0.0
    reason: str | tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fail:
    """The model call fails: with an HTTP `status` and `message`, `type`, `code`, or with the exception `error`."""

    message: str
    status: int | None = None
    error: str = ""
    type: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SentPart:
    """One part of a message that a tool or a plugin sends; of a media file the name and its `extension` (".txt")."""

    kind: Literal["text", "direct", "json", "image", "record", "file", "video"]
    text: str = ""
    json: JSON = None
    extension: str = ""
    name: str = ""


MOST_DATA = 500_000
"""Characters of the arguments, and of the result, of a tool call; a frame has them as JSON in a text."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call: its arguments, what the tool sends and what it returns; the kind "nothing" ends the run.

    The kind "unknown" is a tool that does not exist.
    """

    tool: str
    args: dict[str, JSON] = field(default_factory=dict)
    id: str | None = None
    kind: Literal["result", "error", "image", "nothing", "unknown"] = "nothing"
    result: str = ""
    takes: float = 0.0
    sends: tuple[SentPart, ...] = ()


ModelStep: TypeAlias = WaitStep | FaultStep | Reason | Say | Fail


@dataclass(frozen=True, slots=True)
class Round:
    """One model call: what it streams, then the tools it calls in parallel (usually none in the last round)."""

    steps: tuple[ModelStep, ...] = ()
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the agent. Without `usage` the world's is reported; the stream ends `linger` seconds after the text."""

    rounds: tuple[Round, ...] = (Round(),)
    usage: Usage | None = None
    linger: float = 0.0


@dataclass(frozen=True, slots=True)
class Raise:
    """A plugin's handler raises an exception; the server reports it to the user."""

    plugin: str
    handler: str
    error: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a plugin: a message of several parts."""

    parts: tuple[SentPart, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """What a plugin command sends, in order; without steps it sends nothing."""

    steps: tuple[Result | Raise | WaitStep | FaultStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames that replace the whole stream, unchecked: JSON values, or strings that need not be JSON."""

    frames: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The title that the model gives to an untitled session; None leaves the session untitled."""

    text: str | None = None


Action: TypeAlias = Run | Command | Frames | Title


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response. Texts in `headers` and `body` still contain their placeholders, unless it is `literal`."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """Without Content-Type and Content-Length."""
    media_type: str = ""
    """The Content-Type; empty if there is no body."""
    body: JSON | bytes = None
    """A JSON value, bytes, or a text if `is_text`."""
    is_text: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True)
class EventStep:
    """An event of a stream, or a comment if `comment` is not None; `data` is a JSON value, or a text sent unchanged."""

    data: JSON = ""
    event: str = "message"
    id: str = ""
    retry: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """A stream of events (text/event-stream) with status 200."""

    steps: tuple[EventStep | WaitStep | FaultStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a script for an operation sends, and for which requests."""

    when: CallWhen
    sends: Answer | Events
    violates: bool = False
    """Whether it is sent without validation."""


@dataclass(frozen=True, slots=True)
class Script:
    """A condition and an action; `place` is `file:line`, `written` the script in the form of its file.

    A script with a `reply` is for an operation; its `action` and `when` are then not used.
    """

    name: str
    action: Action
    when: When = field(default_factory=When)
    times: int | None = None
    requires: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    place: str = "built in"
    written: JSON = None
    reply: Reply | None = None
    _identity: tuple[str, bytes] | None = field(default=None, init=False, repr=False, compare=False)
    _length: tuple[int, int] | None = field(default=None, init=False, repr=False, compare=False)
    """How many characters its texts have, and how many placeholders."""

    @property
    def has_name(self) -> bool:
        """Return whether its author gave it a name; otherwise its place is its name."""
        return self.name != self.place

    @property
    def identity(self) -> tuple[str, bytes]:
        """Return what two scripts share that are written alike, wherever they are in a file."""
        found = self._identity
        if found is None:
            found = self.name if self.has_name else "", compact(self.written)
            object.__setattr__(self, "_identity", found)
        return found

    def longest(self, message: int) -> int:
        """Return about how many characters it sends at most in response to a message of some characters."""
        found = self._length
        if found is None:
            found = sum(map(len, texts(self.written))), sum(text.count("{") for text in texts(self.written))
            object.__setattr__(self, "_length", found)
        own, placeholders = found
        return own + placeholders * message

    @property
    def is_command(self) -> bool:
        """Return whether a plugin answers instead of the model; then the model is not asked for a title either."""
        return isinstance(self.action, Command)


def echo() -> Script:
    """Return the built-in script for requests that match no other: the model repeats the message."""
    return Script("echo", Run((Round((Say("{message}"),)),)))
