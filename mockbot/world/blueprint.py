"""What all worlds of one server have in common, beyond the fixture that each starts from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from mockbot.jsontext import JSON
from mockbot.source import Source

Row: TypeAlias = dict[str, Any]
"""One mapping of a fixture file, already validated against the schema."""


class State(Protocol):
    """What only one kind of server keeps in a world."""

    @property
    def size(self) -> int:
        """Return about how many bytes it keeps."""

    def snapshot(self) -> dict[str, JSON]:
        """Return it as a fixture file holds it."""


class NoState:
    """A world that keeps nothing of its own."""

    size = 0

    def snapshot(self) -> dict[str, JSON]:
        """Return nothing."""
        return {}


def _nothing(_rows: Row, _source: Source, _base: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How worlds are made; a profile provides it."""

    fixtures: Mapping[str, Path] = field(default_factory=dict)
    """The files of the shipped fixtures by name."""
    scopes: frozenset[str] = frozenset()
    """What a key has to allow to open everything."""
    folder: str = ""
    """Where uploaded files of a fixture are, as far as clients can see; nothing is ever written there."""
    key_pattern: re.Pattern[str] | None = None
    """Matches keys that are masked wherever they stand, whether the world has them or not."""
    read_own: Callable[[Row, Source, Any], Any] = _nothing
    """From a fixture's rows, their source and the own part of the fixture it extends (or None): its own part."""
    make_state: Callable[[Any, Any], State] = lambda _own, _world: NoState()
    """From a fixture's own part and a `World` that starts from it, all else in it made: that world's own state."""
