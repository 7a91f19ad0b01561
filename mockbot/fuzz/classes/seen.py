"""What is seen in the bytes of a stream: blocks, lines, line ends, and where its chunks begin and end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from mockbot.fuzz.classes.bug_class import Met, any_of
from mockbot.fuzz.sent import Sent

BLOCK = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2}")
LINE = re.compile(rb"\r\n|\r|\n")


def blocks(sent: Sent) -> Sequence[Sequence[bytes]]:
    """Return the lines of each block of a stream."""
    return _blocks(sent.body.removeprefix(b"\xef\xbb\xbf")) if sent.is_stream else ()


@lru_cache(maxsize=8)
def _blocks(body: bytes) -> Sequence[Sequence[bytes]]:
    """Return the lines of each block; kept, because many classes look at one body."""
    return tuple(tuple(LINE.split(block)) for block in BLOCK.split(body) if block)


def lines(sent: Sent) -> list[bytes]:
    """Return the lines of a stream."""
    return [line for block in blocks(sent) for line in block]


def line(pattern: bytes) -> Met:
    """Return what is met by a line that begins so."""
    compiled = re.compile(pattern, re.DOTALL)
    return any_of(lambda sent: any(compiled.match(each) for each in lines(sent)))


def ends(sent: Sent) -> set[bytes]:
    """Return the line ends that a stream has."""
    return set(LINE.findall(sent.body)) if sent.is_stream else set()


def inside_character(sent: Sent) -> bool:
    """Return whether a chunk ends within a character and the next goes on with it."""
    return any(
        next_.data[:1] >= b"\x80" and next_.data[:1] < b"\xc0" and chunk.data[-1:] >= b"\x80"
        for chunk, next_ in pairwise(sent.chunks)
    )


def texts(sent: Sent) -> str:
    """Return the data of all events, a line feed between two."""
    return "\n".join(event.data for event in sent.events) if sent.is_stream else ""


def odd_media_type(sent: Sent) -> bool:
    """Return whether a stream has another Content-Type than servers usually send."""
    plain = ("text/event-stream", "text/event-stream; charset=utf-8")
    return bool(sent.status) and sent.header("content-type") not in plain and "stream" in written_type(sent)


def written_type(sent: Sent) -> str:
    """Return the Content-Type in lower case; `stream` if there is none."""
    return (sent.header("content-type") or "stream").lower()


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def without_data(sent: Sent) -> bool:
    """Return whether a block has fields but no data."""
    named = [block for block in blocks(sent) if any(re.match(rb"id|event|retry", line) for line in block)]
    return any(not any(line.startswith(b"data") for line in block) for block in named)


def several_data_lines(sent: Sent) -> bool:
    """Return whether an event has more than one line of data."""
    return any(sum(line.startswith(b"data:") for line in block) > 1 for block in blocks(sent))


def many_in_a_chunk(sent: Sent) -> bool:
    """Return whether a chunk has more than one event."""
    return sent.is_stream and any(len(BLOCK.findall(chunk.data)) > 1 for chunk in sent.chunks)


def one_by_one(sent: Sent) -> bool:
    """Return whether a stream comes byte by byte."""
    return sent.is_stream and sum(len(chunk.data) == 1 for chunk in sent.chunks) > 10
