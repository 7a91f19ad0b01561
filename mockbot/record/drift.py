"""What a server and its clients do that the document does not have, each kind once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mockbot.dataclass import dataclass
from mockbot.record.check import UNDOCUMENTED
from mockbot.record.exchange import Exchange
from mockbot.violation import Violation

MOST_NAMES = 12
"""Names in one sentence."""
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
        times = "" if self.times == 1 else f" (in {self.times} exchanges)"
        place = f" {self.place}" if self.place else ""
        return f"{self.operation}: {self.side}{place}: {self.sentence}{times}"


def drift(exchanges: Iterable[Exchange]) -> list[Drift]:
    """Return the kinds of differences in the order in which they came; the unknown fields of one place are one kind."""
    found: dict[tuple[str, str, str, str], Drift] = {}
    fields: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for exchange in exchanges:
        operation = exchange.operation or f"{exchange.method} {exchange.path}"
        for side, violations in (("request", exchange.violations), ("response", exchange.defects)):
            unknown = [each for each in exchange.undocumented if each.side == side]
            keys = dict.fromkeys((operation, side, _place(each), each.rule) for each in (*violations, *unknown))
            first = {(operation, side, _place(each), each.rule): each.message for each in reversed(violations)}
            for each in unknown:
                fields.setdefault((operation, side, _place(each), each.rule), {})[each.message] = None
            for key in keys:
                known = found.get(key)
                sentence = known.sentence if known else first.get(key, "")
                found[key] = Drift(*key, sentence, known.times + 1 if known else 1)
    return [_named(each, list(fields.get(key, ()))) for key, each in found.items()]


def _named(found: Drift, names: list[str]) -> Drift:
    """Return a difference about unknown fields with their names."""
    if found.rule != UNDOCUMENTED:
        return found
    return replace(found, sentence=f"the document does not describe {', '.join(names[:MOST_NAMES])}{_more(names)}")


def _more(names: list[str]) -> str:
    return f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""


def _place(violation: Violation) -> str:
    if violation.rule == "paths":
        return ""
    where = violation.part if violation.side != "event" else "event"
    return f"{where} {INDEX.sub('/*', violation.at)}".strip()
