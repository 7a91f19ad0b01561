"""Matchers of strings (equals, contains, regex, command), and near misses: fields that do not match."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from mockbot.dataclass import dataclass
from mockbot.expression import Expression, expression
from mockbot.jsontext import JSON

COMPARED = 200
"""How many characters of two texts `Miss.closeness` compares."""


MOST_SEARCHED, BEGINNING = 20_000_000, 10_000
"""How many characters the conditions of all scripts search in one request, and how many each searches after that."""


class Search:
    """What the conditions of scripts still search in one request, so that many scripts and a long text take no seconds.

    With five scripts, the longest text that a request can have is searched for all of them.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_SEARCHED

    def of(self, text: str) -> str:
        """Return what one condition searches of a text."""
        if len(text) <= BEGINNING:
            return text
        self._left -= len(text)
        return text if self._left >= 0 else text[:BEGINNING]


def bare(message: str) -> str:
    """Return the message without the leading slash that wakes AstrBot (BEHAVIOUR.md 8.2)."""
    return message.removeprefix("/")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One test of a string: equals, contains, regex (searched), or command (the first words, with or without `/`)."""

    how: Literal["equals", "contains", "regex", "command"]
    text: str
    expression: Expression | None = None

    def groups(self, *candidates: str) -> dict[str, str] | None:
        """Return the named groups of the first candidate that matches, or None when none matches."""
        if self.how == "equals":
            return {} if self.text in candidates else None
        for candidate in dict.fromkeys(candidates):
            if self.expression is not None:
                if (found := self.expression.groups(candidate)) is not None:
                    return found
            elif self._matches(candidate):
                return {}
        return None

    def _matches(self, candidate: str) -> bool:
        match self.how:
            case "contains":
                return self.text in candidate
            case _:
                return _beginning(bare(candidate), len(self.text.split()) or 1) == self.text


def _beginning(text: str, words: int) -> str:
    """Return the first words of a text, with one space between them; the rest, which may be long, is not looked at."""
    return " ".join(text.split(maxsplit=words)[:words])


def matcher(how: Literal["equals", "contains", "regex", "command"], text: str) -> Matcher:
    """Return a matcher; raise ExpressionError if `how` is `regex` and `text` is not a valid expression."""
    return Matcher(how, text, expression(text) if how == "regex" else None)


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that did not match: its expected and its actual value."""

    field: str
    expected: JSON
    actual: JSON

    def closeness(self) -> float:
        """Return how similar the two texts are, from 0 to 1, so that a typing mistake is the nearest miss.

        This is the Dice coefficient of their pairs of adjacent characters, in time linear in their length.
        """
        if not isinstance(self.expected, dict) or len(self.expected) != 1 or not isinstance(self.actual, str):
            return 0.0  # an object with another number of names is a value, not a matcher
        (wanted,) = self.expected.values()
        one, other = _pairs(str(wanted)[:COMPARED]), _pairs(self.actual[:COMPARED])
        return 2 * (one & other).total() / (one.total() + other.total())


def _pairs(text: str) -> Counter[tuple[str, str]]:
    return Counter(zip(f" {text}", f"{text} ", strict=True))
