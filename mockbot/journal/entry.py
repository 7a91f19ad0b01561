"""An entry: one exchange as it really went over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from mockbot.sse import Parser
from mockbot.violation import Violation

Ended = Literal["open", "complete", "client left", "cut", "reset", "defect"]
"""How an exchange ended. `cut`: by a fault, without a proper end; `defect`: mockbot or a script broke the contract."""

KEPT = 256 * 1024
"""Bytes of a request or of an answer that an entry keeps; the sizes are always the full ones."""
TAIL = 1024
"""Bytes of the end of a longer answer that an entry keeps too."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer and when it left, in seconds from the entry's beginning."""

    at: float
    data: bytes


@dataclass(slots=True, eq=False)
class Entry:
    """One exchange. Open while it goes on; nothing changes after `ended` is set."""

    id: str
    """Unique in its world: `e1`, `e2` ... in order of arrival."""
    world: str
    began: float
    """Seconds since 1970 by the world's clock."""
    method: str
    path: str
    query: str
    """The query string, secrets masked."""
    headers: tuple[tuple[str, str], ...]
    """Request headers in order, secrets masked."""
    operation: str | None = None
    chat: bool = False
    """Whether that is the operation that chats."""
    body: bytes = b""
    """The request body, at most KEPT bytes of it."""
    body_size: int = 0
    status: int = 0
    """0 while there is no answer."""
    response_headers: tuple[tuple[str, str], ...] = ()
    chunks: list[Chunk] = field(default_factory=list)
    """The answer's pieces, at most KEPT bytes of them."""
    tail: Chunk | None = None
    """The last bytes of an answer that `chunks` does not hold to its end, at most TAIL, and when the last one left."""
    response_size: int = 0
    violations: tuple[Violation, ...] = ()
    """What the request broke."""
    defects: tuple[Violation, ...] = ()
    """What the answer broke."""
    script: str | None = None
    """Name of the script that spoke."""
    faults: tuple[str, ...] = ()
    """Names of the faults that bent the answer."""
    ended: Ended = "open"
    why: str = ""
    """What to know about an end that is not `complete`."""
    seconds: float = 0.0
    """How long it took, by the world's clock."""
    left: float | None = None
    """When a client left that did not wait for the end, in seconds from the beginning, by the world's clock."""
    arrived: float = 0.0
    """The machine's monotonic time at the beginning: what a client really waits, whatever the world's clock does."""
    spoke: float = 0.0
    """The machine's monotonic time when the last piece of the answer left; 0 while there is none."""
    closed: float = 0.0
    """The machine's monotonic time when the exchange was over for the client: at its end, or when the client left."""
    caller: int = 0
    """Tells credentials apart, in this process only; never shown."""

    @property
    def json(self) -> Any:
        """Return the request's body as JSON; ValueError when it is not."""
        return json.loads(self.body)

    @property
    def response_body(self) -> bytes:
        """Return what is kept of the response's body."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def events(self) -> tuple[Any, ...]:
        """Return the JSON of each event of a chat stream."""
        return tuple(json.loads(event.data) for event in Parser().feed(self.response_body))

    def header(self, name: str) -> str | None:
        """Return the value of a request header, whatever its case; None when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def __str__(self) -> str:
        end = "" if self.ended == "complete" else f", {self.ended}"
        return f"{self.id} {self.method} {self.path} -> {self.status or 'no response'}{end}"

    @property
    def weight(self) -> int:
        """Return roughly how many bytes the entry takes."""
        said = len(self.path) + len(self.query) + sum(len(name) + len(value) for name, value in self.headers)
        wrong = 512 * (len(self.violations) + len(self.defects))
        return 4096 + 4 * said + wrong + len(self.body) + sum(len(chunk.data) + 64 for chunk in self.chunks)
