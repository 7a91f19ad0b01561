"""Whether a client sent what a test expects, and if not, what came nearest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mockbot.journal.entry import Entry
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.query import Condition, Count, Query
from mockbot.jsontext import JSON
from mockbot.matching import Miss, matcher

NEAREST = 3
"""Entries that a miss names."""
COMPARED = 200
"""Of so many equally near entries, the latest, it is looked up which is the closest call."""
LISTED = 10
"""Entries that a sentence names when too many fit."""
LONGEST = 200
"""Characters of a value that a sentence shows."""


@dataclass(frozen=True, slots=True)
class Near:
    """An entry that nearly fits, and its first field that does not."""

    entry: str
    request: str
    miss: Miss
    misses: int
    """How many fields do not fit."""

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        first: JSON = {"field": self.miss.field, "expected": self.miss.expected, "actual": self.miss.actual}
        return {"entry": self.entry, "request": self.request, "miss": first, "misses": self.misses}

    def __str__(self) -> str:
        more = f", and {self.misses - 1} more" if self.misses > 1 else ""
        expected, actual = shown(self.miss.expected), shown(self.miss.actual)
        return f"{self.entry} {self.request}: {self.miss.field} should be {expected} but is {actual}{more}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer: which entries fit, whether that is as many as expected, and otherwise what came nearest."""

    ok: bool
    expected: Count
    fitted: tuple[str, ...]
    nearest: tuple[Near, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        return {
            "ok": self.ok,
            "count": len(self.fitted),
            "expected": {"min": self.expected.least, "max": self.expected.most},
            "entries": list(self.fitted),
            "nearest": [near.as_json() for near in self.nearest],
            "message": self.as_text(),
        }

    def as_text(self) -> str:
        """Return a sentence, and a line for each near miss."""
        count = f"{len(self.fitted)} {'entry fits' if len(self.fitted) == 1 else 'entries fit'}"
        if self.ok:
            return f"{count}, as expected ({self.expected})"
        lines = [f"{count}, expected {self.expected}"]
        if self.fitted:
            more = len(self.fitted) - LISTED
            lines[0] += f": {', '.join(self.fitted[:LISTED])}{f' and {more} more' if more > 0 else ''}"
        lines += [f"  {near}" for near in self.nearest]
        return "\n".join(lines)


def verify(entries: Iterable[Entry], query: Query) -> Verified:
    """Count the entries that fit; when there are too few, say which came nearest and why they do not fit."""
    fitted: list[str] = []
    missed: list[tuple[int, Entry, Miss]] = []
    conditions = query.where
    if query.operation is not None:
        conditions = (Condition("operation", matcher("equals", query.operation)), *conditions)
    for entry in entries:
        reading = ParsedEntry(entry)
        misses = [miss for condition in conditions if (miss := condition.miss(reading))]
        if misses:
            missed.append((len(misses), entry, misses[0]))
        else:
            fitted.append(entry.id)
    ok = query.count.allows(len(fitted))
    nearest = () if ok or len(fitted) >= query.count.least else tuple(_nearest(missed))
    return Verified(ok, query.count, tuple(fitted), nearest)


def _nearest(missed: list[tuple[int, Entry, Miss]]) -> Iterator[Near]:
    """Yield the entries with the fewest misses; of equals the closest call, then the latest."""
    latest_first = missed[::-1]
    fewest = sorted(latest_first, key=lambda item: item[0])[:COMPARED]
    ranked = sorted(fewest, key=lambda item: (item[0], -item[2].closeness()))
    for misses, entry, miss in ranked[:NEAREST]:
        yield Near(entry.id, f"{entry.method} {entry.path}", miss, misses)


def shown(value: JSON) -> str:
    """Return a value for a sentence: a matcher in words, anything else as JSON, cut when long."""
    match value:
        case {"equals": wanted}:
            return shown(wanted)
        case {"contains": wanted}:
            return f"something with {shown(wanted)} in it"
        case {"regex": wanted}:
            return f"something that matches {shown(wanted)}"
        case None:
            return "missing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
