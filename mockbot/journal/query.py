"""What a test expects of a journal: the matcher's language over the fields of an entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from mockbot.errors import UserError
from mockbot.expression import ExpressionError
from mockbot.journal.parsed import ParsedEntry
from mockbot.jsontext import JSON, escape
from mockbot.matching import Matcher, Miss, matcher

FIELDS = ("method", "path", "status", "session", "username", "script", "ended", "violations", "faults", "body")
MAPS = ("query", "headers")
HOWS = ("equals", "contains", "regex")


@dataclass(frozen=True, slots=True)
class Exactly:
    """A test of a JSON value that is no string: the same type and the same value; null also fits what is not there."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Condition:
    """A field of an entry and what it must be. `field` is shown to people: `status`, `query/page`, `/message`."""

    field: str
    test: Matcher | Exactly

    def miss(self, reading: ParsedEntry) -> Miss | None:
        """Return why an entry does not fit, or None when it does."""
        actual = reading.field(self.field)
        if _fits(self.test, actual) or (self.field == "violations" and _fits(self.test, _rules_and_places(reading))):
            return None
        expected: JSON = {self.test.how: self.test.text} if isinstance(self.test, Matcher) else self.test.value
        return Miss(self.field, expected, actual)


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries may fit; `most` None: any number."""

    least: int = 1
    most: int | None = None

    def allows(self, number: int) -> bool:
        """Tell whether so many are right."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        if self.least == self.most:
            return f"exactly {self.least}"
        return f"from {self.least} to {self.most}" if self.least else f"at most {self.most}"


@dataclass(frozen=True, slots=True)
class Query:
    """What a test expects of the journal."""

    operation: str | None = None
    where: tuple[Condition, ...] = ()
    count: Count = Count()


def parse_query(value: JSON) -> Query:
    """Read `{operation, where, count}`; UserError, with the place of the mistake, on anything else.

    `where` maps fields (FIELDS, `query` and `headers` with names inside, a JSON pointer into the body such as
    `/message`) to what they must be: `{equals: …}`, `{contains: …}`, `{regex: …}`, or a bare value, which means
    equals; null: missing. A text fits a list when it fits one of its items; a violation is found by its rule or by
    its pointer. `count` is a number or `{min, max}`; without one, at least 1.
    """
    match value:
        case dict():
            pass
        case _:
            raise UserError("a query is an object with operation, where and count")
    if unknown := value.keys() - {"operation", "where", "count"}:
        raise UserError(f"/{escape(min(unknown))}: a query has operation, where and count only")
    operation, where = value.get("operation"), value.get("where")
    if not isinstance(operation, str | None):
        raise UserError('/operation: an operation is a text such as "POST /api/v1/chat"')
    if not isinstance(where, dict | None):
        raise UserError("/where: an object of fields and what they must be")
    return Query(operation, tuple(_conditions(where or {})), _count(value.get("count")))


def _conditions(where: dict[str, JSON]) -> Iterator[Condition]:
    for name, wanted in where.items():
        place = f"/where/{escape(name)}"
        if name in FIELDS or name.startswith("/"):
            yield Condition(name, _test(wanted, place))
        elif name in MAPS:
            if not isinstance(wanted, dict):
                raise UserError(f"{place}: an object of names and what their values must be")
            for key, test in wanted.items():
                yield Condition(f"{name}/{key}", _test(test, f"{place}/{escape(key)}"))
        else:
            known = ", ".join((*FIELDS, *MAPS))
            raise UserError(f"{place}: no such field; there are {known}, and JSON pointers such as /message")


def _test(wanted: JSON, place: str) -> Matcher | Exactly:
    how, value = "equals", wanted
    if isinstance(wanted, dict) and len(wanted) == 1 and next(iter(wanted)) in HOWS:
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
    raise UserError('/count: a number from 0, or {"min": …, "max": …} with min no more than max')


def _fits(test: Matcher | Exactly, actual: JSON) -> bool:
    if isinstance(test, Exactly):
        return _same(test.value, actual)
    if isinstance(actual, list):
        return any(_fits(test, item) for item in actual)
    if isinstance(actual, str):
        return test.groups(actual) is not None
    if test.how == "equals" or actual is None:
        return False
    return test.groups(json.dumps(actual, ensure_ascii=False)) is not None


def _same(one: JSON, other: JSON) -> bool:
    """Compare by JSON's rules: true is not 1, but 1.0 is."""
    match one, other:
        case bool(), _:
            return one is other
        case _, bool():
            return False
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return one == other


def _rules_and_places(reading: ParsedEntry) -> list[JSON]:
    return [text for violation in reading.entry.violations for text in (violation.rule, violation.at)]


def _whole(value: JSON) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
