"""The faults, in one module for each family. To add a fault, write its class and add it to CATALOGUE.

The fields of a class are the parameters of its fault. A frame is a body message that is not empty: in a stream, one
event; a complete response is one frame.
"""

from collections.abc import Mapping

from mockbot.fault.catalogue.chunks import JoinChunks, SplitChunks
from mockbot.fault.catalogue.events import EmptyEvent, ExtraEvent, Heartbeats, Linger, MetadataBlock, RepeatEvent
from mockbot.fault.catalogue.fields import EventId, EventName, EventRetry, UnknownField
from mockbot.fault.catalogue.framing import (
    BadUtf8,
    BareField,
    Bom,
    ColonSpace,
    Comments,
    DataLines,
    LineEnds,
    NoBlankLine,
    TrailingSpace,
)
from mockbot.fault.catalogue.shape import BigInt, Drop, Enum, Extra, Null, Paging, Retype
from mockbot.fault.catalogue.socket import Cut, Raw, Reset, Truncate
from mockbot.fault.catalogue.status import Status
from mockbot.fault.catalogue.texts import DateTime, Large, Surrogate, Text
from mockbot.fault.catalogue.timing import Delay, Stall
from mockbot.fault.fault import Fault

__all__ = [
    "CATALOGUE",
    "BadUtf8",
    "BareField",
    "BigInt",
    "Bom",
    "ColonSpace",
    "Comments",
    "Cut",
    "DataLines",
    "DateTime",
    "Delay",
    "Drop",
    "EmptyEvent",
    "Enum",
    "EventId",
    "EventName",
    "EventRetry",
    "Extra",
    "ExtraEvent",
    "Heartbeats",
    "JoinChunks",
    "Large",
    "LineEnds",
    "Linger",
    "MetadataBlock",
    "NoBlankLine",
    "Null",
    "Paging",
    "Raw",
    "RepeatEvent",
    "Reset",
    "Retype",
    "SplitChunks",
    "Stall",
    "Status",
    "Surrogate",
    "Text",
    "TrailingSpace",
    "Truncate",
    "UnknownField",
]

CATALOGUE: Mapping[str, type[Fault]] = {
    fault.name: fault
    for fault in (
        Status,
        Delay,
        Stall,
        Truncate,
        Cut,
        Reset,
        Raw,
        LineEnds,
        Bom,
        Comments,
        Heartbeats,
        ColonSpace,
        TrailingSpace,
        BareField,
        DataLines,
        EventId,
        EventName,
        EventRetry,
        UnknownField,
        MetadataBlock,
        EmptyEvent,
        SplitChunks,
        JoinChunks,
        BadUtf8,
        NoBlankLine,
        Linger,
        ExtraEvent,
        RepeatEvent,
        Null,
        Drop,
        Extra,
        Enum,
        BigInt,
        DateTime,
        Surrogate,
        Text,
        Large,
        Retype,
        Paging,
    )
}
"""The faults by their names in files and in the control API."""
