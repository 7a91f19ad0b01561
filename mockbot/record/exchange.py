"""One exchange as it went through the proxy, and the memory that all exchanges together may take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from mockbot.contract.content_coding import Decoder, TooLarge, Unsupported, codings
from mockbot.dataclass import dataclass
from mockbot.record.headers import Fields
from mockbot.violation import Violation

Ended = Literal["open", "complete", "client left", "cut", "refused"]
"""How an exchange ended. `cut`: the server ended the response early. `refused`: the proxy answered, not the server."""
PIECE = 128
"""Bytes of memory that a piece needs beside its data."""
MOST_OF_BODY = 4 * 1024 * 1024
"""Bytes that are kept of one body; an exchange with a longer one is passed on, but neither validated nor written."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a response body and when it came, in seconds from the beginning of the exchange."""

    at: float
    data: bytes


@dataclass(slots=True, eq=False)
class Exchange:
    """A request and its response."""

    number: int
    """Counts from 1, in the order in which the requests came."""
    began: float
    """When the request came, in seconds since 1970."""
    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: Fields
    credentials: tuple[str, ...]
    """The secrets in the request, never to be written or shown."""
    body: bytes = b""
    status: int = 0
    """0 while there is no response of the server."""
    response_headers: Fields = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    ended: Ended = "open"
    why: str = ""
    refused: int = 0
    """The status with which the proxy has answered itself; 0 if it has not."""
    seconds: float = 0.0
    too_large: bool = False
    """Whether one of the bodies was too large to be kept."""
    operation: str | None = None
    checked: bool = False
    violations: tuple[Violation, ...] = ()
    """Those of the request."""
    defects: tuple[Violation, ...] = ()
    """Those of the response."""
    undocumented: tuple[Violation, ...] = ()
    """The fields of both that the document does not describe, which is allowed."""

    @property
    def content_type(self) -> str:
        """Return the Content-Type of the request."""
        return header(self.headers, b"content-type")

    @property
    def media_type(self) -> str:
        """Return the Content-Type of the response."""
        return header(self.response_headers, b"content-type")

    @property
    def size(self) -> int:
        """Return roughly how many bytes of memory the exchange needs."""
        fields = [*self.headers, *self.response_headers]
        heads = len(self.raw_path) + len(self.query) + sum(len(name) + len(value) + 128 for name, value in fields)
        return 2048 + 3 * heads + len(self.body) + sum(len(piece.data) + PIECE for piece in self.pieces)

    def drop_bodies(self) -> None:
        """Keep no bodies of this exchange."""
        self.too_large, self.body, self.pieces = True, b"", []

    def decoded(self) -> list[Piece]:
        """Return the response body without its content coding; raise ValueError if it cannot be decoded."""
        names = codings([value.decode("latin-1") for name, value in self.response_headers if name == CODING])
        if not names or not self.pieces:
            return self.pieces
        decoder = Decoder(names, MOST_OF_BODY)
        try:
            found = [Piece(piece.at, b"".join(decoder.feed(piece.data))) for piece in self.pieces]
        except TooLarge:
            raise Unsupported(f"its decoded body has more than {MOST_OF_BODY} bytes") from None
        if self.ended == "complete":
            decoder.end()
        return [piece for piece in found if piece.data]


CODING = b"content-encoding"


def header(headers: Fields, name: bytes) -> str:
    """Return the first value of a header, empty if there is none."""
    return next((value.decode("latin-1") for known, value in headers if known == name), "")


class Tape:
    """The exchanges so far, within limits; what does not fit is counted and left out."""

    def __init__(self, most_bytes: int, most_exchanges: int) -> None:
        self._most_bytes, self._most_exchanges = most_bytes, most_exchanges
        self._exchanges: list[Exchange] = []
        self._size = 0
        self._open: dict[int, int] = {}
        self._open_size = 0
        self.seen = self.left_out = 0

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    @property
    def size(self) -> int:
        """Return roughly how many bytes of memory the kept exchanges need."""
        return self._size

    def number(self) -> int:
        """Return the number of the next exchange."""
        self.seen += 1
        return self.seen

    def grow(self, exchange: Exchange, size: int) -> bool:
        """Count more bytes of an open exchange; drop its bodies and return False if there is no room for them."""
        if self._size + self._open_size + size > self._most_bytes:
            self.drop(exchange)
            return False
        self._open[exchange.number] = self._open.get(exchange.number, 0) + size
        self._open_size += size
        return True

    def drop(self, exchange: Exchange) -> None:
        """Keep no bodies of an open exchange."""
        self._close(exchange)
        exchange.drop_bodies()

    def _close(self, exchange: Exchange) -> None:
        self._open_size -= self._open.pop(exchange.number, 0)

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange that has ended, or count it as left out."""
        self._close(exchange)
        exchange.seconds = max(time.time() - exchange.began, 0.0)
        if (
            len(self._exchanges) >= self._most_exchanges
            or self._size + self._open_size + exchange.size > self._most_bytes
        ):
            self.left_out += 1
            return
        self._size += exchange.size
        self._exchanges.append(exchange)
