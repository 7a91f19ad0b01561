"""What a server and its clients do that the document does not have, each kind once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mockbot.record.exchange import Exchange
from mockbot.violation import Violation

INDEX = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Drift:
    """One kind of difference between the traffic and the document."""

    operation: str
    """Its name in the document, or method and path if the document does not have it."""
    side: str
    """`request` or `response`."""
    place: str
    """The part of the message and the JSON pointer in it, with `*` for an index."""
    rule: str
    sentence: str
    """About the first of its kind."""
    times: int = 1

    def __str__(self) -> str:
        times = "" if self.times == 1 else f" ({self.times} times)"
        place = f" {self.place}" if self.place else ""
        return f"{self.operation}: {self.side}{place}: {self.sentence}{times}"


def drift(exchanges: Iterable[Exchange]) -> list[Drift]:
    """Return the kinds of differences in the order in which they came."""
    found: dict[tuple[str, str, str, str], Drift] = {}
    for exchange in exchanges:
        operation = exchange.operation or f"{exchange.method} {exchange.path}"
        for side, violations in (("request", exchange.violations), ("response", exchange.defects)):
            fields = [each for each in exchange.undocumented if each.side == side]
            for violation in (*violations, *fields):
                place = _place(violation)
                key = operation, side, place, violation.rule
                times = found[key].times + 1 if key in found else 1
                first = found[key].sentence if key in found else violation.message
                found[key] = Drift(operation, side, place, violation.rule, first, times)
    return list(found.values())


def _place(violation: Violation) -> str:
    if violation.rule == "paths":
        return ""
    where = violation.part if violation.side != "event" else "event"
    return f"{where} {INDEX.sub('/*', violation.at)}".strip()
