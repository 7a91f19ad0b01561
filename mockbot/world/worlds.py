"""The worlds of a server: made on first use, at most so many, the one longest unused goes."""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mockbot.bounded import Bounded
from mockbot.world.world import World

DEFAULT = "default"
"""The world behind the plain base URL; it never goes."""
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
"""What a world may be called."""
log = logging.getLogger("mockbot")


@dataclass(slots=True)
class Stay:
    """A world's time on the server; `created` and `used` in seconds since 1970 by the machine's clock."""

    world: World
    created: float
    used: float
    evicted: bool
    """Whether a world of this name went before to make room: this one started anew."""
    size: int = 0
    """Bytes that the world kept when it was last asked for."""


class Worlds:
    """Worlds by name, at most `limit` beside the default one, which together keep about `size` bytes.

    `make` builds one that does not exist yet, `gone` hears of each that is removed, replaced or makes room.
    """

    def __init__(
        self,
        make: Callable[[str], World],
        limit: int,
        now: Callable[[], float] = time.time,
        gone: Callable[[World], None] = lambda _: None,
        size: int = 2 * 1024 * 1024 * 1024,
    ) -> None:
        self._make, self._now, self._farewell, self.limit = make, now, gone, limit
        self.size_limit, self.size = size, 0
        self._stays: OrderedDict[str, Stay] = OrderedDict()
        self._gone: Bounded[str, bool] = Bounded(10_000, 1024 * 1024, lambda _: 64)
        self.evicted = 0

    def get(self, name: str) -> World:
        """Return the world of that name, made if need be; this is what keeps it from being the longest unused."""
        stay = self._stays.get(name)
        if stay is None:
            return self.put(self._make(name))
        stay.used = self._now()
        self._stays.move_to_end(name)
        self._weigh(stay)
        return stay.world

    def find(self, name: str) -> World | None:
        """Return the world of that name if it is there; that is no use of it."""
        stay = self._stays.get(name)
        return stay.world if stay else None

    def put(self, world: World) -> World:
        """Add a world, or replace one, whose streams end."""
        now, old = self._now(), self._stays.pop(world.name, None)
        if old is not None:
            self._end(old)
        self._stays[world.name] = Stay(world, now, now, self._gone.remove(world.name) or bool(old and old.evicted))
        while len(self._stays) - (DEFAULT in self._stays) > self.limit:
            self._evict(f"there are more than {self.limit} (--max-worlds)")
        return world

    def remove(self, name: str) -> bool:
        """Forget a world and end its streams; the next request to it makes a new one. False when there is none."""
        stay = self._stays.pop(name, None)
        if stay is not None:
            self._end(stay)
        return stay is not None

    def stays(self) -> list[Stay]:
        """Return the worlds and since when they are here, the one longest unused first."""
        return list(self._stays.values())

    def stay(self, name: str) -> Stay | None:
        """Return the world of that name and since when it is here."""
        return self._stays.get(name)

    async def close(self) -> None:
        """End what goes on in every world."""
        for world in self:
            await world.close()

    def _end(self, stay: Stay) -> None:
        self.size -= stay.size
        stay.world.stop()
        self._farewell(stay.world)

    def _weigh(self, stay: Stay) -> None:
        """Take note of what a world keeps now; those longest unused make room for it."""
        size = stay.world.size
        self.size += size - stay.size
        stay.size = size
        while self.size > self.size_limit and self._stays.keys() - {DEFAULT, stay.world.name}:
            self._evict(f"all worlds together keep more than {self.size_limit} bytes")

    def _evict(self, why: str) -> None:
        name = next(name for name in self._stays if name != DEFAULT)
        self.remove(name)
        self._gone.put(name, True)
        self.evicted += 1
        log.warning("world %s goes: %s and it is longest unused", name, why)

    def __iter__(self) -> Iterator[World]:
        return iter([stay.world for stay in self._stays.values()])

    def __len__(self) -> int:
        return len(self._stays)
