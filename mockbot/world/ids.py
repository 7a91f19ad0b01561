"""Identifiers that look random and are not: the same seed gives the same ones in the same order."""

from __future__ import annotations

from random import Random
from uuid import UUID


class Ids:
    """The only source of identifiers in a world."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)

    def uuid(self) -> str:
        """Return a version 4 UUID (RFC 9562 section 5.4)."""
        return str(UUID(int=self._random.getrandbits(128), version=4))
