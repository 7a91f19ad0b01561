"""Content codings of request bodies (RFC 9110, section 8.4.1): gzip and deflate.

Bodies are decoded piece by piece and within a limit, so that one that becomes huge stops there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

SUPPORTED = ("gzip", "deflate")
MOST = 3
"""How many codings a body may have on top of each other."""
LARGEST = 1024 * 1024
"""Bytes of a piece that is decoded."""
PIECE = 4096
"""Bytes that are decoded at once: zlib copies what is left of them at the end of each gzip member."""
GZIP, ZLIB, RAW = 31, 15, -15
"""What zlib is to expect."""


class TooLarge(Exception):
    """The decoded body would have more bytes than the limit."""


class Unsupported(ValueError):
    """The codings cannot be decoded; the message says why."""


def codings(values: Iterable[str]) -> tuple[str, ...]:
    """Return the codings in the values of Content-Encoding, in the order in which they were applied.

    Raise Unsupported if there are unknown ones or too many.
    """
    names = [name.strip().lower() for value in values for name in value.split(",")]
    found = tuple("gzip" if name == "x-gzip" else name for name in names if name not in ("", "identity"))
    for name in found:
        if name not in SUPPORTED:
            raise Unsupported(f"the content coding {name[:60]} is not supported, only {' and '.join(SUPPORTED)}")
    if len(found) > MOST:
        raise Unsupported(f"the body has {len(found)} content codings, at most {MOST} can be decoded")
    return found


class Decoder:
    """Decodes one body. What each coding contains counts towards the limit, so that time is bounded, too."""

    def __init__(self, names: tuple[str, ...], limit: int) -> None:
        self.names = names
        self._stages = [_Stage(name, limit) for name in reversed(names)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the next pieces of the decoded body; raise TooLarge, or ValueError with what is wrong."""
        pieces: Iterable[bytes] = (data,)
        for stage in self._stages:
            pieces = stage.decoded(pieces)
        yield from pieces

    def end(self) -> None:
        """Raise ValueError if the body has ended early."""
        for stage in self._stages:
            stage.end()


class _Stage:
    """Decodes one coding; gzip may have several members, deflate may lack zlib's header, as some clients send it."""

    def __init__(self, name: str, limit: int) -> None:
        self._name, self._left = name, limit
        self._begin = b""
        self._stream = zlib.decompressobj(GZIP)
        self._started = self._over = False

    def decoded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            for at in range(0, len(piece), PIECE):
                yield from self._inflated(self._begin + piece[at : at + PIECE])

    def end(self) -> None:
        if self._begin or (self._started and not self._over):
            raise ValueError("it ends early")

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        self._begin = b""
        while data:
            if not self._started or self._over:
                data = data.lstrip(b"\0") if self._over else data
                if len(data) < 2:
                    self._begin = data
                    return
                self._start(data)
            try:
                found = self._stream.decompress(data, min(self._left + 1, LARGEST))
            except zlib.error:
                raise ValueError(f"it is not well-formed {self._name}") from None
            self._left -= len(found)
            if self._left < 0:
                raise TooLarge
            if found:
                yield found
            self._over = self._stream.eof
            data = self._stream.unused_data if self._over else self._stream.unconsumed_tail

    def _start(self, data: bytes) -> None:
        """Start at the first two bytes of a stream."""
        if self._name == "deflate":
            if self._over:
                raise ValueError("there is more after its end")
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(ZLIB if has_header else RAW)
        else:
            self._stream = zlib.decompressobj(GZIP)
        self._started, self._over = True, False
