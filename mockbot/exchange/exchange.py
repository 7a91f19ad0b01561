"""Recorded exchanges: requests, and the responses to expect; the format is contracts/formats/exchange.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

ANY = "any"
"""The value of `given` in exchanges that any installation can answer."""
EVERYTHING = "abk_all"
"""The name of the key with all scopes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; its texts may contain names in braces."""

    method: str
    path: str
    query: Mapping[str, JSON]
    headers: Mapping[str, JSON]
    key: str | None
    """The name of the key to send in X-API-Key; None sends no key."""
    version: str
    wait: float
    """Seconds to wait before the request."""
    kind: Literal["none", "json", "text", "base64", "form"]
    content: JSON
    """The body; its type depends on `kind`."""
    leave: int | None = None
    """The number of frames after which the client closes the connection."""


@dataclass(frozen=True, slots=True)
class Expect:
    """The expected response; values are literals or matchers (`matchers.py`)."""

    status: int = 200
    reason: str | None = None
    headers: Mapping[str, JSON] | None = None
    absent: tuple[str, ...] = ()
    kind: Literal["any", "json", "text", "base64", "frames"] = "any"
    content: JSON = None
    """The body; its type depends on `kind`. For frames, a list."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request and its expected response; `capture` names parts of the response, by JSON pointer."""

    request: Request
    expect: Expect
    capture: Mapping[str, str]
    meanwhile: Meanwhile | None = None


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Steps to play when `after` frames of a stream have come, while it goes on."""

    after: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One or more steps; the last step is the recorded one, the steps before it prepare the server."""

    name: str
    place: str
    """`file:line`."""
    file: str
    """The file's name without its ending."""
    astrbot: str
    """The version of AstrBot that responded."""
    given: str
    """The fixture that describes the required installation, or `any`."""
    recorded: str
    slow: bool
    steps: tuple[Step, ...]
    keys: frozenset[str]
    """The names of the keys in use."""

    @property
    def id(self) -> str:
        """Return `file: name`, the text that `--only` searches."""
        return f"{self.file}: {self.name}"
