"""A mapping that never grows past a number of items or bytes: what came first goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Insertion-ordered mapping; `put` drops the oldest items until at most `items` of them and `size` bytes are left.

    `weigh` tells an item's size in bytes, to which a key that is text adds its own. An item heavier than `size` alone
    is not kept, and nothing makes room for it. `dropped` counts what went either way.
    """

    def __init__(self, items: int, size: int, weigh: Callable[[V], int]) -> None:
        self.items_limit, self.size_limit, self.weigh = items, size, weigh
        self.size = 0
        self.dropped = 0
        self._weights: dict[K, int] = {}
        self._items: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        """Keep `value`; one under the same key is replaced and counts as new."""
        self.remove(key)
        self._items[key] = value
        self.weigh_again(key)

    def weigh_again(self, key: K) -> None:
        """Take note that the value under `key` has become heavier or lighter."""
        if key not in self._items:
            return
        weight = self.weigh(self._items[key]) + (4 * len(key) if isinstance(key, str) else 0)
        self.size += weight - self._weights.get(key, 0)
        self._weights[key] = weight
        if weight > self.size_limit:
            self.remove(key)
            self.dropped += 1
        while self._items and (len(self._items) > self.items_limit or self.size > self.size_limit):
            self.remove(next(iter(self._items)))
            self.dropped += 1

    def remove(self, key: K) -> V | None:
        """Forget `key`; what stood there is returned."""
        self.size -= self._weights.pop(key, 0)
        return self._items.pop(key, None)

    def get(self, key: K) -> V | None:
        """Return what stands under `key`, or None."""
        return self._items.get(key)

    def values(self) -> Iterator[V]:
        """Go through the values, oldest first."""
        return iter(self._items.values())

    def items(self) -> Iterator[tuple[K, V]]:
        """Go through keys and values, oldest first."""
        return iter(self._items.items())

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        self._weights.clear()
        self.size = 0

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)
