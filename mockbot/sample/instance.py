"""Finds the smallest value that fits a schema: required properties and those with examples, the first valid branch.

The search tries values, smallest first, with a validator that it is given, and uses no randomness. A keyword that it
supports only in part (`not`, `if`, `unevaluatedProperties`) can lead to no value, but never to an invalid one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.sample.alternatives import Schema, TooManyAlternatives
from mockbot.sample.search import MOST_TRIES, Search, TooManyTries, Valid

DEPTHS = (1, 2, 3)
"""How often to follow one reference inside itself, in order; a greater depth only ends a cycle later."""


@dataclass(frozen=True, slots=True)
class Made:
    """A value that fits the schema."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Impossible:
    """No value was found, and the reason."""

    reason: str


class Instances:
    """Makes values for the schemas of one document."""

    def __init__(self, document: dict[str, Any], valid: Valid, accepted: Valid | None = None) -> None:
        """Make values that are `valid`, or at least `accepted` where no other is found."""
        self._document = document
        self._valid, self._accepted = valid, accepted
        self._known: dict[str, Made | Impossible] = {}

    def fits(self, schema: Schema, value: JSON) -> bool:
        """Return whether a value fits a schema of the document."""
        return self._valid(schema, value)

    def smallest(self, schema: Schema) -> Made | Impossible:
        """Return the smallest value that fits `schema`; its own examples have priority."""
        text = json.dumps(schema)
        if text not in self._known:
            found = self._search(schema, self._valid)
            if isinstance(found, Impossible) and self._accepted is not None:
                other = self._search(schema, self._accepted)
                found = other if isinstance(other, Made) else found
            self._known[text] = found
        return self._known[text]

    def _search(self, schema: Schema, valid: Valid) -> Made | Impossible:
        reason = ""
        for depth in DEPTHS:
            search = Search(self._document, valid, depth)
            try:
                for value in search.values(schema, Counter()):
                    return Made(value)
            except TooManyTries:
                why = search.contradiction or f"nothing that fits was found among {MOST_TRIES} values"
                return Impossible(why)
            except TooManyAlternatives:
                return Impossible(search.reason or "its alternatives are too many")
            except RecursionError:
                return Impossible("it is nested too deep")
            reason = reason or search.why
        return Impossible(reason or "nothing that fits was found")
