"""A query over a journal: matchers for the fields of its entries, and how many entries must match."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TypeGuard

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.expression import ExpressionError
from mockbot.journal.parsed import ParsedEntry
from mockbot.jsontext import JSON, escape
from mockbot.matching import Matcher, Miss, matcher
from mockbot.wording import near

FIELDS = (
    "method",
    "path",
    "status",
    "session",
    "username",
    "message",
    "script",
    "ended",
    "violations",
    "faults",
    "body",
)
MAPS = ("query", "headers")
MATCHERS = ("equals", "contains", "regex")
MOST = 200
"""Conditions of a query."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """Matches a JSON value that is not a string by type and value; null also matches a missing one."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Condition:
    """A field of an entry, such as `status`, `query/page` or `/message`, and its matcher."""

    field: str
    matcher: Matcher | Exactly

    def miss(self, parsed: ParsedEntry) -> Miss | None:
        """Return why an entry does not match, or None if it does."""
        expected, actual = self.matcher, parsed.field(self.field)
        if _matches(expected, actual) or (self.field == "violations" and _matches(expected, _rules_and_places(parsed))):
            return None
        shown: JSON = {expected.how: expected.text} if isinstance(expected, Matcher) else expected.value
        return Miss(self.field, shown, actual)


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries must match; `most` is None without an upper limit."""

    least: int = 1
    most: int | None = None

    def allows(self, number: int) -> bool:
        """Return whether `number` is within the limits."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        if self.least == self.most:
            return f"exactly {self.least}"
        return f"from {self.least} to {self.most}" if self.least else f"at most {self.most}"


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and how often it is expected."""

    operation: str | None = None
    where: tuple[Condition, ...] = ()
    count: Count = Count()


def parse_query(value: JSON) -> Query:
    """Parse `{operation, where, count, message}`; raise UserError, with the pointer to a mistake.

    `message` is short for `where: {message: …}`, the text of a chat's message.

    `where` maps fields (FIELDS, `query` and `headers` with names inside, a JSON pointer into the body such as
    `/message`) to `{equals: …}`, `{contains: …}` or `{regex: …}`, or to a bare value, which means equals; null means
    missing. A matcher of text matches a list if it matches one of its items, and a violation by its rule or its
    pointer. `count` is a number or `{min, max}`; the default is at least 1.
    """
    match value:
        case dict():
            pass
        case _:
            raise UserError("a query must be an object with operation, where, count and message")
    if unknown := value.keys() - {"operation", "where", "count", "message"}:
        raise UserError(f"/{escape(min(unknown))}: a query has only operation, where, count and message")
    operation, where = value.get("operation"), value.get("where")
    if not isinstance(operation, str | None):
        raise UserError('/operation: must be a text such as "POST /api/v1/chat"')
    if not isinstance(where, dict | None):
        raise UserError("/where: must be an object that maps fields to values")
    conditions = tuple(islice(_conditions(where or {}), MOST + 1))
    if len(conditions) > MOST:
        raise UserError(f"/where: a query has at most {MOST} conditions")
    if "message" in value:
        conditions = (Condition("message", _text_matcher(value["message"], "/message")), *conditions)
    return Query(operation, conditions, _count(value.get("count")))


def _conditions(where: dict[str, JSON]) -> Iterator[Condition]:
    for name, wanted in where.items():
        place = f"/where/{escape(name)}"
        if name in FIELDS or name.startswith("/"):
            exact = name == "body" or name.startswith("/")
            yield Condition(name, _matcher(wanted, place) if exact else _text_matcher(wanted, place))
        elif name in MAPS:
            if not isinstance(wanted, dict):
                raise UserError(f"{place}: must be an object that maps names to values")
            for key, value in wanted.items():
                yield Condition(f"{name}/{key}", _text_matcher(value, f"{place}/{escape(key)}"))
        else:
            known = ", ".join((*FIELDS, *MAPS))
            raise UserError(f"{place[:120]}: no such field; known are {known}, and JSON pointers such as /message")


def _text_matcher(wanted: JSON, place: str) -> Matcher | Exactly:
    """Return the matcher of a field that is no object, so that an object is a matcher or a mistake."""
    if isinstance(wanted, dict) and (len(wanted) != 1 or next(iter(wanted)) not in MATCHERS):
        name = next(iter(wanted), "")
        raise UserError(f"{place}/{escape(name[:60])}: no such matcher; {near(name, MATCHERS)}")
    return _matcher(wanted, place)


def _matcher(wanted: JSON, place: str) -> Matcher | Exactly:
    how, value = "equals", wanted
    if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)) in MATCHERS:
        ((how, value),) = wanted.items()
    match how, value:
        case ("equals" | "contains") as how, str(text):
            return matcher(how, text)
        case "regex", str(text):
            return _regex(text, place)
        case "equals", _:
            return Exactly(value)
    raise UserError(f"{place}/{how}: must be a text")


def _regex(text: str, place: str) -> Matcher:
    try:
        return matcher("regex", text)
    except ExpressionError as error:
        raise UserError(f"{place}/regex: {error}") from None


def _count(value: JSON) -> Count:
    match value:
        case None:
            return Count()
        case bool():
            pass
        case int() if value >= 0:
            return Count(value, value)
        case dict() if value and not value.keys() - {"min", "max"}:
            least, most = value.get("min", 0), value.get("max")
            if _whole(least) and (most is None or (_whole(most) and most >= least)):
                return Count(least, most)
    raise UserError('/count: must be a number from 0, or {"min": …, "max": …} with min not above max')


def _matches(matcher: Matcher | Exactly, actual: JSON) -> bool:
    if isinstance(matcher, Exactly):
        return _equal(matcher.value, actual)
    if isinstance(actual, list):
        return any(_matches(matcher, item) for item in actual)
    if isinstance(actual, str):
        return matcher.groups(actual) is not None
    if matcher.how == "equals" or actual is None:
        return False
    return matcher.groups(json.dumps(actual, ensure_ascii=False)) is not None


def _equal(one: JSON, other: JSON) -> bool:
    """Return whether two JSON values are equal: 1.0 equals 1, but true does not."""
    match one, other:
        case bool(), _:
            return one is other
        case _, bool():
            return False
        case list(), list():
            return len(one) == len(other) and all(map(_equal, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return one == other


def _rules_and_places(parsed: ParsedEntry) -> list[JSON]:
    return [text for violation in parsed.entry.violations for text in (violation.rule, violation.at)]


def _whole(value: JSON) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
