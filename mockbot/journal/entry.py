"""An entry: one exchange as it went over the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import field
from sys import getsizeof
from typing import Any, Literal, Self, TypeVar

from mockbot.bounded import owned
from mockbot.dataclass import dataclass
from mockbot.journal.masked_stream import KEPT as KEPT
from mockbot.journal.masked_stream import PIECE, UNREAD, MaskedStream, masked_pieces
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
MOST_PIECES = 1024
"""Pieces of a whole response that are kept until they are read; more are masked as a stream."""
Ended = Literal["open", "complete", "client left", "cut", "reset", "defect"]
"""How an exchange ended.

`cut`: without a proper end. `reset`: by a TCP reset, which is a fault. `defect`: mockbot failed, or the response broke
the contract.
"""


class _OfStream(Masked[T]):
    """An attribute that the entry's stream has while there is one."""

    def __get__(self, instance: Any, owner: type) -> T:
        stream = None if instance is None else instance.stream
        if stream is None:
            return super().__get__(instance, owner)
        found: T = getattr(stream, self.name)
        return found


class _Kept:
    """The masked attributes of an entry as they are kept: a value, or a `Later` that is not yet masked."""

    _method: Any
    _path: Any
    _query: Any
    _headers: Any
    _caller: Any
    _body: Any
    _response_headers: Any
    _chunks: Any
    _violations: Any
    _defects: Any


@dataclass(eq=False)
class Entry(_Kept):
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
    """Why its credentials or wishes were refused, or why no script or row fits it, with secrets masked; or empty."""
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
    def is_kept(self) -> bool:
        """Return whether what is sent is recorded: not after `drop`."""
        return self.stream is None or not self.stream.dropped

    def drop(self) -> None:
        """Forget the pieces of the response, and keep no further ones: the journal does not have the entry any more."""
        if self.stream is not None and self.ended == "open":
            self.stream.drop()

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
        """Return the entry of a request that has arrived.

        It is made often, so without the usual constructor: what is not set has the default of its class.
        """
        entry = cls.__new__(cls)
        entry.id, entry.world, entry.began, entry.arrived = id, world, began, arrived
        entry._method, entry._path, entry._query = arrival.method, arrival.path, arrival.query
        entry._headers, entry._caller = arrival.headers, arrival.caller
        entry.line, entry.head_weight = arrival.line, arrival.weight
        return entry

    def send_whole(self, masking: Masking, seconds: float, closed: float, pieces: Sequence[bytes]) -> None:
        """Note that a response body is sent now, and completely; `seconds` and `closed` are as in an entry."""
        self.seconds, self.closed, self.ended = seconds, closed, "complete"
        if not pieces:
            return
        self.response_size, self.last_sent = sum(map(len, pieces)), closed
        if self.response_size <= UNREAD and len(pieces) <= MOST_PIECES:
            self.chunks = Later(masking, masked_pieces, tuple([(seconds, piece) for piece in pieces]))
            return
        self.stream = stream = MaskedStream(masking)
        for piece in pieces:
            stream.add(seconds, piece)
        stream.end()

    @property
    def pieces(self) -> int:
        """Return the number of `chunks`, without masking them."""
        return len(_sent(self._chunks)) if self.stream is None else self.stream.pieces

    @property
    def is_sent(self) -> bool:
        """Return whether nothing is added to `chunks` any more."""
        return self.stream is None or self.stream.ended

    @property
    def is_plain(self) -> bool:
        """Return whether one line says all about it: a complete response of the API, without violations."""
        if self.ended != "complete" or not self.line or self.faults or self.refused:
            return False
        return not (self._violations or self._defects)

    @property
    def weight(self) -> int:
        """Return how many bytes of memory the entry takes at most, masked or not, as if it shared nothing."""
        size = EMPTY + self.head_weight + len(_sent(self._body))
        if self.stream is not None:
            size += self.stream.weight
        elif type(self._chunks) is Later:
            size += PIECE * len(self._chunks.sent) + self.response_size
        else:
            size += sum([PIECE + len(each.data) for each in self._chunks])
        size += weight_of(_sent(self._response_headers))
        for found in (self._violations, self._defects):
            if found:
                size += owned(*_sent(found))
        if self.faults:
            size += 8 * len(self.faults)
        for text in (self.script, self.wish, self.refused, self.why):
            if text:
                size += getsizeof(text)
        return size


class Arrival:
    """What an entry has when its request arrives. Requests with the same bytes may share it."""

    __slots__ = ("caller", "headers", "line", "masking", "method", "path", "query", "weight")

    def __init__(self, method: str, path: str, masking: Masking) -> None:
        self.masking, self.line = masking, ""
        self.method: str | Later[str] = Later(masking, Secrets.text, method)
        self.path: str | Later[str] = Later(masking, Secrets.text, path)
        self.query: str | Later[str] = Later(masking, Secrets.query, masking.query)
        self.headers = Later(masking, Secrets.headers, masking.headers)
        self.caller = Later(masking, _caller, masking)
        self.weight = 2 * (getsizeof(method) + getsizeof(path)) + 4 * len(masking.query) + masking.weight

    def mask(self) -> Self:
        """Mask what the log shows of each entry, once for all of them."""
        self.method, self.path, self.query = _masked(self.method), _masked(self.path), _masked(self.query)
        query = f"?{self.query}" if self.query else ""
        self.line = printable(f"{self.method} {self.path}{query}")
        return self


def _caller(_: Secrets, masking: Masking) -> int:
    return hash(masking.credentials)


def _masked(value: T | Later[T]) -> T:
    return value.masked() if isinstance(value, Later) else value


def _sent(value: Any) -> Any:
    return value.sent if type(value) is Later else value
