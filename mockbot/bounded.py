"""A mapping that is limited to a number of items and bytes: it drops its oldest items first."""

from __future__ import annotations

import gc
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator
from sys import getsizeof
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
ITEM = 512
"""Bytes that a mapping takes for each item at most, besides its key and value; `weigh` functions add it."""
PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
"""Types of values that refer to no others."""
SHARED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type(None), bool)
"""Objects that values refer to and do not own."""


def footprint(*values: object) -> int:
    """Return the bytes of memory of JSON values; what occurs several times in them counts each time."""
    waiting: list[Any] = [*values]
    size = 0
    for each in waiting:
        size += getsizeof(each)
        if type(each) is dict:
            size += sum(map(getsizeof, each))
            each = each.values()
        elif type(each) in PLAIN:
            continue
        for value in each:
            if type(value) in PLAIN:
                size += getsizeof(value)
            else:
                waiting.append(value)
    return size


def owned(*values: object) -> int:
    """Return the bytes of memory of dataclasses, containers and all in them; what occurs several times counts once."""
    waiting: list[Any] = [*values]
    seen: set[int] = set()
    size = 0
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not isinstance(each, SHARED):
            seen.add(id(each))
            size += getsizeof(each)
            if type(each) not in PLAIN:
                waiting.extend(gc.get_referents(each))
            if type(each) is dict:
                waiting.extend(each)  # the keys are no referents if all are texts
    return size


class Bounded(Generic[K, V]):
    """Insertion-ordered mapping; `put` drops the oldest items until at most `items` items and `size` bytes are left.

    `weigh` returns the size of a value in bytes; a key of texts adds its own size. An item larger than `size` is
    not kept, and does not push out other items. `dropped` counts the items that were dropped or not kept.
    """

    def __init__(
        self, items: int, size: int, weigh: Callable[[V], int], forget: Callable[[V], None] | None = None
    ) -> None:
        """`forget` is called with each value that is dropped."""
        self.items_limit, self.size_limit, self.weigh, self._forget = items, size, weigh, forget
        self.size = 0
        self.dropped = 0
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        """Each with its weight."""

    def put(self, key: K, value: V) -> None:
        """Store `value` as the newest item; replace an item with the same key."""
        if key in self._items:
            self.remove(key)
        weight = self.weigh(value) + _weight(key)
        self._items[key] = value, weight
        self.size += weight
        if self.size > self.size_limit or len(self._items) > self.items_limit:
            self._shrink(key, weight)

    def weigh_again(self, key: K) -> None:
        """Measure the value of `key` again after its size has changed."""
        if (item := self._items.get(key)) is not None:
            value, before = item
            weight = self.weigh(value) + _weight(key)
            self._items[key] = value, weight
            self.size += weight - before
            self._shrink(key, weight)

    def _shrink(self, key: K, weight: int) -> None:
        """Drop items until the limits are kept: that of `key`, which has changed, if it alone is too large."""
        items = self._items
        while items and (len(items) > self.items_limit or self.size > self.size_limit):
            dropped = key if weight > self.size_limit and key in items else next(iter(items))
            value = self.remove(dropped)
            self.dropped += 1
            if self._forget is not None and value is not None:
                self._forget(value)

    def remove(self, key: K) -> V | None:
        """Remove the item of `key` and return its value, or None when there is none."""
        if (item := self._items.pop(key, None)) is None:
            return None
        value, weight = item
        self.size -= weight
        return value

    def get(self, key: K) -> V | None:
        """Return the value of `key`, or None when there is none."""
        item = self._items.get(key)
        return None if item is None else item[0]

    def values(self) -> Iterator[V]:
        """Iterate over the values, oldest first."""
        return (value for value, _ in self._items.values())

    def items(self) -> Iterator[tuple[K, V]]:
        """Iterate over pairs of key and value, oldest first."""
        return ((key, value) for key, (value, _) in self._items.items())

    def clear(self) -> None:
        """Remove all items."""
        self._items.clear()
        self.size = 0

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)


def _weight(key: object) -> int:
    """Return the most bytes that the texts of a key take."""
    if isinstance(key, str):
        return 4 * len(key)
    return sum(64 + _weight(each) for each in key) if isinstance(key, tuple) else 0
