"""Fields in each event of an event stream, beside its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import Block
from mockbot.fault.fault import Form, Range
from mockbot.fault.stream import ONE_LINE, Piece, Seen, StreamFault, written

OTHER = Form(r"(?!(?:data|event|id|retry)$)[^:\r\n]+(?![\r\n])", "the name of a field that no specification knows")
Value: TypeAlias = Annotated[str, ONE_LINE, Range(0, 1_000_000), "The value; it may be empty, and may have controls."]


@dataclass(frozen=True, slots=True)
class _Field(StreamFault):
    field: ClassVar[bytes]
    value: Value = ""

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block; an event has the field instead of its own."""
        if not block.is_event:
            yield block
            return
        others = block.with_lines(line for line in block.lines if line.name != self.field)
        yield others.beginning(self.field + b": " + written(self.value))


@dataclass(frozen=True, slots=True)
class EventId(_Field):
    """Each event has this id."""

    name: ClassVar[str] = "event_id"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: an id is any text, also an empty one; an id with NUL is ignored"
    field: ClassVar[bytes] = b"id"
    value: Value = "1"


@dataclass(frozen=True, slots=True)
class EventName(_Field):
    """Each event has this type; `message` is the type of an event without one."""

    name: ClassVar[str] = "event_name"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: `event` is the type of the event; `message` if it is empty or absent"
    field: ClassVar[bytes] = b"event"
    value: Value = "message"


@dataclass(frozen=True, slots=True)
class EventRetry(_Field):
    """Each event has this reconnection time, in milliseconds."""

    name: ClassVar[str] = "event_retry"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a `retry` that is not only ASCII digits is ignored"
    field: ClassVar[bytes] = b"retry"
    value: Value = "3000"


@dataclass(frozen=True, slots=True)
class UnknownField(StreamFault):
    """Each event has a field that no specification knows."""

    name: ClassVar[str] = "unknown_field"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a field of any other name is ignored; names are case-sensitive"
    field: Annotated[str, OTHER, Range(1, 10_000), "Its name, such as `Data` or ` data`."] = "mockbot"
    value: Value = "1"

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block; an event ends with the field."""
        field = written(self.field) + b": " + written(self.value)
        yield block.ending(field) if block.is_event else block
