"""The records in a world. Only sessions change after they are made."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

MediaType = Literal["image", "record", "file", "video"]


@dataclass(frozen=True, slots=True)
class Key:
    """An API key and what it may do."""

    key: str
    scopes: frozenset[str] | None = None
    """Scope names, compared exactly; `*` and None allow all."""
    expires: float | None = None
    """Seconds since 1970; None if the key does not expire."""
    revoked: bool = False

    def valid(self, now: float) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return not self.revoked and (self.expires is None or self.expires > now)

    def allows(self, scope: str) -> bool:
        """Return whether the key allows operations that need `scope`."""
        return self.scopes is None or "*" in self.scopes or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Attachment:
    """The record of an uploaded file; `path` is the name of its bytes in the world, never a path on disk."""

    id: str
    filename: str
    type: MediaType
    path: str
    content_type: str = ""
    """The media type that downloads have; empty for what the name says."""
    created_at: float | None = None
    """Seconds since 1970; the world replaces None by its time."""

    @property
    def stored_name(self) -> str:
        """Return the name of the file in its folder."""
        return posixpath.basename(self.path)


@dataclass(slots=True)
class Session:
    """A chat session; the times are in seconds since 1970."""

    session_id: str
    creator: str
    created_at: float
    updated_at: float
    number: int
    """Counts up; orders sessions with equal `updated_at`."""
    platform_id: str = "webchat"
    display_name: str | None = None
    turns: int = 0
    """The number of accepted messages."""
    model_calls: int = 0
    """The number of messages that the model answered."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A message of a conversation; the ids of user and bot messages come from one counter."""

    id: int
    conversation: str
    sender: Literal["user", "bot"]
    parts: tuple[dict[str, JSON], ...]
    created_at: float
    author: str = ""
    """The username of a user's message, where it is stored."""
    checkpoint: str | None = None
    """The identifier of the request that the message belongs to, where it is stored."""
    extra: Mapping[str, JSON] = field(default_factory=dict)
    """What a bot's message has besides its parts."""

    @property
    def text(self) -> str:
        """Return the text of the plain parts, joined."""
        return "".join(str(part.get("text", "")) for part in self.parts if part.get("type") == "plain")
