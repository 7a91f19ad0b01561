"""What a world is made of. The frozen records come from a fixture, the others change while the world runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mockbot.jsontext import JSON

ALL_SCOPES = frozenset({"chat", "config", "file", "im"})
DATA = "/AstrBot/data"
"""Where the real server's files are said to be; nothing of mockbot's is stored there."""

MediaType = Literal["image", "record", "file", "video"]


@dataclass(frozen=True, slots=True)
class Key:
    """An API key and what it may do (BEHAVIOUR.md section 2)."""

    key: str
    scopes: frozenset[str] | None = None
    """Names, compared exactly; `*` allows all; None (stored null) allows the four that exist."""
    expires: float | None = None
    """Seconds since 1970; None: never."""
    revoked: bool = False

    def valid(self, now: float) -> bool:
        """Tell whether the key is good at all."""
        return not self.revoked and (self.expires is None or self.expires > now)

    def allows(self, scope: str) -> bool:
        """Tell whether the key reaches operations of `scope`."""
        scopes = ALL_SCOPES if self.scopes is None else self.scopes
        return "*" in scopes or scope in scopes


@dataclass(frozen=True, slots=True)
class Bot:
    """An entry of AstrBot's platform list (BEHAVIOUR.md sections 4 and 7)."""

    id: str
    type: str = "generic"
    """`onebot` wants numeric session ids and a connected client; any other type takes everything."""
    enabled: bool = True
    connected: bool = True


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many messages a session may send in a window; `stall` waits, `discard` drops (BEHAVIOUR.md section 8.6)."""

    count: int = 30
    seconds: float = 60.0
    strategy: Literal["stall", "discard"] = "stall"


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that a chat can be routed to (BEHAVIOUR.md section 5)."""

    id: str
    name: str
    path: str
    streaming: bool = False
    """What `enable_streaming: null` means."""
    reasoning: bool = False
    """Whether the model's reasoning is shown."""
    admins: tuple[str, ...] = ("astrbot",)
    rate_limit: RateLimit = field(default_factory=RateLimit)

    @property
    def is_default(self) -> bool:
        """Tell whether this is the one that applies without a route."""
        return self.id == "default"


@dataclass(frozen=True, slots=True)
class Provider:
    """A model provider; the first of a fixture is the default one."""

    id: str
    model: str
    down: bool = False
    """Every call fails with a connection error."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file's record; the bytes are kept under `path`, a name in the world's own store, never on a disk."""

    id: str
    filename: str
    type: MediaType
    path: str


@dataclass(slots=True)
class Session:
    """A chat session's row (BEHAVIOUR.md section 6)."""

    session_id: str
    creator: str
    created_at: float
    updated_at: float
    number: int
    """Counts up; breaks ties of `updated_at`."""
    platform_id: str = "webchat"
    display_name: str | None = None
    turns: int = 0
    """Messages that reached the pipeline."""
    model_calls: int = 0
    """Those of them that the model answered."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A message of a conversation; user and bot rows share one counter (BEHAVIOUR.md section 8.4)."""

    id: int
    conversation: str
    sender: Literal["user", "bot"]
    parts: tuple[dict[str, JSON], ...]
    created_at: float

    @property
    def text(self) -> str:
        """Return the plain text of the message."""
        return "".join(str(part.get("text", "")) for part in self.parts if part.get("type") == "plain")
