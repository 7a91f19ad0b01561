"""The condition of a script for an operation: matchers for the parts of a request, and those that do not match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, compact
from mockbot.matching import Matcher, Miss, Search

Part: TypeAlias = Literal["path", "query", "header", "body"]
PARTS: tuple[Part, ...] = ("path", "query", "header", "body")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request to an operation: all that its scripts can match and repeat."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """All values of each parameter."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: JSON = None
    """The value of a JSON body; of a form its fields; of any other body its text."""

    search: Search = field(default_factory=Search, init=False, compare=False, repr=False)
    """What conditions still search."""
    _texts: dict[tuple[Part, tuple[str, ...]], list[str]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """The texts at the places that were asked for, because many scripts ask for the same."""

    def texts(self, part: Part, keys: tuple[str, ...]) -> list[str]:
        """Return the values at a place as texts; those of a list one by one."""
        if (part, keys) not in self._texts:
            values = self.values(part, keys)
            items = [item for value in values for item in (value if isinstance(value, list) else [value])]
            self._texts[part, keys] = list(map(as_text, items))
        return self._texts[part, keys]

    def values(self, part: Part, keys: Sequence[str]) -> list[JSON]:
        """Return the values at a place: all of a query parameter, else one; empty if there is none."""
        name = ".".join(keys)
        match part:
            case "path":
                return [self.path[name]] if name in self.path else []
            case "query":
                return list[JSON](self.query.get(name, ()))
            case "header":
                return [self.headers[name.lower()]] if name.lower() in self.headers else []
        value = self.body
        for key in keys:
            if isinstance(value, dict) and key in value:
                value = value[key]
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                return []
        return [value]


@dataclass(frozen=True, slots=True)
class Equals:
    """Matches an equal JSON value. A number or a boolean also equals its text in a path, query or header."""

    value: JSON

    def fits(self, values: Sequence[JSON], part: Part) -> bool:
        """Return whether one of `values` matches; None matches if there is none, a list all values of a parameter."""
        if self.value is None:
            return not values or values == [None]
        if part == "query" and isinstance(self.value, list):
            return len(values) == len(self.value) and all(map(_same_text, self.value, values))
        same = same_json if part == "body" else _same_text
        return any(same(self.value, value) for value in values)


@dataclass(frozen=True, slots=True)
class Condition:
    """A place in a request and what its value must be."""

    part: Part
    keys: tuple[str, ...]
    """The name of a parameter or header, or the keys and indexes that lead to a value in the body."""
    wanted: Matcher | Equals

    def groups(self, request: ApiRequest) -> dict[str, str] | None:
        """Return the named groups of the regex if the value matches, else None."""
        if isinstance(self.wanted, Equals):
            return {} if self.wanted.fits(request.values(self.part, self.keys), self.part) else None
        texts = request.texts(self.part, self.keys)
        if self.wanted.how in ("contains", "regex"):
            texts = list(map(request.search.of, texts))
        return self.wanted.groups(*texts)

    def miss(self, request: ApiRequest) -> Miss:
        """Return the condition and the actual value, as a near miss shows them."""
        wanted, values = self.wanted, request.values(self.part, self.keys)
        shown: JSON = wanted.value if isinstance(wanted, Equals) else {wanted.how: wanted.text}
        return Miss("/".join((self.part, *self.keys)), shown, values[0] if len(values) == 1 else values or None)


@dataclass(frozen=True, slots=True)
class CallWhen:
    """An operation and all conditions on its request."""

    operation: str
    conditions: tuple[Condition, ...] = ()

    def groups(self, request: ApiRequest) -> dict[str, str] | None:
        """Return the named groups of all regexes if the request matches, else None."""
        if request.operation != self.operation:
            return None
        groups: dict[str, str] = {}
        for condition in self.conditions:
            found = condition.groups(request)
            if found is None:
                return None
            groups |= found
        return groups

    def misses(self, request: ApiRequest) -> list[Miss]:
        """Return the conditions that do not hold, in the order of the file."""
        return [each.miss(request) for each in self.conditions if each.groups(request) is None]

    def __len__(self) -> int:
        """Return the number of conditions."""
        return len(self.conditions)

    @property
    def names(self) -> frozenset[str]:
        """Return the named groups of all regexes."""
        wanted = (each.wanted for each in self.conditions)
        return frozenset(
            name for one in wanted if isinstance(one, Matcher) and one.expression for name in one.expression.names
        )


def as_text(value: JSON) -> str:
    """Return a text unchanged, nothing for null, and the JSON of any other value."""
    return value if isinstance(value, str) else "" if value is None else compact(value).decode().strip()


def same_json(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    return bool(one == other)


def _same_text(wanted: JSON, actual: JSON) -> bool:
    """Return whether a text from a path, query or header is a wanted value: a number by its value, else by its text."""
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        try:
            return float(as_text(actual)) == wanted
        except ValueError:
            return False
    return as_text(wanted) == actual
