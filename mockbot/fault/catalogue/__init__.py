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
from mockbot.fault.catalogue.framing_errors import BadChunk, ContentLength, Raw, TrailingBytes
from mockbot.fault.catalogue.headers import EarlyHints, Gzip, MediaType, RepeatHeader, SetHeader
from mockbot.fault.catalogue.shape import BigInt, Drop, Enum, Extra, Null, Paging, Retype
from mockbot.fault.catalogue.socket import Cut, IdleClose, Reset, Truncate
from mockbot.fault.catalogue.status import Early, Redirect, Status
from mockbot.fault.catalogue.texts import DateTime, Large, Surrogate, Text
from mockbot.fault.catalogue.timing import Delay, Drip, Stall
from mockbot.fault.fault import Fault

__all__ = [
    "CATALOGUE",
    "BadChunk",
    "BadUtf8",
    "BareField",
    "BigInt",
    "Bom",
    "ColonSpace",
    "Comments",
    "ContentLength",
    "Cut",
    "DataLines",
    "DateTime",
    "Delay",
    "Drip",
    "Drop",
    "Early",
    "EarlyHints",
    "EmptyEvent",
    "Enum",
    "EventId",
    "EventName",
    "EventRetry",
    "Extra",
    "ExtraEvent",
    "Gzip",
    "Heartbeats",
    "IdleClose",
    "JoinChunks",
    "Large",
    "LineEnds",
    "Linger",
    "MediaType",
    "MetadataBlock",
    "NoBlankLine",
    "Null",
    "Paging",
    "Raw",
    "Redirect",
    "RepeatEvent",
    "RepeatHeader",
    "Reset",
    "Retype",
    "SetHeader",
    "SplitChunks",
    "Stall",
    "Status",
    "Surrogate",
    "Text",
    "TrailingBytes",
    "TrailingSpace",
    "Truncate",
    "UnknownField",
]

_LINES = (LineEnds, Bom, Comments, ColonSpace, TrailingSpace, BareField, DataLines, UnknownField, BadUtf8, NoBlankLine)
_EVENTS = (EventId, EventName, EventRetry, MetadataBlock, EmptyEvent, ExtraEvent, RepeatEvent, Heartbeats, Linger)
_CHUNKS = (SplitChunks, JoinChunks)
_PLAIN = (Status, Delay, Stall, Truncate, Cut, Reset)
_SHAPED = (Null, Drop, Extra, Enum, BigInt, DateTime, Surrogate, Text, Large, Retype, Paging)
_SENT = (Redirect, Early, MediaType, SetHeader, RepeatHeader, EarlyHints, Gzip, Drip, IdleClose)
_BROKEN = (ContentLength, BadChunk, TrailingBytes, Raw)
CATALOGUE: Mapping[str, type[Fault]] = {
    fault.name: fault for family in (_PLAIN, _LINES, _EVENTS, _CHUNKS, _SHAPED, _SENT, _BROKEN) for fault in family
}
"""The faults by their names in files and in the control API."""
