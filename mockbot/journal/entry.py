"""An entry: one exchange as it went over the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from sys import getsizeof
from typing import Any, Literal, Self, TypeVar

from mockbot.bounded import owned
from mockbot.journal.masked_stream import KEPT as KEPT
from mockbot.journal.masked_stream import PIECE, MaskedStream
from mockbot.journal.masked_stream import TAIL as TAIL
from mockbot.journal.masked_stream import Chunk as Chunk
from mockbot.journal.masking import Later, Masked, Masking, weight_of
from mockbot.journal.secrets import Secrets
from mockbot.sse import Parser
from mockbot.violation import Violation
from mockbot.wording import printable

T = TypeVar("T")
EMPTY = 3584
"""Bytes of memory of an entry besides what was sent."""
Ended = Literal["open", "complete", "client left", "cut", "reset", "defect"]
"""How an exchange ended.

`cut`: without a proper end. `reset`: by a TCP reset, which is a fault. `defect`: mockbot failed, or the response broke
the contract.
"""


class _OfStream(Masked[T]):
    """An attribute that the entry's stream has while there is one."""

    def __get__(self, instance: Any, owner: type) -> T:
        stream = None if instance is None else instance.__dict__.get("stream")
        if stream is None:
            return super().__get__(instance, owner)
        found: T = getattr(stream, self.name)
        return found


@dataclass(eq=False)
class Entry:
    """One exchange. `ended` is `open` while it lasts.

    What may have secrets in it is masked when it is read.
    """

    id: str
    """Unique in its world: `e1`, `e2` … in order of arrival."""
    world: str
    began: float
    """When the request arrived, in seconds since 1970 by the world's clock."""
    method: Masked[str] = Masked()
    path: Masked[str] = Masked()
    query: Masked[str] = Masked()
    """The query string, with secrets masked."""
    headers: Masked[tuple[tuple[str, str], ...]] = Masked()
    """Request headers in order, with secrets masked."""
    operation: str | None = None
    chat: bool = False
    """Whether `operation` is the one that chats."""
    body: Masked[bytes] = Masked(b"")
    """The first KEPT bytes of the request body."""
    body_size: int = 0
    status: int = 0
    """0 while there is no response."""
    response_headers: Masked[tuple[tuple[str, str], ...]] = Masked(())
    chunks: _OfStream[Sequence[Chunk]] = _OfStream(())
    """The pieces of the response body, at most KEPT bytes of them."""
    tail: _OfStream[Chunk | None] = _OfStream(None)
    """The last TAIL bytes of a response that is longer than KEPT, and when the last of them was sent."""
    response_size: int = 0
    violations: Masked[tuple[Violation, ...]] = Masked(())
    """The violations in the request."""
    defects: Masked[tuple[Violation, ...]] = Masked(())
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
    caller: Masked[int] = Masked(0)
    """A hash of the credentials, for comparison within this process; never shown."""
    line: str = field(default="", repr=False)
    """Method, path and query for a terminal, with secrets masked; empty if the log has to make it."""
    head_weight: int = field(default=0, repr=False)
    """The bytes of memory of method, path, query and headers of a request that a server has received."""
    stream: MaskedStream | None = field(default=None, repr=False)
    """What has `chunks` and `tail` while they are sent, and masks them."""

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

    @classmethod
    def opened(cls, id: str, world: str, began: float, arrived: float, arrival: Arrival) -> Self:
        """Return the entry of a request that has arrived; it is made often, hence without the usual constructor."""
        entry = cls.__new__(cls)
        kept = entry.__dict__ = arrival.attributes.copy()
        kept["id"], kept["world"], kept["began"], kept["arrived"] = id, world, began, arrived
        kept["stream"] = MaskedStream(arrival.masking)
        return entry

    @property
    def pieces(self) -> int:
        """Return the number of `chunks`, without masking them."""
        return len(self.chunks) if self.stream is None else self.stream.pieces

    @property
    def weight(self) -> int:
        """Return how many bytes of memory the entry takes at most, masked or not, as if it shared nothing."""
        kept = vars(self)
        size = EMPTY + self.head_weight + len(kept["_body"])
        size += sum(PIECE + len(each.data) for each in self.chunks) if self.stream is None else self.stream.weight
        if (sent := kept["_response_headers"]) and len(sent):
            size += weight_of(sent.sent if type(sent) is Later else sent)
        for found in (kept["_violations"], kept["_defects"]):
            if len(found):
                size += owned(*(found.sent if type(found) is Later else found))
        size += 8 * len(self.faults)
        for text in (self.script, self.wish, self.refused, self.why):
            if text:
                size += getsizeof(text)
        return size


class Arrival:
    """What an entry has when its request arrives. Requests with the same bytes may share it."""

    __slots__ = ("attributes", "masking")

    def __init__(self, method: str, path: str, masking: Masking) -> None:
        self.masking = masking
        self.attributes: dict[str, Any] = {
            **_DEFAULTS,
            "_method": Later(masking, Secrets.text, method),
            "_path": Later(masking, Secrets.text, path),
            "_query": Later(masking, Secrets.query, masking.query),
            "_headers": Later(masking, Secrets.headers, masking.headers),
            "_caller": Later(masking, _caller, masking),
            "head_weight": 2 * (getsizeof(method) + getsizeof(path)) + 4 * len(masking.query) + masking.weight,
        }

    def mask(self) -> Self:
        """Mask what the log shows of each entry, once for all of them."""
        kept = self.attributes
        for name in ("_method", "_path", "_query"):
            kept[name] = kept[name].masked() if type(kept[name]) is Later else kept[name]
        query = f"?{kept['_query']}" if kept["_query"] else ""
        kept["line"] = printable(f"{kept['_method']} {kept['_path']}{query}")
        return self


def _caller(_: Secrets, masking: Masking) -> int:
    return hash(masking.credentials)


_DEFAULTS = {
    (f"_{each.name}" if isinstance(vars(Entry).get(each.name), Masked) else each.name): each.default
    for each in fields(Entry)
    if each.default is not MISSING
}
