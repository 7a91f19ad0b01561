"""Receives the body of a request: within its limits, and decoded from its Content-Encoding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from starlette.types import Receive, Scope

from mockbot.contract.amounts import too_many
from mockbot.contract.content_coding import Decoder, TooLarge, Unsupported, codings
from mockbot.contract.media_types import is_json, parse_content_type
from mockbot.contract.transaction import Transaction
from mockbot.contract.wire.described import FORM
from mockbot.dataclass import dataclass
from mockbot.held import Share
from mockbot.turns import Turns
from mockbot.violation import Violation

LONG_HEAD = 4096
"""Bytes of a request's head from which on it takes long to read, together with others that come at the same time."""
SMALL = 16 * 1024
"""Bodies with more bytes are validated in a thread, so that they do not delay other requests, and after the key."""
TINY = 4096
"""Bytes of a piece that is joined with others before it is kept."""
JOINED = 4 * 1024 * 1024
"""Bytes of a body up to which its pieces are joined at once; to join a hundred megabytes takes long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes bodies may have: any at most `body`; JSON and urlencoded forms, which take longer, `json`."""

    body: int
    json: int

    def of(self, content_type: bytes) -> int:
        """Return the limit for a body of a media type."""
        if not content_type:
            return self.body
        media_type, _ = parse_content_type(content_type.decode("latin-1"))
        return min(self.json, self.body) if is_json(media_type) or media_type == FORM else self.body


class Receiving:
    """Receives bodies of at most `limits`; with `decodes`, those that are coded are decoded."""

    def __init__(self, limits: Limits, turns: Turns, *, decodes: bool) -> None:
        self._limits, self._turns, self._decodes = limits, turns, decodes

    async def receive(self, heads: Heads, receive: Receive, transaction: Transaction, held: Share) -> bool:
        """Add the body to its transaction, unless it is too large; return False if the client disconnects first."""
        body = Body(held)
        is_there = await self._read(heads, receive, transaction, body)
        held.complete()
        if transaction.too_large or transaction.undecoded is not None:
            held.release()
        elif is_there:
            await self._join(heads, transaction, body)
        return is_there

    async def _read(self, heads: Heads, receive: Receive, transaction: Transaction, body: Body) -> bool:
        if heads.length > transaction.limit:
            transaction.too_large = True
            return True
        decoder = self._decoder(heads.codings, transaction)
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > transaction.limit:
                transaction.too_large = True
                return True
            more = message.get("more_body", False)
            try:
                has_room = await (body.add(chunk) if decoder is None else self._decode(decoder, chunk, more, body))
            except TooLarge:
                transaction.too_large = True
                return True
            except ValueError as error:
                reason = f"the body cannot be decoded from {', '.join(decoder.names) if decoder else ''}: {error}"
                transaction.undecoded = Violation("request", "body", "", "parse", reason)
                return True
            if not has_room:
                transaction.too_large, transaction.other_bound = True, no_room(body.held)
                return True
        return True

    async def _join(self, heads: Heads, transaction: Transaction, body: Body) -> None:
        """Add the body to its transaction, unless it has too many values."""
        data = await body.join(self._turns)
        if len(data) > SMALL:
            limit = self._limits.json
            transaction.other_bound = await self._turns.in_thread(too_many, heads.content_type, data, limit)
        transaction.too_large = bool(transaction.other_bound)
        transaction.body = b"" if transaction.too_large else data

    def _decoder(self, values: Sequence[str], transaction: Transaction) -> Decoder | None:
        """Return what decodes the body; None if it is read unchanged."""
        if not values or not self._decodes:
            return None
        try:
            names = codings(values)
        except Unsupported as error:
            value = ", ".join(values)[:120]
            transaction.undecoded = Violation("request", "header", "/Content-Encoding", "coding", str(error), value)
            return None
        return Decoder(names, transaction.limit) if names else None

    async def _decode(self, decoder: Decoder, chunk: bytes, more: bool, body: Body) -> bool:
        """Add what a chunk is decoded to, piece by piece: a byte can become a thousand, coded twice a million."""
        pieces = decoder.feed(chunk)
        while (piece := await self._turns.in_thread(next, pieces, None)) is not None:
            if not await body.add(piece):
                return False
        if not more:
            decoder.end()
        return True


class Body:
    """The pieces of a body, and how much of all bodies it holds."""

    __slots__ = ("_pieces", "_small", "held", "size")

    def __init__(self, held: Share) -> None:
        self.held, self.size = held, 0
        self._pieces: list[bytes] = []
        self._small = bytearray()
        """Pieces that are joined at once: each object takes some memory of its own."""

    async def add(self, piece: bytes) -> bool:
        """Add a piece; return whether there is room for it."""
        self.size += len(piece)
        if len(piece) < TINY:
            self._small += piece
        if self._small and (len(self._small) >= SMALL or len(piece) >= TINY):
            self._pieces.append(bytes(self._small))
            self._small.clear()
        if len(piece) >= TINY:
            self._pieces.append(piece)
        return await self.held.grow(self.size)

    async def join(self, turns: Turns) -> bytes:
        """Return the whole body."""
        pieces = [*self._pieces, bytes(self._small)]
        return b"".join(pieces) if self.size <= JOINED else await turns.in_thread(b"".join, pieces)


def no_room(held: Share) -> str:
    """Return what a body must do for which there is no room, as the end of a sentence."""
    return f"be sent again later: those of all requests under way have more than {held.most} bytes together with it"


@dataclass(slots=True)
class Heads:
    """What the headers of a request say of its body; of repeated headers the first."""

    content_type: bytes = b""
    length: int = 0
    codings: list[str] = field(default_factory=list)


def heads_of(headers: Iterable[tuple[bytes, bytes]]) -> Heads:
    """Return what the headers of a request say of its body."""
    found = Heads()
    for name, value in headers:
        if name == b"content-type":
            found.content_type = found.content_type or value
        elif name == b"content-length":
            if value.isdigit() and not found.length:
                found.length = int(value[:20])
        elif name == b"content-encoding":
            found.codings.append(value.decode("latin-1"))
    return found


def size_of_head(scope: Scope) -> int:
    """Return the bytes of a request's path, query and headers."""
    path = scope.get("raw_path") or scope["path"]
    return len(path) + len(scope["query_string"]) + sum([len(name) + len(value) for name, value in scope["headers"]])
