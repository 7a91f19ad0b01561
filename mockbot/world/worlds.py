"""The worlds of a server: made on first use, at most so many, the one longest unused goes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from mockbot.world.world import World

DEFAULT = "default"
"""The world behind the plain base URL."""


class Worlds:
    """Worlds by name; `make` builds one that does not exist yet."""

    def __init__(self, make: Callable[[str], World], limit: int) -> None:
        self._make, self._limit = make, limit
        self._worlds: OrderedDict[str, World] = OrderedDict()
        self.evicted = 0

    def get(self, name: str) -> World:
        """Return the world of that name, made if need be."""
        world = self._worlds.get(name)
        if world is None:
            world = self._make(name)
            self.put(world)
        self._worlds.move_to_end(name)
        return world

    def find(self, name: str) -> World | None:
        """Return the world of that name if it is there."""
        return self._worlds.get(name)

    def put(self, world: World) -> None:
        """Add or replace a world."""
        self._worlds[world.name] = world
        while len(self._worlds) > self._limit:
            oldest = next(name for name in self._worlds if name != DEFAULT or len(self._worlds) == 1)
            del self._worlds[oldest]
            self.evicted += 1

    def remove(self, name: str) -> World | None:
        """Forget a world; the next request to it makes a new one."""
        return self._worlds.pop(name, None)

    async def close(self) -> None:
        """End what goes on in every world."""
        for world in list(self._worlds.values()):
            await world.close()

    def __iter__(self) -> Iterator[World]:
        return iter(list(self._worlds.values()))

    def __len__(self) -> int:
        return len(self._worlds)
