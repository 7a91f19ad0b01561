"""A response in other chunks; its bytes stay the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import Blocks
from mockbot.fault.fault import ABORT, BODY, RAW, START, Fault, Range, pause
from mockbot.fault.stream import is_stream

RULE = "RFC 9112 7.1: decoding joins the chunks; where one ends has no meaning"
PLACES = {"utf8": re.compile(rb"(?=[\x80-\xbf])"), "crlf": re.compile(rb"(?<=\r)(?=\n)")}
MOST = 10_000
"""How many chunks are split off in a response; the rest of it has the chunks that it had."""
BURST = 1000
"""How many chunks are sent before other requests have a turn."""


@dataclass(frozen=True, slots=True)
class SplitChunks(Fault):
    """Each frame is sent in several chunks, up to 10,000, which may end within characters or line ends."""

    name: ClassVar[str] = "split_chunks"
    rule: ClassVar[str] = RULE
    at: Annotated[
        Literal["utf8", "crlf", "bytes"],
        "Where chunks end besides the ends of frames: within each character of several bytes, after each of them but "
        "the last; between each CR and LF; after every `size` bytes of a frame.",
    ] = "bytes"
    size: Annotated[int, Range(1, 1_000_000), "Bytes of a chunk for `bytes`."] = 1

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with bodies in pieces."""
        sent = 0
        async for message in messages:
            begin = 0
            body = message.get("body", b"") if message["type"] == BODY else b""
            for end in islice(self._places(body), MOST - sent):
                yield {**message, "body": body[begin:end], "more_body": True}
                begin, sent = end, sent + 1
                if sent % BURST == 0:
                    yield pause(0)
            yield {**message, "body": body[begin:]} if begin else message

    def _places(self, body: bytes) -> Iterator[int]:
        places: Iterable[int] = range(0, len(body), self.size)
        if self.at != "bytes":
            places = (found.start() for found in PLACES[self.at].finditer(body))
        yield from (place for place in places if place)


MOST_HELD = 16 * 1024 * 1024
"""Bytes of a chunk, more than which are not held back."""


@dataclass(frozen=True, slots=True)
class JoinChunks(Fault):
    """Several events of a stream are sent in one chunk."""

    name: ClassVar[str] = "join_chunks"
    rule: ClassVar[str] = RULE
    frames: Annotated[int, Range(0, 1_000_000), "Events of a chunk; 0: all."] = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with bodies joined."""
        joins, blocks, held, events = True, Blocks(midstream=True), bytearray(), 0
        async for message in messages:
            if message["type"] == START:
                joins, blocks = is_stream(message), Blocks()
            elif joins and message["type"] == BODY:
                for block in blocks.feed(message.get("body", b"")):
                    held += bytes(block)
                    events += block.is_event
                    if (block.is_event and events == self.frames) or len(held) > MOST_HELD:
                        yield {"type": BODY, "body": bytes(held), "more_body": True}
                        held.clear()
                        events = 0
                if message.get("more_body", False):
                    continue
                message = {**message, "body": bytes(held) + bytes(blocks.rest())}
            elif joins and message["type"] in (ABORT, RAW) and (kept := bytes(held) + bytes(blocks.rest())):
                yield {"type": BODY, "body": kept, "more_body": True}
                held.clear()
            yield message
