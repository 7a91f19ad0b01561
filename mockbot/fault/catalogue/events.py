"""An event stream with more blocks, more events, or a later end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import Block
from mockbot.fault.catalogue.timing import Seconds
from mockbot.fault.fault import BODY, Fault, Range, pause
from mockbot.fault.stream import ONE_LINE, Piece, Seen, StreamFault, frame, written
from mockbot.sse import LINE_END

After: TypeAlias = Annotated[
    int, Range(0, 1_000_000), "Events to send first; 0: none. If there are fewer, the place is the end of the stream."
]
METADATA: Mapping[str, bytes] = {"id": b"id: 1", "retry": b"retry: 3000", "event": b"event: mockbot"}


class _Inserted(StreamFault):
    __slots__ = ()
    after: int | None

    @abstractmethod
    def inserted(self) -> Iterator[Piece]:
        """Yield what is inserted."""

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block, and what is inserted before the first event or at once after a later one."""
        is_event = block.is_event and block.is_complete
        if is_event and self.after == seen.events == 0:
            yield from self.inserted()
        yield block
        if is_event and self.after == seen.events + 1:
            yield from self.inserted()

    def end(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield what has not been inserted before, and the rest."""
        if self.after is None or seen.events < max(self.after, 1):
            yield from self.inserted()
        yield from self.rest(rest, seen)


@dataclass(frozen=True, slots=True)
class MetadataBlock(_Inserted):
    """A block with a field but without data, which is no event."""

    name: ClassVar[str] = "metadata_block"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a block without data is not dispatched"
    field: Annotated[Literal["id", "retry", "event"], "The only field of the block."] = "id"
    after: After = 0

    def inserted(self) -> Iterator[Piece]:
        """Yield the block."""
        yield frame(Block.of(METADATA[self.field]))


@dataclass(frozen=True, slots=True)
class EmptyEvent(_Inserted):
    """One more event, whose data is empty."""

    name: ClassVar[str] = "empty_event"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a block with an empty data line is dispatched; its data is empty"
    after: After = 0
    colon: Annotated[bool, "Whether its field has a colon."] = True

    def inserted(self) -> Iterator[Piece]:
        """Yield the event."""
        yield frame(Block.of(b"data:" if self.colon else b"data"))


@dataclass(frozen=True, slots=True)
class ExtraEvent(_Inserted):
    """One more event, such as one of a type that no contract knows."""

    name: ClassVar[str] = "extra_event"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: each block with data is dispatched; contracts may grow by types"
    data: Annotated[str, Range(0, 1_000_000), "Its data; each line of it is a data line."] = (
        '{"type": "mockbot_unknown", "data": null}'
    )
    event: Annotated[str | None, ONE_LINE, Range(0, 10_000), "Its type; null: no field `event`."] = None
    after: Annotated[
        int | None,
        Range(0, 1_000_000),
        "Events to send first; 0: none; null: all. If there are fewer, the place is the end of the stream.",
    ] = None

    def inserted(self) -> Iterator[Piece]:
        """Yield the event."""
        named = [] if self.event is None else [b"event: " + written(self.event)]
        lines = (b"data: " + written(line) for line in LINE_END.split(self.data))
        yield frame(Block.of(*named, *lines))


MOST_REPEATED = 16 * 1024 * 1024
"""Bytes of a repeated event; a large one is repeated less often."""


@dataclass(frozen=True, slots=True)
class RepeatEvent(StreamFault):
    """The last event is sent again at the end of the stream."""

    name: ClassVar[str] = "repeat_event"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: each block with data is dispatched, also one equal to that before it"
    times: Annotated[int, Range(1, 1000), "How many more times it is sent."] = 1

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block."""
        yield block

    def end(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the last event again, and the rest."""
        if seen.event is not None:
            times = min(self.times, 1 + MOST_REPEATED // max(1, len(bytes(seen.event))))
            yield from map(frame, (seen.event,) * times)
        yield from self.rest(rest, seen)


@dataclass(frozen=True, slots=True)
class Heartbeats(_Inserted):
    """Comments with pauses between them, as servers send while nothing else is ready."""

    name: ClassVar[str] = "heartbeats"
    rule: ClassVar[str] = "WHATWG HTML 9.2.7: comments keep a connection alive while there is no event"
    seconds: Seconds = 0.2
    count: Annotated[int, Range(1, 10_000), "How many comments, each with a pause after it."] = 3
    after: After = 0

    def inserted(self) -> Iterator[Piece]:
        """Yield the comments and pauses."""
        for _ in range(self.count):
            yield frame(Block.of(b": heartbeat"))
            yield pause(self.seconds)


@dataclass(frozen=True, slots=True)
class Linger(Fault):
    """The response stays open for a while after its last frame, and then ends properly."""

    name: ClassVar[str] = "linger"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: an event is dispatched at its blank line, not at the end of the stream"
    seconds: Seconds = 5.0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with a pause before the end."""
        async for message in messages:
            if message["type"] == BODY and not message.get("more_body", False):
                if message.get("body", b""):
                    yield {**message, "more_body": True}
                yield pause(self.seconds)
                yield {**message, "body": b""}
            else:
                yield message
