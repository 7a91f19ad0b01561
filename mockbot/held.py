"""How many bytes many hold together, such as the bodies of all requests under way."""

from __future__ import annotations

import asyncio

MOST = 512 * 1024 * 1024
"""Bytes that all may hold together."""
FREE = 16 * 1024
"""Bytes that each may hold nevertheless."""
MARGIN = 128 * 1024 * 1024
"""Bytes beyond that for the one that has grown for the longest time, so that those that grow together all end."""
WAIT = 10.0
"""Seconds that one waits for room, altogether."""


class Held:
    """Counts the bytes of all shares."""

    def __init__(self, most: int = MOST, margin: int = MARGIN, wait: float = WAIT) -> None:
        self.most, self.margin, self.wait, self.size = most, margin, wait, 0
        self._growing: dict[Share, None] = {}
        """The shares that are not complete, the oldest first."""
        self._waiting: list[asyncio.Future[None]] = []

    def share(self) -> Share:
        """Return one more share, which holds nothing yet."""
        return Share(self)

    def _has_room(self, share: Share, more: int) -> bool:
        is_oldest = next(iter(self._growing), None) is share
        return self.size + more <= self.most + (self.margin if is_oldest else 0)

    def _wake(self) -> None:
        for each in self._waiting:
            if not each.done():
                each.set_result(None)
        self._waiting.clear()


class Share:
    """The bytes of one among those of all; `release` ends it."""

    __slots__ = ("_all", "_size", "_waited")

    def __init__(self, held: Held) -> None:
        self._all, self._size, self._waited = held, 0, 0.0

    def take(self, size: int) -> bool:
        """Hold `size` bytes from now on, if there is room for them; return whether there is."""
        return size <= FREE or (self._all.size + size - self._size <= self._all.most and self._hold(size))

    async def grow(self, size: int) -> bool:
        """Hold `size` bytes from now on; if there is no room, wait for it; return False if there is none for long."""
        if size <= FREE:
            return True
        held, more, now = self._all, size - self._size, asyncio.get_running_loop().time
        held._growing[self] = None
        while not held._has_room(self, more):
            began = now()
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            held._waiting.append(woken)
            await asyncio.wait([woken], timeout=max(held.wait - self._waited, 0))
            self._waited += now() - began
            if not woken.done():
                return False
        return self._hold(size)

    def _hold(self, size: int) -> bool:
        self._all.size += size - self._size
        self._size = size
        return True

    def complete(self) -> None:
        """Note that it does not grow any more."""
        if self in self._all._growing:
            del self._all._growing[self]
            self._all._wake()

    def release(self) -> None:
        """Hold nothing any more."""
        self.complete()
        if self._size:
            self._all.size -= self._size
            self._size = 0
            self._all._wake()

    @property
    def most(self) -> int:
        """Return how many bytes all may hold together."""
        return self._all.most
