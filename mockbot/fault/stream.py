"""Runs a fault that changes an event stream block by block."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import Block, Blocks
from mockbot.fault.fault import ABORT, BODY, RAW, START, Fault, Form
from mockbot.fault.head import header, with_header
from mockbot.fault.head import is_stream as is_event_stream

Piece: TypeAlias = Block | Message
"""What a fault sends: a block, or a message that is not part of the body, such as a pause."""
ONE_LINE = Form(r"[^\r\n]*(?![\r\n])", "a text without line ends")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the fault has received of the stream so far."""

    events: int = 0
    lines: int = 0
    bom: bool = False
    """Whether the stream begins with a byte order mark."""
    block: Block | None = None
    """The last block."""
    event: Block | None = None
    """The last block that is an event."""

    def then(self, block: Block) -> Seen:
        """Return what has been received after `block`, too."""
        if block.late:
            return self
        lines, events = self.lines + len(block.lines), self.events + block.is_event
        return Seen(events, lines, self.bom, block, block if block.is_event else self.event)


class StreamFault(Fault):
    """A fault of event streams; other responses pass unchanged, as do streams with a content coding.

    A block is changed as soon as it is complete. One message of the body becomes one message, so that frames which are
    sent together stay together; only `frame` makes a message of its own.
    """

    __slots__ = ()

    @abstractmethod
    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield what is sent for a block, before which `seen` was received; it may be incomplete."""

    def rest(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield what is sent before the connection is ended or gets other bytes; `rest` is incomplete or empty."""
        if rest.lines:
            yield from self.change(rest, seen)

    def end(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield what is sent at the end of the stream; `rest` is incomplete or empty."""
        yield from self.rest(rest, seen)

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with changed blocks."""
        stream = _Stream(self)
        async for message in messages:
            for each in stream.take(message):
                yield each


def is_stream(start: Message) -> bool:
    """Return whether a response is an event stream whose bytes are text: without a content coding."""
    return is_event_stream(start) and not header(start, b"content-encoding")


def frame(block: Block) -> Message:
    """Return the message of a frame that is only this block."""
    return {"type": BODY, "body": bytes(block), "more_body": True}


def written(text: str) -> bytes:
    """Return a text in UTF-8; a lone surrogate, which has no UTF-8 form, is a question mark."""
    return text.encode("utf-8", "replace")


class _Stream:
    """One response; without a head, as in a script, it is the rest of a stream."""

    def __init__(self, fault: StreamFault) -> None:
        self._fault = fault
        self._is_stream = True
        self._blocks = Blocks(midstream=True)
        self._seen = Seen()

    def take(self, message: Message) -> Iterator[Message]:
        """Yield the messages to send for `message`."""
        if message["type"] == START:
            self._is_stream, self._blocks = is_stream(message), Blocks()
            yield with_header(message, b"content-length", None) if self._is_stream else message
        elif not self._is_stream:
            yield message
        elif message["type"] == BODY:
            more = message.get("more_body", False)
            body = self._blocks.feed(message.get("body", b""))
            pieces = map(self._changed, body)
            yield from self._sent(chain.from_iterable(pieces if more else chain(pieces, (self._end(),))), more)
        else:
            if message["type"] in (ABORT, RAW):
                yield from self._sent(self._rest(), more=True)
            yield message

    def _sent(self, pieces: Iterable[Piece], more: bool) -> Iterator[Message]:
        body: list[bytes] = []
        for piece in pieces:
            if isinstance(piece, Block):
                body.append(bytes(piece))
                continue
            if body:
                yield {"type": BODY, "body": b"".join(body), "more_body": True}
                body.clear()
            yield piece
        if any(body) or not more:
            yield {"type": BODY, "body": b"".join(body), "more_body": more}

    def _changed(self, block: Block) -> Iterator[Piece]:
        yield from self._mark(block)
        yield from self._fault.change(replace(block, bom=b""), self._seen)
        self._seen = self._seen.then(block)

    def _rest(self) -> Iterator[Piece]:
        rest = self._blocks.rest()
        yield from self._mark(rest)
        yield from self._fault.rest(replace(rest, bom=b""), self._seen)
        self._seen = replace(self._seen.then(rest), block=None)

    def _end(self) -> Iterator[Piece]:
        rest = self._blocks.rest()
        yield from self._mark(rest)
        yield from self._fault.end(replace(rest, bom=b""), self._seen)

    def _mark(self, block: Block) -> Iterator[Piece]:
        """Yield the byte order mark before a block, so that it stays before whatever is sent for the block."""
        if block.bom:
            self._seen = replace(self._seen, bom=True)
            yield Block((), bom=block.bom)
