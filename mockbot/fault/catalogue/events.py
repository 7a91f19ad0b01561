"""Events that come in addition, and what happens at the end of a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from starlette.types import Message

from mockbot.fault.blocks import Blocks, StreamFault, has_data, is_stream
from mockbot.fault.catalogue.framing import Change
from mockbot.fault.fault import BODY, START, Fault, Range, pause
from mockbot.sse import LINE_END

After: TypeAlias = Annotated[int, Range(0, 1_000_000), "Events to send first."]
BLOCKS = {"id": b"id: 1\n\n", "retry": b"retry: 3000\n\n", "event": b"event: mockbot\n\n"}


@dataclass(frozen=True, slots=True)
class _Inserted(StreamFault):
    after: After = 0

    @property
    def block(self) -> bytes:
        """Return the block."""
        raise NotImplementedError

    def changes(self) -> tuple[Change, Change]:
        """Put the block after the events, or at the end if there are fewer."""
        left: list[int] = [self.after]

        def changed(block: bytes) -> bytes:
            before = self.block if left[0] == 0 else b""
            left[0] -= has_data(block) or left[0] == 0
            return before + block

        return changed, lambda rest: rest + (self.block if left[0] >= 0 and not rest else b"")


@dataclass(frozen=True, slots=True)
class MetadataBlock(_Inserted):
    """A block without data, which is no event."""

    name: ClassVar[str] = "metadata_block"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a block without data is not dispatched"
    field: Annotated[Literal["id", "retry", "event"], "The only field of the block."] = "id"

    @property
    def block(self) -> bytes:
        """Return the block."""
        return BLOCKS[self.field]


@dataclass(frozen=True, slots=True)
class EmptyEvent(_Inserted):
    """An event whose data is empty."""

    name: ClassVar[str] = "empty_event"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: an event with an empty data line is dispatched with empty data"
    colon: Annotated[bool, "Whether the field has a colon."] = True

    @property
    def block(self) -> bytes:
        """Return the block."""
        return b"data:\n\n" if self.colon else b"data\n\n"


@dataclass(frozen=True, slots=True)
class ExtraEvent(StreamFault):
    """One more event, such as one of a type that no contract knows."""

    name: ClassVar[str] = "extra_event"
    rule: ClassVar[str] = "the contract is open: ignore events of types that you do not know"
    data: Annotated[str, Range(0, 1_000_000), "The data."] = '{"type": "mockbot_unknown", "data": null}'
    event: Annotated[str | None, Range(1, 1000), "The type in `event:`; null: none."] = None
    after: Annotated[int | None, Range(0, 1_000_000), "Events to send first; null: all."] = None

    def changes(self) -> tuple[Change, Change]:
        """Put the event after the others, or at the end if there are fewer."""
        left = [-1 if self.after is None else self.after]
        fields = [] if self.event is None else [f"event: {LINE_END.sub('', self.event)}"]
        fields += [f"data: {line}" for line in LINE_END.split(self.data)]
        extra = ("\n".join(fields) + "\n\n").encode("utf-8", "replace")
        sent: list[bool] = []

        def changed(block: bytes) -> bytes:
            if left[0] == 0 and not sent:
                sent.append(True)
                return extra + block
            left[0] -= has_data(block)
            return block

        return changed, lambda rest: rest if sent or rest else extra


@dataclass(frozen=True, slots=True)
class RepeatEvent(StreamFault):
    """The last event comes again."""

    name: ClassVar[str] = "repeat_event"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: each block with data is an event, also an equal one"
    times: Annotated[int, Range(1, 1000), "How often it comes again."] = 1

    def changes(self) -> tuple[Change, Change]:
        """Remember the last event for the end."""
        last = [b""]

        def changed(block: bytes) -> bytes:
            last[0] = block if has_data(block) else last[0]
            return block

        return changed, lambda rest: rest if rest else last[0] * self.times


@dataclass(frozen=True, slots=True)
class Heartbeats(Fault):
    """Comments with pauses between them, while the model thinks."""

    name: ClassVar[str] = "heartbeats"
    rule: ClassVar[str] = "WHATWG HTML 9.2.7: comments keep a connection alive"
    seconds: Annotated[float, Range(0, 3600), "Seconds between two comments, in real time."] = 0.2
    count: Annotated[int, Range(1, 10_000), "How many comments."] = 3
    after: After = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the comments after the events."""
        blocks, left, on = Blocks(), self.after, False
        async for message in messages:
            if message["type"] == START:
                on = is_stream(message)
            elif message["type"] == BODY and on and left >= 0:
                if left == 0:
                    for _ in range(self.count):
                        yield {"type": BODY, "body": b": heartbeat\n\n", "more_body": True}
                        yield pause(self.seconds)
                    left = -1
                else:
                    left = max(0, left - sum(map(has_data, blocks.feed(message.get("body", b"")))))
            yield message


@dataclass(frozen=True, slots=True)
class Linger(Fault):
    """The response stays open after its last byte, and then ends properly."""

    name: ClassVar[str] = "linger"
    rule: ClassVar[str] = "no rule says when a server closes a stream: the reply ends with its last event"
    seconds: Annotated[float, Range(0, 3600), "Seconds to stay open, in real time."] = 5.0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with a pause before the end."""
        async for message in messages:
            if message["type"] == BODY and not message.get("more_body", False):
                if message.get("body", b""):
                    yield {**message, "more_body": True}
                yield pause(self.seconds)
                message = {**message, "body": b""}
            yield message
