"""The worlds of a server: made on first use, limited in number and bytes, the least recently used removed first."""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

from mockbot.bounded import Bounded
from mockbot.dataclass import dataclass
from mockbot.journal.key_forms import SHORTEST
from mockbot.world.owners import KeyOwners, sent_keys
from mockbot.world.world import World

DEFAULT = "default"
"""The world of the base URL without a prefix; it is never evicted."""
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
"""Matches a valid name of a world."""
INVALID_NAME = "The name of a world has 1 to 64 characters, each a letter, a digit or one of . _ -"
SECRET_NAME = "The name of a world must not contain a key, because names are logged; choose another name"
log = logging.getLogger("mockbot")


@dataclass(slots=True)
class Slot:
    """A world and its use; `created` and last `used` in seconds since 1970 by the machine's clock."""

    world: World
    created: float
    used: float
    evicted: bool
    """Whether an earlier world of this name was evicted, so that this one started anew."""
    size: int = 0
    """The size of the world, in bytes, at its last use."""


class Worlds:
    """Worlds by name: at most `limit` besides the default one, and about `size` bytes in total.

    `make` returns a new world; `on_removed` is called with each world that is removed, replaced or evicted.
    """

    def __init__(
        self,
        make: Callable[[str], World],
        limit: int,
        now: Callable[[], float] = time.time,
        on_removed: Callable[[World], None] = lambda _: None,
        size: int = 2 * 1024 * 1024 * 1024,
    ) -> None:
        self._make, self._now, self._on_removed, self.limit = make, now, on_removed, limit
        self.size_limit, self.size = size, 0
        self._slots: OrderedDict[str, Slot] = OrderedDict()
        self._owners = KeyOwners()
        self._evicted: Bounded[str, bool] = Bounded(10_000, 1024 * 1024, lambda _: 64)
        self.evicted = 0

    def get(self, name: str) -> World:
        """Return the world of that name, which becomes the most recently used; make it if there is none."""
        slot = self._slots.get(name)
        if slot is None:
            return self.put(self._make(name))
        slot.used = self._now()
        if len(self._slots) > 1:  # a world that is alone is not evicted
            self._slots.move_to_end(name)
            self._update_size(slot)
        return slot.world

    def find(self, name: str) -> World | None:
        """Return the world of that name if there is one; this does not count as a use."""
        slot = self._slots.get(name)
        return slot.world if slot else None

    @property
    def has_others(self) -> bool:
        """Return whether there are worlds besides the default one."""
        return len(self._slots) > (DEFAULT in self._slots)

    def led_to(self, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the name of the world that has the key of a request which names no world, else the default one.

        A key of the default world, or of several worlds, leads to the default world.
        """
        if not self.has_others:
            return DEFAULT
        default = self.find(DEFAULT) or self.put(self._make(DEFAULT))
        sent = sent_keys(query, headers, default.blueprint.carriers)
        return self._owners.world_of(sent) or DEFAULT

    def secret(self, name: str, keys: Iterable[str] = ()) -> bool:
        """Return whether a name contains a key: one of `keys` or of a world, or what looks like one."""
        default = self._slots.get(DEFAULT)
        if name == DEFAULT or default is None:
            return False
        world = default.world
        if self._owners.any_in(name):
            return True
        pattern = world.blueprint.key_pattern
        if pattern is not None and pattern.search(name):
            return True
        return any(len(key) >= SHORTEST and key in name for key in keys)  # a name has no escapes

    def put(self, world: World) -> World:
        """Add a world; it replaces a world of the same name, whose streams end."""
        now, old = self._now(), self._slots.pop(world.name, None)
        if old is not None:
            self._end(old)
        self._slots[world.name] = Slot(world, now, now, self._evicted.remove(world.name) or bool(old and old.evicted))
        self._owners.add(world.name, world.key_texts)
        for slot in self.slots() if len(self._slots) == 2 else ():
            self._update_size(slot)
        while len(self._slots) - (DEFAULT in self._slots) > self.limit:
            self._evict(f"there are more than {self.limit} (--max-worlds)")
        return world

    def remove(self, name: str) -> bool:
        """Remove a world and end its streams; return False if there is none. The next request to it makes a new one."""
        slot = self._slots.pop(name, None)
        if slot is not None:
            self._end(slot)
        return slot is not None

    def slots(self) -> list[Slot]:
        """Return the worlds and their use, the least recently used first."""
        return list(self._slots.values())

    def slot(self, name: str) -> Slot | None:
        """Return the world of that name and its use."""
        return self._slots.get(name)

    async def close(self) -> None:
        """End the streams and runs of every world."""
        for world in self:
            await world.close()

    def _end(self, slot: Slot) -> None:
        self.size -= slot.size
        self._owners.remove(slot.world.name, slot.world.key_texts)
        slot.world.stop()
        self._on_removed(slot.world)
        slot.world.journal.clear()  # a subscriber that does not read still has it

    def _update_size(self, slot: Slot) -> None:
        """Update the size of a world, and evict others while all together are too large."""
        size = slot.world.size
        self.size += size - slot.size
        slot.size = size
        while self.size > self.size_limit and self._slots.keys() - {DEFAULT, slot.world.name}:
            self._evict(f"all worlds together have more than {self.size_limit} bytes")

    def _evict(self, reason: str) -> None:
        name = next(name for name in self._slots if name != DEFAULT)
        self.remove(name)
        self._evicted.put(name, True)
        self.evicted += 1
        log.warning("world %s is evicted: %s, and it is the least recently used", name, reason)

    def __iter__(self) -> Iterator[World]:
        return iter([slot.world for slot in self._slots.values()])

    def __len__(self) -> int:
        return len(self._slots)
