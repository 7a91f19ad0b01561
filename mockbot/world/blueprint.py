"""What all worlds of one server share, apart from the fixtures that they start from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from mockbot.contract.contract import Contract
from mockbot.dataclass import dataclass
from mockbot.journal.credentials import COMMON, Carriers
from mockbot.jsontext import JSON
from mockbot.source import Source
from mockbot.world.rows import Resource, Value

FixtureRow: TypeAlias = dict[str, Any]
"""One mapping of a fixture file, validated against the schema."""


class State(Protocol):
    """The state that a world has only for one kind of server."""

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""

    def snapshot(self) -> dict[str, JSON]:
        """Return the state as a fixture file writes it."""


class NoState:
    """The state of a server that has none of its own."""

    size = 0

    def snapshot(self) -> dict[str, JSON]:
        """Return an empty fixture."""
        return {}


def _read_nothing(_rows: FixtureRow, _source: Source, _base: Any) -> None:
    return None


class Mistake(Exception):
    """A mistake in a part of a fixture: the JSON pointer into that part, and one sentence."""

    def __init__(self, at: str, sentence: str) -> None:
        super().__init__(sentence)
        self.at, self.sentence = at, sentence


class ResourceRules(Protocol):
    """What the document that is served says of the collections of a fixture."""

    def resource(self, name: str, path: str | None, item: str | None, key: str | None) -> Resource:
        """Return a collection from its name, path, item path and key, None for what to infer; raise Mistake."""

    def check(self, resource: Resource, value: Value) -> None:
        """Raise Mistake for a row that cannot be in the collection."""

    def complete(self, resource: Resource, value: Value, world: Any) -> Value:
        """Return a row with what it lacks, in the `World` that it is for."""


class NoRules:
    """Takes collections as a fixture describes them, for a server whose document is not known."""

    def resource(self, name: str, path: str | None, item: str | None, key: str | None) -> Resource:
        """Return the collection at `path`, or else at the path of its name."""
        path, key = path or f"/{name}", key or "id"
        return Resource(name, path, item or f"{path}/{{{key}}}", key)

    def check(self, resource: Resource, value: Value) -> None:
        """Accept the row."""

    def complete(self, resource: Resource, value: Value, world: Any) -> Value:  # noqa: ARG002  # not known here
        """Return the row."""
        return value


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How worlds are made; part of a profile."""

    server: str = ""
    """The name of the profile; a fixture may say that it is for this server only."""
    contract: Contract | None = field(default=None, repr=False)
    """The contract that scripts for operations are validated against; None: they are not validated."""
    fixtures: Mapping[str, Path] = field(default_factory=dict)
    """The files of the shipped fixtures, by name."""
    scopes: frozenset[str] = frozenset()
    """All scopes: a key that allows each of them can call every operation."""
    pace: float = 0.0
    """Seconds that the server pauses after each frame of a stream."""
    folder: str = ""
    """The folder in the paths of uploaded files, as clients see it; mockbot never writes to it."""
    key_pattern: re.Pattern[str] | None = None
    """Matches keys that are masked everywhere, whether or not the world has them."""
    carriers: Carriers = COMMON
    """The headers and query parameters whose values are masked everywhere."""
    read_own: Callable[[FixtureRow, Source, Any], Any] = _read_nothing
    """Returns `Fixture.own`, from a fixture's rows, their source and the `own` of the extended fixture (or None)."""
    make_state: Callable[[Any, Any], State] = lambda _own, _world: NoState()
    """Returns the state of a world, from `Fixture.own` and the `World`, in which everything else is already made."""
    resources: ResourceRules = field(default_factory=NoRules, repr=False)
    """Reads and completes the collections of a fixture."""
