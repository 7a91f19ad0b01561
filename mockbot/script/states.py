"""The named states of a world: what bounds them, in number and bytes."""

from __future__ import annotations

from collections.abc import Mapping

from mockbot.bounded import ITEM, footprint
from mockbot.errors import UserError

SIZE_LIMIT = 64 * 1024 * 1024
"""The most bytes of the states of a world."""


def weight(states: Mapping[str, str]) -> int:
    """Return the bytes that states take in memory."""
    return ITEM * len(states) + footprint(*states, *states.values())


def checked(states: Mapping[str, str], most: int) -> dict[str, str]:
    """Return states as a world holds them; raise UserError if there are more than `most`, or if they are too large."""
    if len(states) > most:
        raise UserError(f"a world holds {most} states at most, these are {len(states)}")
    if weight(states) > SIZE_LIMIT:
        raise UserError(f"a world holds {SIZE_LIMIT} bytes of states at most; use shorter names and values")
    return dict(states)


def changed(states: Mapping[str, str], sets: Mapping[str, str], most: int) -> dict[str, str]:
    """Return states after some were set; the oldest are forgotten while there are more than `most`, or too large."""
    kept = {**states, **sets}
    size = weight(kept)
    while len(kept) > most or size > SIZE_LIMIT:
        name = next(iter(kept))
        size -= weight({name: kept.pop(name)})
    return kept
