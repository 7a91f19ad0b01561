"""The requests of a journal that belong together: same requests, and those that follow each other as retries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from mockbot.journal.finding import Limits
from mockbot.journal.parsed import ParsedEntry, RequestKey


def successions(entries: Sequence[ParsedEntry]) -> Iterator[tuple[ParsedEntry, ParsedEntry]]:
    """Yield each request with the next that is the same and arrived after its end."""
    for same in _same_requests(entries):
        yield from ((before, after) for before, after in pairwise(same) if after.follows(before))


def retries(
    entries: Sequence[ParsedEntry], limits: Limits, failed: Callable[[ParsedEntry], bool]
) -> Iterator[list[ParsedEntry]]:
    """Yield runs of at least two same requests: all but the last failed, and each next is a retry."""
    return runs(entries, lambda before, after: failed(before) and after.retries(before, limits.window))


def runs(
    entries: Sequence[ParsedEntry], joined: Callable[[ParsedEntry, ParsedEntry], bool]
) -> Iterator[list[ParsedEntry]]:
    """Yield runs of at least two same requests of which each two neighbours are `joined`."""
    for same in _same_requests(entries):
        run = same[:1]
        for parsed in same[1:]:
            if joined(run[-1], parsed):
                run.append(parsed)
                continue
            if len(run) > 1:
                yield run
            run = [parsed]
        if len(run) > 1:
            yield run


def predecessors(entries: Sequence[ParsedEntry]) -> dict[str, ParsedEntry]:
    """Return for each entry, by its id, the one before it with the same key; none for the first with a key."""
    found: dict[str, ParsedEntry] = {}
    latest: dict[int, ParsedEntry] = {}
    for parsed in entries:
        if parsed.entry.caller in latest:
            found[parsed.entry.id] = latest[parsed.entry.caller]
        latest[parsed.entry.caller] = parsed
    return found


def _same_requests(entries: Sequence[ParsedEntry]) -> Iterator[list[ParsedEntry]]:
    """Yield groups of same requests, each in order of arrival."""
    groups: dict[RequestKey, list[ParsedEntry]] = defaultdict(list)
    for parsed in entries:
        groups[parsed.request_key].append(parsed)
    return iter(groups.values())
