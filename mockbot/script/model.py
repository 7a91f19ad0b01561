"""What a script file says, as values: which request a script is for and what it makes AstrBot do.

The texts in here still hold their placeholders (template.py); they are filled when the script is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON
from mockbot.script.when import When


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one model call reports: `input` is the whole prompt, `cached` the part of it from the cache."""

    input: int = 0
    cached: int = 0
    output: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input + other.input, self.cached + other.cached, self.output + other.output)


@dataclass(frozen=True, slots=True)
class WaitStep:
    """Silence, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class FaultStep:
    """A fault at this place of the stream."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Reason:
    """Reasoning that the model streams before it speaks; a string is split into deltas, a tuple is one delta each."""

    text: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Text that the model streams: `every` seconds apart; `reason` is carried inside the same deltas (8.5: lost)."""

    text: str | tuple[str, ...]
    every: float = 0.0
    reason: str | tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fail:
    """The model call fails: an HTTP `status` of its server with `message`, `type`, `code`, or an exception `error`."""

    message: str
    status: int | None = None
    error: str = ""
    type: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message that a tool or a plugin sends; of a medium only its `extension` (".txt") goes out."""

    kind: Literal["text", "direct", "json", "image", "record", "file", "video"]
    text: str = ""
    json: JSON = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call: what the tool is asked, sends by itself and gives back (kind "nothing" ends the run)."""

    tool: str
    args: dict[str, JSON] = field(default_factory=dict)
    id: str | None = None
    kind: Literal["result", "error", "image", "nothing"] = "nothing"
    result: str = ""
    takes: float = 0.0
    sends: tuple[Part, ...] = ()


Step: TypeAlias = WaitStep | FaultStep | Reason | Say | Fail


@dataclass(frozen=True, slots=True)
class Round:
    """One model call: what it streams, then the tools it calls, all at once (none in the last round of most runs)."""

    steps: tuple[Step, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """An agent run. `usage` None: the world's own; `linger`: seconds the stream stays open after all is said."""

    rounds: tuple[Round, ...] = (Round(),)
    usage: Usage | None = None
    linger: float = 0.0


@dataclass(frozen=True, slots=True)
class Raise:
    """A plugin's handler raises: AstrBot tells the user so (8.5)."""

    plugin: str
    handler: str
    error: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a plugin: its parts, of which AstrBot sends the records first."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """What a plugin command sends, in order; nothing at all when it stops the event."""

    steps: tuple[Result | Raise | WaitStep | FaultStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames sent as they stand, for what no agent would do: JSON values, or strings that are not even JSON."""

    frames: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The title the model gives an untitled session; None when it finds none or fails: either leaves it untitled."""

    text: str | None = None


Action: TypeAlias = Run | Command | Frames | Title


@dataclass(frozen=True, slots=True)
class Script:
    """When (which request) and what then; `place` is `file:line`, `written` the script as its file has it."""

    name: str
    action: Action
    when: When = field(default_factory=When)
    times: int | None = None
    requires: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    place: str = "built in"
    written: JSON = None

    @property
    def is_command(self) -> bool:
        """Whether a plugin answers, not the model: then no provider is asked and no session titled."""
        return isinstance(self.action, Command)


def echo() -> Script:
    """Return the built-in answer for a request that no script is for: the model repeats the message."""
    return Script("echo", Run((Round((Say("{message}"),)),)))
