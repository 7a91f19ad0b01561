"""What a world is made of. The frozen records come from a fixture, the others change while the world runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mockbot.jsontext import JSON

MediaType = Literal["image", "record", "file", "video"]


@dataclass(frozen=True, slots=True)
class Key:
    """An API key and what it may do."""

    key: str
    scopes: frozenset[str] | None = None
    """Names, compared exactly; `*` and None allow all."""
    expires: float | None = None
    """Seconds since 1970; None: never."""
    revoked: bool = False

    def valid(self, now: float) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return not self.revoked and (self.expires is None or self.expires > now)

    def allows(self, scope: str) -> bool:
        """Return whether the key reaches operations of `scope`."""
        return self.scopes is None or "*" in self.scopes or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file's record; the bytes are kept under `path`, a name in the world's own store, never on a disk."""

    id: str
    filename: str
    type: MediaType
    path: str


@dataclass(slots=True)
class Session:
    """A chat session's row."""

    session_id: str
    creator: str
    created_at: float
    updated_at: float
    number: int
    """Counts up; breaks ties of `updated_at`."""
    platform_id: str = "webchat"
    display_name: str | None = None
    turns: int = 0
    """Messages that were accepted."""
    model_calls: int = 0
    """Those of them that the model answered."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A message of a conversation; user and bot rows share one counter."""

    id: int
    conversation: str
    sender: Literal["user", "bot"]
    parts: tuple[dict[str, JSON], ...]
    created_at: float

    @property
    def text(self) -> str:
        """Return the plain text of the message."""
        return "".join(str(part.get("text", "")) for part in self.parts if part.get("type") == "plain")
