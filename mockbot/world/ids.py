"""Identifiers that look random and are not: the same seed gives the same ones in the same order."""

from __future__ import annotations

from random import Random
from uuid import UUID


class Ids:
    """The only source of identifiers in a world.

    `given` counts them; a world that continues another one, which gave some already, starts with their number and
    gives none of them again.
    """

    def __init__(self, seed: int | str, given: int = 0) -> None:
        self._random = Random(f"{seed} after {given}" if given else seed)
        self.given = given

    def uuid(self) -> str:
        """Return a version 4 UUID (RFC 9562 section 5.4)."""
        self.given += 1
        return str(UUID(int=self._random.getrandbits(128), version=4))
