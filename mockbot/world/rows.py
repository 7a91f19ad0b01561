"""Collections of resources: the rows that the operations of any document create, read, change and delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from mockbot.bounded import ITEM, Bounded, footprint
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, compact

Value: TypeAlias = dict[str, JSON]
"""A row as JSON. It contains its key, and for a nested collection the path parameters of its parents."""


ROW = ITEM + 512
"""Bytes of a row besides its value."""
LARGEST_ID = 2**63
"""Keys from here on are kept, but no new key is counted from them."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection: where it is in the document, and which property identifies its rows."""

    name: str
    path: str
    """The path of the collection, such as `/owners/{ownerId}/pets`."""
    item: str
    """The path of one row, such as `/owners/{ownerId}/pets/{petId}`."""
    key: str
    """The property whose value is in the path of a row."""
    parents: tuple[tuple[str, str], ...] = ()
    """For each other path parameter of `path`: its name, and the property of a row that has its value."""

    def identity(self, value: Mapping[str, JSON]) -> tuple[str, ...]:
        """Return what no two rows of a world share: the collection, the parents and the key."""
        return (self.name, *(text(value.get(name)) for _, name in self.parents), text(value.get(self.key)))


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A collection of a fixture, with its rows."""

    resource: Resource
    rows: tuple[Value, ...] = ()
    last_id: int = 0
    """The highest integer key that was used so far; 0 if there was none."""


@dataclass(slots=True)
class Row:
    """A row of a world; `fits` are the operations whose responses it is known to fit."""

    value: Value
    fits: set[str] = field(default_factory=set)


class Rows:
    """The rows of all collections of one world, limited in number and bytes; the oldest are removed first."""

    def __init__(self, items: int, size: int) -> None:
        self._rows: Bounded[tuple[str, ...], Row] = Bounded(items, size, lambda row: ROW + footprint(row.value))
        self._resources: dict[str, Resource] = {}
        self._last: dict[str, int] = {}

    def load(self, stored: Iterable[StoredResource], complete: Callable[[Resource, Value], Value]) -> None:
        """Add the collections of a fixture; `complete` returns a row with what it lacks."""
        for each in stored:
            self._resources[each.resource.name] = each.resource
            self._last[each.resource.name] = each.last_id
            for value in each.rows:
                self.put(each.resource, complete(each.resource, dict(value)))

    def put(self, resource: Resource, value: Value) -> Row | None:
        """Add a row, or replace the one with the same key; return None, and change nothing, if it is too large."""
        if self._rows.weigh(Row(value)) > self._rows.size_limit:
            return None
        self._resources[resource.name] = resource
        key = value.get(resource.key)
        if type(key) is int and key < LARGEST_ID:  # True is an int, too
            self._last[resource.name] = max(self._last.get(resource.name, 0), key)
        identity = resource.identity(value)
        row = self._rows.get(identity)
        if row is None:
            self._rows.put(identity, Row(value))
        else:
            row.value = value
            row.fits.clear()
            self._rows.weigh_again(identity)
            if identity not in self._rows:  # it was the oldest, and left no room for itself
                self._rows.put(identity, row)
        return self._rows.get(identity)

    def find(self, identity: tuple[str, ...]) -> Row | None:
        """Return the row with that `Resource.identity`."""
        return self._rows.get(identity)

    def remove(self, identity: tuple[str, ...]) -> None:
        """Remove a row."""
        self._rows.remove(identity)

    def of(self, resource: Resource) -> list[Row]:
        """Return the rows of a collection, under every parent, oldest first."""
        name = resource.name
        return [row for identity, row in self._rows.items() if identity[0] == name]

    def next_id(self, resource: Resource) -> int:
        """Return the integer after the highest key so far; keys of deleted rows are not used again."""
        return self._last.get(resource.name, 0) + 1

    def forget_fits(self) -> None:
        """Forget which responses the rows are known to fit, because the document has changed."""
        for row in self._rows.values():
            row.fits.clear()

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self._rows.size

    def __len__(self) -> int:
        return len(self._rows)

    def snapshot(self) -> dict[str, Any]:
        """Return the collections as the `resources` of a fixture."""
        rows: dict[str, list[Value]] = {name: [] for name in self._resources}
        for identity, row in self._rows.items():
            rows[identity[0]].append(row.value)
        return {name: self._written(resource, rows[name]) for name, resource in self._resources.items()}

    def _written(self, resource: Resource, rows: list[Value]) -> dict[str, Any]:
        last = self._last.get(resource.name, 0)
        place = {"path": resource.path, "item": resource.item, "key": resource.key, "rows": rows}
        return {**place, "last_id": last} if last else place


def text(value: JSON) -> str:
    """Return a value as a path or a query has it: text without quotes, everything else as JSON; 777.0 is 777."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else compact(value).decode().strip()
