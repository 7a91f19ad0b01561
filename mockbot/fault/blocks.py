"""The blocks of a stream of events: each is the lines of one event and the empty line that ends it."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.types import Message

from mockbot.fault.fault import BODY, START, Fault
from mockbot.sse import EVENT_STREAM

LINE_END = re.compile(rb"\r\n|\r|\n")
BLOCK_END = re.compile(rb"(?:\r\n|\r|\n)(?:\r\n|\r|\n)")
FIELD = re.compile(rb"(data|event|id|retry)(?:: ?(.*))?", re.DOTALL)
MOST = 64 * 1024 * 1024
"""Bytes of an incomplete block that are kept; what is longer passes on unchanged."""


class Blocks:
    """Splits the bytes of a stream into blocks, wherever the pieces begin and end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the blocks that the next bytes complete."""
        self._rest += data
        at = 0
        while (found := BLOCK_END.search(self._rest, at)) is not None:
            yield self._rest[at : found.end()]
            at = found.end()
        self._rest = self._rest[at:]
        if len(self._rest) > MOST:
            yield self.rest()

    def rest(self) -> bytes:
        """Return the incomplete block at the end, and forget it."""
        rest, self._rest = self._rest, b""
        return rest


class StreamFault(Fault):
    """A fault that changes the blocks of a stream one by one; other responses pass unchanged."""

    __slots__ = ()

    @abstractmethod
    def changes(self) -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
        """Return functions for one response: what is sent for a block, and for the incomplete rest at the end."""

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with changed blocks; a message has the blocks that it completes."""
        blocks = Blocks()
        changed, at_end = self.changes()
        on = False
        async for message in messages:
            if message["type"] == START:
                on = is_stream(message)
            if message["type"] != BODY or not on:
                yield message
                continue
            body = b"".join(map(changed, blocks.feed(message.get("body", b""))))
            more = message.get("more_body", False)
            if not more:
                body += at_end(blocks.rest())
            if body or not more:
                yield {**message, "body": body, "more_body": more}


def is_stream(start: Message) -> bool:
    """Return whether a response is a stream of events, by its media type in any case."""
    found = (value for name, value in start.get("headers", ()) if name.lower() == b"content-type")
    media_type = bytes(next(found, b"")).decode("latin-1").partition(";")[0].strip().lower()
    return media_type == EVENT_STREAM


def unchanged(rest: bytes) -> bytes:
    """Return the rest of a stream as it is."""
    return rest


def lines(block: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of a block, and the end of each."""
    return LINE_END.split(block)[:-1], LINE_END.findall(block)


def joined(texts: list[bytes], ends: list[bytes]) -> bytes:
    """Return a block with these lines; the last is empty."""
    return b"".join(text + end for text, end in zip(texts, ends, strict=True))


def has_data(block: bytes) -> bool:
    """Return whether a block is dispatched as an event."""
    return any(line == b"data" or line.startswith(b"data:") for line in lines(block)[0])


def with_lines(block: bytes, *, first: bytes = b"", last: bytes = b"") -> bytes:
    """Return a block with one more line at its beginning or at its end, with the line end of the block."""
    texts, ends = lines(block)
    if not texts:
        return block
    before, after = [first] if first else [], [last] if last else []
    return joined(
        [*before, *texts[:-1], *after, texts[-1]],
        [*(ends[:1] * len(before)), *ends[:-1], *(ends[:1] * len(after)), ends[-1]],
    )
