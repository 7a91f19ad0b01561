"""How each version of AstrBot writes JSON bodies and streams, and where a response is written differently."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from gzip import GzipFile
from io import BytesIO
from typing import cast

from mockbot.dataclass import dataclass
from mockbot.exchange.matchers import Mismatch, shown
from mockbot.jsontext import JSON, compact, read, spaced
from mockbot.sse import EVENT_STREAM
from mockbot.verify.client import MAX_RESPONSE, Received


@dataclass(frozen=True, slots=True)
class Notation:
    """The notation of one version; the sections of BEHAVIOUR.md named here are that version's."""

    body: Callable[[JSON], bytes]
    """Writes the body of a JSON response (section 1)."""
    content_type: str
    """The Content-Type of a stream."""
    comments: frozenset[str]
    """The comments that a stream can have."""
    numbered: frozenset[str]
    """The types of the frames whose ids increase."""
    across: bool
    """Whether these ids increase from one stream to the next, too."""

    def body_difference(self, body: bytes, value: JSON) -> Mismatch | None:
        """Return where the text of a JSON body differs from the notation."""
        wanted = self.body(value)
        if body == wanted:
            return None
        if body == wanted.rstrip(b"\n"):
            return Mismatch("body", "a line feed at the end", "none")
        same = next((n for n, (one, other) in enumerate(zip(wanted, body, strict=False)) if one != other), len(body))
        start = max(0, same - 20)
        return Mismatch("body", repr(wanted[start:][:60]), repr(body[start:][:60]))

    def frames(self, response: Received, most: int | None = None) -> list[JSON] | Mismatch:
        """Return the frames of a stream, or where its framing differs; with `most`, the first frames only."""
        frames: list[JSON] = []
        text = response.body.decode(errors="replace")
        parts = text.split("\n\n")
        chunks = [f"{part}\n\n" for part in parts[:-1]]
        if parts[-1] and most is None:
            return Mismatch(f"/{len(chunks)}", "the end of the stream", shown(parts[-1]))
        for chunk in chunks:
            if chunk.startswith(":") and self.comments:
                if chunk.strip() not in self.comments:
                    return Mismatch(f"/{len(frames)}", " or ".join(sorted(self.comments)), shown(chunk))
                continue
            try:
                value = read(chunk.removeprefix("data: "))
            except ValueError:
                return Mismatch(f"/{len(frames)}", "a frame `data: <JSON>`", shown(chunk))
            if chunk != f"data: {spaced(value)}\n\n":
                return Mismatch(f"/{len(frames)}", shown(f"data: {spaced(value)}\n\n"), shown(chunk))
            frames.append(value)
            if len(frames) == most:
                break
        if response.chunks is not None:
            received = [chunk.decode(errors="replace") for chunk in response.chunks]
            for index, (whole, chunk) in enumerate(zip(chunks, received, strict=False)):
                if whole != chunk:
                    return Mismatch(f"/{index}", f"one chunk {shown(whole)}", shown(chunk))
        return frames

    def id_difference(self, frames: list[JSON], saved: int) -> int | Mismatch:
        """Return the last id of a saved message, or the frame whose id is not higher than the one before.

        `saved` is the last id of the stream before, or 0.
        """
        for index, frame in enumerate(cast(list[dict[str, JSON]], frames)):
            if frame["type"] in self.numbered:
                number = cast(int, cast(dict[str, JSON], frame["data"])["id"])
                if number <= saved:
                    return Mismatch(f"/{index}/data/id", f"more than {saved}", str(number))
                saved = number
        return saved if self.across else 0


def plain_body(response: Received) -> bytes:
    """Return the body, decompressed if it is gzipped. Raise ValueError if it cannot be decompressed."""
    if response.header("content-encoding") != "gzip":
        return response.body
    try:
        with GzipFile(fileobj=BytesIO(response.body)) as file:
            plain = file.read(MAX_RESPONSE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"not gzip: {error}") from None
    if len(plain) > MAX_RESPONSE:
        raise ValueError(f"longer than {MAX_RESPONSE} bytes")
    return plain


class FrameCount:
    """Counts the whole frames of a stream whose parts are added; comments are not counted."""

    def __init__(self) -> None:
        self.count = 0
        self._first = b""
        """The first byte of the frame under way."""
        self._held = b""
        """A line feed that may be the first of the two that end a frame."""

    def add(self, part: bytes) -> int:
        """Add the next part, and return how many frames there are so far."""
        *whole, rest = (self._held + part).split(b"\n\n")
        for frame in whole:
            self.count += not (self._first or frame).startswith(b":")
            self._first = b""
        self._first = self._first or rest[:1]
        self._held = b"\n" if rest.endswith(b"\n") else b""
        return self.count


def _raw(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


NOTATIONS = {
    "4.19.4": Notation(compact, EVENT_STREAM, frozenset(), frozenset({"message_saved"}), across=True),
    "4.29.3": Notation(
        _raw,
        f"{EVENT_STREAM}; charset=utf-8",
        frozenset({": heartbeat"}),
        frozenset({"user_message_saved", "message_saved"}),
        across=False,
    ),
}
