"""The named states of a world, which its scripts require and set."""

from __future__ import annotations

from collections.abc import Mapping

from mockbot.bounded import ITEM, footprint
from mockbot.errors import UserError

SIZE_LIMIT = 64 * 1024 * 1024
"""The most bytes of all states, and of all scripts that are added."""


class States:
    """At most `limit` states; `values` are those that are set, `size` is what they weigh in bytes."""

    def __init__(self, states: Mapping[str, str], limit: int) -> None:
        self.values, self.size, self._limit = dict(states), _weight(states), limit

    def replace(self, states: Mapping[str, str]) -> None:
        """Replace all of them; raise UserError if there are too many."""
        size = _weight(states)
        if len(states) > self._limit:
            raise UserError(f"a world holds {self._limit} states at most, these are {len(states)}")
        if size > SIZE_LIMIT:
            raise UserError(f"a world holds {SIZE_LIMIT} bytes of states at most; use shorter names and values")
        self.values, self.size = dict(states), size

    def set(self, states: Mapping[str, str]) -> None:
        """Set some; forget the oldest while there are too many."""
        kept = {**self.values, **states}
        size = _weight(kept)
        while len(kept) > self._limit or size > SIZE_LIMIT:
            name = next(iter(kept))
            size -= _weight({name: kept.pop(name)})
        self.values, self.size = kept, size


def _weight(states: Mapping[str, str]) -> int:
    return ITEM * len(states) + footprint(*states, *states.values())
