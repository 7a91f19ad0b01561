"""Whether a client sent what a test expects, and if not, the nearest misses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mockbot.dataclass import dataclass
from mockbot.journal.entry import Entry
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.query import Condition, Count, Query
from mockbot.journal.reading import reading
from mockbot.jsontext import JSON
from mockbot.matching import Matcher, Miss, matcher
from mockbot.turns import Work, at_once

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
    asked: str = ""
    """What the entries had to match, in words."""
    astray: tuple[str, ...] = ()
    """If there are too few: matching entries of the default world, whose requests may have been meant for this one."""
    prefix: str = ""
    """The prefix that leads to the world, such as `/w/X`."""

    def as_json(self) -> dict[str, JSON]:
        """Return this as the control API shows it."""
        return {
            "ok": self.ok,
            "count": len(self.matched),
            "expected": {"min": self.expected.least, "max": self.expected.most},
            "entries": list(self.matched),
            "nearest": [near.as_json() for near in self.nearest],
            "astray": list(self.astray),
            "message": self.as_text(),
        }

    def as_text(self) -> str:
        """Return a summary line and a line for each near miss."""
        count = f"{len(self.matched)} {'entry matches' if len(self.matched) == 1 else 'entries match'}{self.asked}"
        if self.ok:
            return f"{count}, as expected ({self.expected})"
        lines = [f"{count}, expected {self.expected}"]
        if self.matched:
            more = len(self.matched) - MAX_LISTED
            lines[0] += f": {', '.join(self.matched[:MAX_LISTED])}{f' and {more} more' if more > 0 else ''}"
        if self.astray:
            lines.append(f"  {self._astray()}")
        lines += [f"  {near}" for near in self.nearest]
        return "\n".join(lines)

    def _astray(self) -> str:
        number = len(self.astray)
        requests = "1 such request" if number == 1 else f"{number} such requests"
        more = f" and {number - MAX_LISTED} more" if number > MAX_LISTED else ""
        listed = f"{', '.join(self.astray[:MAX_LISTED])}{more}"
        return (
            f"{requests} reached the default world instead ({listed}): the client has lost the prefix {self.prefix}; "
            "keep it when you join URLs, or send the world's own key"
        )


def with_astray(found: Verified, default: Iterable[Entry], query: Query, world: str, since: float) -> Work[Verified]:
    """Add to the result for a world the requests that match, but reached the `default` world from `since` on.

    `since` is a time of `Entry.arrived`. Requests that named the default world are left out.
    """
    if found.ok or len(found.matched) >= query.count.least:
        return found
    unnamed = (
        entry
        for entry in default
        if entry.arrived >= since and not entry.path.startswith("/w/") and entry.header("x-mockbot-world") is None
    )
    astray = yield from verifying(unnamed, query)
    return replace(found, astray=astray.matched, prefix=f"/w/{world}")


def verify(entries: Iterable[Entry], query: Query) -> Verified:
    """Find the entries that match, and the nearest misses if there are too few."""
    return at_once(verifying(entries, query))


def verifying(entries: Iterable[Entry], query: Query) -> Work[Verified]:
    """Return the work that `verify` does."""
    matched: list[str] = []
    missed: list[tuple[int, Entry, Miss]] = []
    conditions = query.where
    if query.operation is not None:
        conditions = (Condition("operation", matcher("equals", query.operation)), *conditions)

    def misses_of(entry: Entry) -> list[Miss]:
        parsed = ParsedEntry(entry)
        return [miss for condition in conditions if (miss := condition.miss(parsed))]

    for entry in entries:
        misses = yield from reading(misses_of, entry)
        if misses:
            missed.append((len(misses), entry, misses[0]))
        else:
            matched.append(entry.id)
    ok = query.count.allows(len(matched))
    nearest = () if ok or len(matched) >= query.count.least else tuple(_nearest(missed))
    return Verified(ok, query.count, tuple(matched), nearest, _asked(query))


def _asked(query: Query) -> str:
    """Return the operation and the conditions of a query, as the end of `1 entry matches`."""
    where = " and ".join(f"{condition.field} {shown(_as_json(condition))}" for condition in query.where)
    return " ".join(["", *filter(None, (query.operation, "with" if query.operation and where else "", where))])


def _as_json(condition: Condition) -> JSON:
    wanted = condition.matcher
    return {wanted.how: wanted.text} if isinstance(wanted, Matcher) else wanted.value


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
