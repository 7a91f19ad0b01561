"""Masks keys in a response body while it is sent."""

from __future__ import annotations

from mockbot.journal.entry import KEPT, TAIL, Chunk
from mockbot.journal.secrets import Secrets, with_stars


class MaskedStream:
    """Masks the pieces of a response as they are sent, including keys that span several pieces.

    `chunks` gets the first `kept` bytes; `tail` is the end of a longer response, else None. The time for a piece
    depends on its own length, not on the number of pieces before it.
    """

    def __init__(self, secrets: Secrets, chunks: list[Chunk], kept: int = KEPT) -> None:
        self.tail: Chunk | None = None
        self._secrets, self._chunks, self._kept = secrets, chunks, kept
        self._last = b""
        """The last bytes, unmasked, in which a key may have begun."""
        self._seen = 0

    def add(self, at: float, data: bytes) -> None:
        """Add the next piece, `at` seconds from the beginning of the entry."""
        longest, room = self._secrets.longest, max(self._kept - self._seen, 0)
        if self._seen < self._kept + longest:
            before = self._last[-2 * longest :]
            self._add(at, before, data[: room + longest], room)
        if len(data) > room:
            end = (self._last + data[-TAIL - longest :])[-TAIL - longest :]
            self.tail = Chunk(at, self._secrets.data(end)[-TAIL:])
        size = max(2 * longest, TAIL + longest)
        self._last = (self._last + data[-size:])[-size:]
        self._seen += len(data)

    def _add(self, at: float, before: bytes, data: bytes, room: int) -> None:
        """Mask a piece, and the beginning of its keys in the pieces before; keep its first `room` bytes."""
        if self._secrets.masks_all:
            before, spans = b"", [(0, len(data))]
        else:
            spans = self._secrets.spans((before + data).decode("latin-1"))
        for start, end in spans:
            if start < len(before) < end:
                self._mask_last(len(before) - start)
        if room:
            here = [(max(start - len(before), 0), end - len(before)) for start, end in spans if end > len(before)]
            self._chunks.append(Chunk(at, with_stars(data.decode("latin-1"), here)[:room].encode("latin-1")))

    def _mask_last(self, length: int) -> None:
        """Mask the last `length` bytes that were added, as far as they are kept."""
        left = length - max(self._seen - self._kept, 0)
        for index in reversed(range(len(self._chunks))):
            if left <= 0:
                return
            chunk = self._chunks[index]
            cut = max(len(chunk.data) - left, 0)
            left -= len(chunk.data)
            if chunk.data[cut:].strip(b"*"):
                self._chunks[index] = Chunk(chunk.at, chunk.data[:cut] + b"*" * (len(chunk.data) - cut))
