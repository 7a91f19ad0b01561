"""Where the chunks of a body begin and end, which means nothing (RFC 9112, section 7.1)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.fault.fault import BODY, Fault, Range

RULE = "RFC 9112, section 7.1: where chunks begin and end means nothing"
CUTS = {"utf8": re.compile(rb"(?=[\x80-\xbf])"), "crlf": re.compile(rb"(?<=\r)(?=\n)")}


@dataclass(frozen=True, slots=True)
class SplitChunks(Fault):
    """The body is sent in more chunks, cut inside of characters, inside of CRLF, or after a number of bytes."""

    name: ClassVar[str] = "split_chunks"
    rule: ClassVar[str] = RULE
    at: Annotated[
        Literal["bytes", "utf8", "crlf"],
        "After every `size` bytes, before every continuation byte of UTF-8, or between CR and LF.",
    ] = "bytes"
    size: Annotated[int, Range(1, 1_000_000), "Bytes of a chunk, if they are cut at bytes."] = 1

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with bodies in pieces."""
        async for message in messages:
            body = message.get("body", b"") if message["type"] == BODY else b""
            pieces = list(self._pieces(body))
            for piece in pieces[:-1]:
                yield {**message, "body": piece, "more_body": True}
            yield {**message, "body": pieces[-1]} if pieces else message

    def _pieces(self, body: bytes) -> Iterator[bytes]:
        if self.at == "bytes":
            yield from (body[at : at + self.size] for at in range(0, len(body), self.size))
            return
        places = [0, *(found.start() for found in CUTS[self.at].finditer(body)), len(body)]
        yield from (body[one:other] for one, other in pairwise(places) if one < other)


@dataclass(frozen=True, slots=True)
class JoinChunks(Fault):
    """Several frames are sent in one chunk."""

    name: ClassVar[str] = "join_chunks"
    rule: ClassVar[str] = RULE
    frames: Annotated[int, Range(0, 1_000_000), "How many frames; 0: all."] = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with bodies put together."""
        kept: list[bytes] = []
        async for message in messages:
            if message["type"] != BODY:
                yield message
                continue
            more = message.get("more_body", False)
            kept += [message["body"]] if message.get("body", b"") else []
            if not more or (self.frames and len(kept) >= self.frames):
                yield {**message, "body": b"".join(kept), "more_body": more}
                kept = []
