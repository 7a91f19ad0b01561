"""What a right client reports: the events of a response, as our own parser reads them from the bytes that were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from mockbot.dataclass import dataclass
from mockbot.fuzz.sent import Sent
from mockbot.sse import Event

FIELDS = {"data", "event", "id", "retry", "type", "lastEventId", "origin"}
"""What an object with the data of an event may have, as libraries name it."""
NOTHING = object()
"""The value of an event whose data is not JSON."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the client was seen to do when nothing is wrong."""

    reports: bool = False
    """Whether it reports the events of a stream, or the result of an operation."""
    known: frozenset[str] = frozenset()
    """The types of events that it reports; a client may ignore all others."""
    surfaces: frozenset[str] = frozenset()
    """What it can be tried with: stream, json, list, upload."""
    last: frozenset[str] = frozenset()
    """The types of the last events of its streams."""
    plain: tuple[Sent, ...] = ()
    """The responses that it got."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to report."""

    event: Event
    value: object
    """Its JSON, or NOTHING."""
    optional: bool
    """Whether a right client may ignore it."""

    def fits(self, line: object) -> bool:
        """Return whether a client's line is this event: its JSON, its data, or an object with the data."""
        if isinstance(line, dict) and line.keys() <= FIELDS and line.get("data") == self.event.data:
            named = line.get("event", line.get("type"))
            return named in (self.event.event, None, "")
        return same(line, self.value) or (isinstance(line, str) and line == self.event.data)


def same(one: object, other: object) -> bool:
    """Return whether two JSON values are the same; 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return one == other


def items(sent: Sent, habits: Habits | None = None) -> tuple[Item, ...]:
    """Return what to report of a response, in order; without `habits`, all of it may be ignored."""
    if sent.is_stream:
        return tuple(Item(event, value := _value(event), _optional(value, habits)) for event in sent.events)
    return tuple(Item(Event(json.dumps(value)), value, habits is None) for value in sent.values)


def mismatch(expected: Sequence[Item], lines: Sequence[object]) -> tuple[int, int] | None:
    """Return the index of the first item and of the first line that do not fit each other; None if all do."""
    at = 0
    for index, line in enumerate(lines):
        while at < len(expected) and not expected[at].fits(line) and expected[at].optional:
            at += 1
        if at == len(expected) or not expected[at].fits(line):
            return at, index
        at += 1
    missing = next((at + index for index, item in enumerate(expected[at:]) if not item.optional), None)
    return None if missing is None else (missing, len(lines))


def is_whole(expected: Sequence[Item], habits: Habits) -> bool:
    """Return whether events end as those of a whole stream do."""
    return bool(expected) and _type(expected[-1].value) in habits.last


def last_type(sent: Sent) -> str:
    """Return the type of the last event of a stream."""
    found = items(sent)
    return _type(found[-1].value) if found else ""


def types(lines: Sequence[object], expected: Sequence[Item]) -> Iterator[str]:
    """Yield the types of the expected events that are among the lines."""
    for item in expected:
        if any(item.fits(line) for line in lines):
            yield _type(item.value)


def _value(event: Event) -> object:
    try:
        return json.loads(event.data)
    except (ValueError, RecursionError):
        return NOTHING


def _type(value: object) -> str:
    found = value.get("type") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _optional(value: object, habits: Habits | None) -> bool:
    """Return whether an event may be ignored: it is empty or not JSON, or of a type that the client does not report."""
    return habits is None or value is NOTHING or _type(value) not in habits.known
