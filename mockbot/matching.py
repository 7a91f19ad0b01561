"""The language of matchers: equals, contains, regex; and what is told about a field that does not fit."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from mockbot.expression import Expression, expression
from mockbot.jsontext import JSON

BLANKS = re.compile(r"\s+")
COMPARED = 200
"""Characters of two texts from which it is said how alike they are."""


def bare(message: str) -> str:
    """Return the message without the one leading slash that wakes AstrBot (BEHAVIOUR.md 8.2)."""
    return message.removeprefix("/")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One test of a string: equals, contains, regex (searched), or command (the first words, with or without `/`)."""

    how: Literal["equals", "contains", "regex", "command"]
    text: str
    expression: Expression | None = None

    def groups(self, *candidates: str) -> dict[str, str] | None:
        """Return the named groups (mostly none) of the first candidate that fits, or None when none does."""
        for candidate in candidates:
            if self.expression is not None:
                if (found := self.expression.groups(candidate)) is not None:
                    return found
            elif self._fits(candidate):
                return {}
        return None

    def _fits(self, candidate: str) -> bool:
        match self.how:
            case "equals":
                return candidate == self.text
            case "contains":
                return self.text in candidate
            case _:
                words = BLANKS.sub(" ", bare(candidate).strip())
                return words == self.text or words.startswith(self.text + " ")


def matcher(how: Literal["equals", "contains", "regex", "command"], text: str) -> Matcher:
    """Make a matcher; ExpressionError when `text` is no regular expression though `how` says so."""
    return Matcher(how, text, expression(text) if how == "regex" else None)


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that did not fit: what is asked for and what there is."""

    field: str
    expected: JSON
    actual: JSON

    def closeness(self) -> float:
        """Return how alike the two are, from 0 to 1, so that a typing mistake is the nearest miss of all.

        That is the Dice coefficient of their pairs of neighbouring characters: linear in what is compared.
        """
        if not isinstance(self.expected, dict) or not isinstance(self.actual, str):
            return 0.0
        (wanted,) = self.expected.values()
        one, other = _neighbours(str(wanted)[:COMPARED]), _neighbours(self.actual[:COMPARED])
        return 2 * (one & other).total() / (one.total() + other.total())


def _neighbours(text: str) -> Counter[tuple[str, str]]:
    return Counter(zip(f" {text}", f"{text} ", strict=True))
