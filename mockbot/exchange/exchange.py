"""Recorded exchanges: requests, and the responses to expect; the format is contracts/formats/exchange.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mockbot.jsontext import JSON

ANY = "any"
"""The installation that every AstrBot 4.19.4 has."""
EVERYTHING = "abk_all"
"""What exchanges call the key that opens everything."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose texts may hold names."""

    method: str
    path: str
    query: Mapping[str, JSON]
    headers: Mapping[str, JSON]
    key: str | None
    """The name of the key that X-API-Key carries; None sends none."""
    version: str
    wait: float
    """Seconds to wait before it."""
    kind: Literal["none", "json", "text", "base64", "form"]
    content: JSON
    """The body, in the way of its kind."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What the answer must be; values are literal or matchers (`matchers.py`)."""

    status: int = 200
    reason: str | None = None
    headers: Mapping[str, JSON] | None = None
    absent: tuple[str, ...] = ()
    kind: Literal["any", "json", "text", "frames"] = "any"
    content: JSON = None
    """The body, in the way of its kind: for frames, their array."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request and its answer; `capture` gives names to parts of the answer, by JSON pointer."""

    request: Request
    expect: Expect
    capture: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one or several steps show; the last of them is what was recorded, those before prepare it."""

    name: str
    place: str
    """`file:line`, for people."""
    file: str
    """The file's name without its ending."""
    given: str
    """The fixture whose installation the server must have, or `any`."""
    recorded: str
    slow: bool
    steps: tuple[Step, ...]
    keys: frozenset[str]
    """The names of the keys that it uses."""

    @property
    def id(self) -> str:
        """Return `file: name`, what `--only` looks at."""
        return f"{self.file}: {self.name}"
