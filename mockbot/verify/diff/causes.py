"""Why answers differ: a cause is a value with a rule that finds it in a difference."""

from __future__ import annotations

import re
from collections.abc import Callable

from mockbot.dataclass import dataclass
from mockbot.verify.diff.differences import Difference
from mockbot.verify.diff.play import Pair

Rule = Callable[[Pair, Difference], bool]


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for differences, with the rule that recognizes them."""

    name: str
    sentence: str
    section: str
    """The section of the newer BEHAVIOUR.md."""
    marks: tuple[str, ...]
    """The beginnings of the lines in this page that are marked as different or new and that the cause covers."""
    fits: Rule
    notation: bool = False
    """Whether a client that parses HTTP and JSON does not notice the difference."""


def cause_of(pair: Pair, difference: Difference, causes: tuple[Cause, ...]) -> Cause | None:
    """Return the first cause that fits a difference, or None."""
    return next((cause for cause in causes if cause.fits(pair, difference)), None)


def at(*places: str) -> Rule:
    """Return a rule for differences at certain places."""
    return lambda _, found: found.at in places


def answer(test: Callable[[Pair], bool]) -> Rule:
    """Return a rule for answers that differ as a whole."""
    return lambda pair, found: found.at == "answer" and test(pair)


def content(test: Callable[[Pair], bool]) -> Rule:
    """Return a rule for what differs inside two streams, except their headers."""
    return lambda pair, found: pair.new.kind == "stream" and not found.at.startswith("header") and test(pair)


def path(pattern: str, *methods: str) -> Rule:
    """Return a rule for an operation that the older version does not have; `pattern` is a regex for its path."""
    expression = re.compile(rf"/api/v1{pattern}(\?.*)?", re.DOTALL)

    def fits(pair: Pair, found: Difference) -> bool:
        known = expression.fullmatch(pair.request.target) and (not methods or pair.request.method in methods)
        return found.at == "answer" and bool(known) and pair.new.status not in (404, 405)

    return fits
