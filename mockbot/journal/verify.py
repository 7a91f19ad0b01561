"""Whether a client sent what a test expects, and if not, the nearest misses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mockbot.journal.entry import Entry
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.query import Condition, Count, Query
from mockbot.jsontext import JSON
from mockbot.matching import Miss, matcher

MAX_NEAREST = 3
"""How many near misses are reported."""
MAX_COMPARED = 200
"""How many of the entries with the fewest misses are compared by text; the latest come first."""
MAX_LISTED = 10
"""How many matching entries the text lists; the JSON lists all."""
MAX_SHOWN = 200
"""How many characters of a value the text shows."""


@dataclass(frozen=True, slots=True)
class NearEntry:
    """An entry that nearly matches, and its first field that does not."""

    entry: str
    request: str
    miss: Miss
    misses: int
    """How many fields do not match."""

    def as_json(self) -> dict[str, JSON]:
        """Return this as the control API shows it."""
        first: JSON = {"field": self.miss.field, "expected": self.miss.expected, "actual": self.miss.actual}
        return {"entry": self.entry, "request": self.request, "miss": first, "misses": self.misses}

    def __str__(self) -> str:
        more = f", and {self.misses - 1} more" if self.misses > 1 else ""
        expected, actual = shown(self.miss.expected), shown(self.miss.actual)
        return f"{self.entry} {self.request}: {self.miss.field} should be {expected} but is {actual}{more}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The result: the matching entries, whether their number is as expected, and otherwise the nearest misses."""

    ok: bool
    expected: Count
    matched: tuple[str, ...]
    nearest: tuple[NearEntry, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Return this as the control API shows it."""
        return {
            "ok": self.ok,
            "count": len(self.matched),
            "expected": {"min": self.expected.least, "max": self.expected.most},
            "entries": list(self.matched),
            "nearest": [near.as_json() for near in self.nearest],
            "message": self.as_text(),
        }

    def as_text(self) -> str:
        """Return a summary line and a line for each near miss."""
        count = f"{len(self.matched)} {'entry matches' if len(self.matched) == 1 else 'entries match'}"
        if self.ok:
            return f"{count}, as expected ({self.expected})"
        lines = [f"{count}, expected {self.expected}"]
        if self.matched:
            more = len(self.matched) - MAX_LISTED
            lines[0] += f": {', '.join(self.matched[:MAX_LISTED])}{f' and {more} more' if more > 0 else ''}"
        lines += [f"  {near}" for near in self.nearest]
        return "\n".join(lines)


def verify(entries: Iterable[Entry], query: Query) -> Verified:
    """Find the entries that match, and the nearest misses if there are too few."""
    matched: list[str] = []
    missed: list[tuple[int, Entry, Miss]] = []
    conditions = query.where
    if query.operation is not None:
        conditions = (Condition("operation", matcher("equals", query.operation)), *conditions)
    for entry in entries:
        parsed = ParsedEntry(entry)
        misses = [miss for condition in conditions if (miss := condition.miss(parsed))]
        if misses:
            missed.append((len(misses), entry, misses[0]))
        else:
            matched.append(entry.id)
    ok = query.count.allows(len(matched))
    nearest = () if ok or len(matched) >= query.count.least else tuple(_nearest(missed))
    return Verified(ok, query.count, tuple(matched), nearest)


def _nearest(missed: list[tuple[int, Entry, Miss]]) -> Iterator[NearEntry]:
    """Yield the entries with the fewest misses; of equal ones first the closest by text, then the latest."""
    latest_first = missed[::-1]
    fewest = sorted(latest_first, key=lambda item: item[0])[:MAX_COMPARED]
    ranked = sorted(fewest, key=lambda item: (item[0], -item[2].closeness()))
    for misses, entry, miss in ranked[:MAX_NEAREST]:
        yield NearEntry(entry.id, f"{entry.method} {entry.path}", miss, misses)


def shown(value: JSON) -> str:
    """Return a value for the text: a matcher in words, anything else as JSON, cut to MAX_SHOWN characters."""
    match value:
        case {"equals": wanted}:
            return shown(wanted)
        case {"contains": wanted}:
            return f"a text with {shown(wanted)} in it"
        case {"regex": wanted}:
            return f"a text that matches {shown(wanted)}"
        case None:
            return "missing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
