"""Masks keys in a response body, piece by piece as it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mockbot.dataclass import dataclass
from mockbot.journal.secrets import Secrets, joined, with_stars
from mockbot.journal.unescaped import levels, raw_span

KEPT = 256 * 1024
"""Bytes that an entry keeps of a request body and of a response body; its sizes are those of the whole body."""
TAIL = 1024
"""Bytes that an entry also keeps from the end of a longer response."""
HEAD = 64
"""Characters from the beginning of a key by which its continuation is recognised, however long it is."""
BATCH = 4096
"""Bytes that are searched at once if there are more than FEW forms of credentials."""
FEW = 8
UNREAD = 64 * 1024
"""Bytes that are kept until they are read, or masked without being read."""
PIECE = 136
"""Bytes of memory of a piece besides its own."""
SKIPPED = 64 * 1024
"""Bytes of one piece beyond the kept ones, of which only the last are masked if there are more."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a response body and when it was sent, in seconds from the beginning of the entry."""

    at: float
    data: bytes


class Masks(Protocol):
    """What masks an exchange, made when it is first asked for."""

    @property
    def secrets(self) -> Secrets:
        """Return the secrets."""


@dataclass(frozen=True, slots=True)
class _Known:
    secrets: Secrets


def masked_pieces(secrets: Secrets, sent: Sequence[tuple[float, bytes]]) -> Sequence[Chunk]:
    """Return the pieces of a whole body, masked: pairs of when one was sent and its bytes, KEPT bytes at most."""
    stream = MaskedStream(_Known(secrets))
    for at, data in sent:
        stream.add(at, data)
    stream.end()
    return stream.chunks


