"""An entry: one exchange as it went over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from mockbot.sse import Parser
from mockbot.violation import Violation

Ended = Literal["open", "complete", "client left", "cut", "reset", "defect"]
"""How an exchange ended.

`cut`: without a proper end. `reset`: by a TCP reset, which is a fault. `defect`: mockbot failed, or the response broke
the contract.
"""

KEPT = 256 * 1024
"""Bytes that an entry keeps of a request body and of a response body; its sizes are those of the whole body."""
TAIL = 1024
"""Bytes that an entry also keeps from the end of a longer response."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a response body and when it was sent, in seconds from the beginning of the entry."""

    at: float
    data: bytes


@dataclass(slots=True, eq=False)
class Entry:
    """One exchange. `ended` is `open` while it lasts."""

    id: str
    """Unique in its world: `e1`, `e2` … in order of arrival."""
    world: str
    began: float
    """When the request arrived, in seconds since 1970 by the world's clock."""
    method: str
    path: str
    query: str
    """The query string, with secrets masked."""
    headers: tuple[tuple[str, str], ...]
    """Request headers in order, with secrets masked."""
    operation: str | None = None
    chat: bool = False
    """Whether `operation` is the one that chats."""
    body: bytes = b""
    """The first KEPT bytes of the request body."""
    body_size: int = 0
    status: int = 0
    """0 while there is no response."""
    response_headers: tuple[tuple[str, str], ...] = ()
    chunks: list[Chunk] = field(default_factory=list)
    """The pieces of the response body, at most KEPT bytes of them."""
    tail: Chunk | None = None
    """The last TAIL bytes of a response that is longer than KEPT, and when the last of them was sent."""
    response_size: int = 0
    violations: tuple[Violation, ...] = ()
    """The violations in the request."""
    defects: tuple[Violation, ...] = ()
    """The violations in the response."""
    script: str | None = None
    """The name of the script that was played."""
    wish: str | None = None
    """The wishes of the request, such as `code=403`, with secrets masked."""
    faults: tuple[str, ...] = ()
    """The names of the faults in the response."""
    refused: str = ""
    """Why the credentials of the request were refused, with secrets masked; empty if they were not."""
    ended: Ended = "open"
    why: str = ""
    """The reason for an end that is not `complete`."""
    seconds: float = 0.0
    """The duration by the world's clock."""
    left: float | None = None
    """When the client closed the connection before the end, in seconds from the beginning by the world's clock."""
    arrived: float = 0.0
    """When the request arrived, by the machine's monotonic clock, which the world's clock does not change."""
    last_sent: float = 0.0
    """When the last piece of the response was sent, by the machine's monotonic clock; 0 while there is none."""
    closed: float = 0.0
    """When the exchange ended or the client left, by the machine's monotonic clock."""
    caller: int = 0
    """A hash of the credentials, for comparison within this process; never shown."""

    @property
    def json(self) -> Any:
        """Return the request body as JSON; raise ValueError if it is not JSON."""
        return json.loads(self.body)

    @property
    def response_body(self) -> bytes:
        """Return the kept bytes of the response body."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def events(self) -> tuple[Any, ...]:
        """Return the JSON of each event of a chat stream."""
        return tuple(json.loads(event.data) for event in Parser().feed(self.response_body))

    def header(self, name: str) -> str | None:
        """Return the value of a request header by its name in any case; None if it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def __str__(self) -> str:
        end = "" if self.ended == "complete" else f", {self.ended}"
        return f"{self.id} {self.method} {self.path} -> {self.status or 'no response'}{end}"

    @property
    def weight(self) -> int:
        """Return roughly how many bytes of memory the entry needs."""
        head = len(self.path) + len(self.query) + sum(len(name) + len(value) for name, value in self.headers)
        violations = 512 * (len(self.violations) + len(self.defects))
        return 4096 + 4 * head + violations + len(self.body) + sum(len(chunk.data) + 64 for chunk in self.chunks)