class MaskedStream:
    """Masks the pieces of a response, including keys that span several pieces, when they are read.

    `chunks` are the first `kept` bytes; `tail` is the end of a longer response, else None. The time for a piece
    depends on its own length, not on the number of pieces before it. If there are many credentials to search for,
    pieces are searched BATCH bytes at once; until then, and until the `end`, they are masked completely.
    """

    __slots__ = (
        *("_before", "_chunks", "_end", "_first", "_kept", "_masks", "_searched", "_seen", "_sent"),
        *("_sent_size", "_size", "_tail", "_waiting", "dropped", "ended", "pieces"),
    )

    def __init__(self, masks: Masks, kept: int = KEPT) -> None:
        self.pieces = 0
        """The number of `chunks`."""
        self._masks, self._kept = masks, kept
        self._sent: list[tuple[float, bytes]] = []
        """The pieces that are not yet masked."""
        self._sent_size = self._size = 0
        self.ended = self.dropped = False
        """Whether nothing follows, and whether nothing is kept any more."""
        self._chunks: list[Chunk] = []
        self._tail: Chunk | None = None
        self._before = ""
        """The last characters, unmasked, in which a key may have begun."""
        self._end = b""
        """The last bytes, masked."""
        self._waiting = b""
        """The bytes that are not yet searched, and therefore masked completely."""
        self._seen = self._searched = 0
        self._first = 0
        """The index of the first chunk that is not yet searched."""

    @property
    def chunks(self) -> Sequence[Chunk]:
        """Return the kept pieces."""
        self._mask()
        return self._chunks

    @property
    def tail(self) -> Chunk | None:
        """Return the end of a response that is longer than `kept`."""
        self._mask()
        return self._tail

    @property
    def weight(self) -> int:
        """Return roughly how many bytes of memory the pieces need."""
        waiting = 2 * (len(self._before) + len(self._waiting) + len(self._end)) + self._sent_size
        return min(self._seen, self._kept) + PIECE * (len(self._chunks) + len(self._sent)) + waiting

    def add(self, at: float, data: bytes) -> None:
        """Add the next piece, `at` seconds from the beginning of the entry."""
        if self.dropped:
            return
        size, sent = len(data), self._sent
        if size and self._size < self._kept:
            self.pieces += 1
        self._size += size
        self._sent_size += size
        sent.append((at, data))
        if self._sent_size > UNREAD or len(sent) > UNREAD // 64:
            self._mask()

    def drop(self) -> None:
        """Forget all pieces, and keep no further ones."""
        self._kept, self.dropped = 0, True
        self._sent, self._sent_size, self._chunks, self._tail = [], 0, [], None
        self._before, self._end, self._waiting = "", b"", b""

    def end(self) -> None:
        """Note that nothing follows."""
        self.ended = True

    def _mask(self) -> None:
        sent, self._sent, self._sent_size = self._sent, [], 0
        for at, data in sent:
            room = max(self._kept - self._seen, 0)
            if room and data:
                self._chunks.append(Chunk(at, b"*" * min(len(data), room)))
            self._seen += len(data)
        self._waiting += b"".join(data for _, data in sent)
        many = self._secrets.forms > FEW and len(self._waiting) < max(BATCH, 4 * self._secrets.longest)
        if self._waiting and (self.ended or not many):
            self._search_waiting()
        if sent and self._seen > self._kept:
            self._tail = Chunk(sent[-1][0], (self._end + b"*" * len(self._waiting[-TAIL:]))[-TAIL:])
        elif self._tail is not None and not self._waiting:
            self._tail = Chunk(self._tail.at, self._end[-TAIL:])

    @property
    def _secrets(self) -> Secrets:
        return self._masks.secrets

    def _search_waiting(self) -> None:
        data, self._waiting = self._waiting, b""
        room = max(self._kept - self._searched, 0)
        if len(data) > room + SKIPPED:
            self._search(data[:room])
            skipped, data = data[room:-SKIPPED], data[-SKIPPED:]
            self._before = self._look_back(self._before + skipped.decode("latin-1"))
            self._searched += len(skipped)
        self._search(data)

    def _search(self, data: bytes) -> None:
        """Mask bytes, and the beginning of their keys in the bytes before."""
        before, here = len(self._before), data.decode("latin-1")
        if self._secrets.masks_all:
            masked = b"*" * len(data)
        else:
            text = self._before + here
            spans = self._secrets.spans(text)
            for start, end in spans:
                if start < before < end:
                    self._mask_last(before - start)
            own = [(max(start - before, 0), end - before) for start, end in spans if end > before]
            masked = with_stars(here, own).encode("latin-1")
            self._before = self._look_back(text)
        self._end = (self._end + masked[-TAIL:])[-TAIL:]
        self._searched += len(data)
        self._show(masked)

    def _show(self, masked: bytes) -> None:
        """Put searched bytes into their chunks."""
        at = 0
        while self._first < len(self._chunks) and at < len(masked):
            chunk = self._chunks[self._first]
            self._chunks[self._first] = Chunk(chunk.at, masked[at : at + len(chunk.data)])
            at += len(chunk.data)
            self._first += 1

    def _look_back(self, text: str) -> str:
        """Return the end of a text, after the HEAD of the key that may go on beyond its end."""
        size = 2 * self._secrets.look_back(text[-BATCH:])
        views = levels(text) if len(text) <= SKIPPED else [(text, [])]
        keys = self._secrets.key_pattern
        for view, steps in views if keys else []:
            for found in keys.finditer(view) if keys else ():
                if found.end() == len(view):
                    start, head = raw_span((found.start(), min(found.start() + HEAD, len(view))), steps)
                    kept = joined([(start, head), (max(len(text) - size, start), len(text))])
                    return "".join(text[begin:end] for begin, end in kept)
        return text[-size:]

    def _mask_last(self, length: int) -> None:
        """Mask the last `length` searched bytes, as far as they are kept."""
        self._end = self._end[:-length] + b"*" * min(length, len(self._end))
        left = length - max(self._searched - self._kept, 0)
        for index in reversed(range(self._first)):
            if left <= 0:
                return
            chunk = self._chunks[index]
            cut = max(len(chunk.data) - left, 0)
            left -= len(chunk.data)
            if chunk.data[cut:].strip(b"*"):
                self._chunks[index] = Chunk(chunk.at, chunk.data[:cut] + b"*" * (len(chunk.data) - cut))
