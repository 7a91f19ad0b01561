"""What a stream waits for: its frames, and that its client leaves. Both cost little if the stream never waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Self

from starlette.types import Receive

from mockbot.world.clock import Clock

LARGEST = 4 * 1024 * 1024
"""Bytes of the items of a backlog from which on it is full."""


def _no_weight(_: object) -> int:
    return 0


class Backlog:
    """A queue with one reader and one writer, of at most `limit` items unless some are added without waiting.

    `weigh` returns the bytes of an item; `size` is their sum.
    """

    def __init__(self, limit: int, weigh: Callable[[object], int] = _no_weight, largest: int = LARGEST) -> None:
        self.limit, self.largest, self.size = limit, largest, 0
        self._weigh = weigh
        self._items: deque[tuple[object, int]] = deque()
        """Each with its bytes."""
        self._filled: asyncio.Future[None] | None = None
        """What the reader waits for."""
        self._emptied: asyncio.Future[None] | None = None
        """What the writer waits for."""
        self._most = 0
        """The writer goes on when fewer items than this wait."""
        self._most_size = LARGEST
        """And when they have fewer bytes than this."""

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, *items: object) -> bool:
        """Add items, unless more than `limit` would wait, or `largest` bytes wait; return whether they were added."""
        if len(self._items) + len(items) > self.limit or self.size >= self.largest:
            return False
        self.add(*items)
        return True

    def add(self, *items: object) -> None:
        """Add items, also beyond the limit."""
        for item in items:
            weight = self._weigh(item)
            self._items.append((item, weight))
            self.size += weight
        if self._filled is not None:
            _finish(self._filled)

    def take(self) -> object:
        """Return the next item, which must be there."""
        item, weight = self._items.popleft()
        self.size -= weight
        if self._emptied is not None:
            self._wake_writer()
        return item

    def clear(self) -> None:
        """Drop all items."""
        self._items.clear()
        self.size = 0
        self._wake_writer()

    async def next(self) -> object:
        """Wait for the next item, and return it."""
        await self.filled()
        return self.take()

    async def filled(self, seconds: float | None = None) -> bool:
        """Wait until there is an item, for at most `seconds`; return whether there is one."""
        if not self._items:
            loop = asyncio.get_running_loop()
            filled = self._filled = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, _finish, filled)
            try:
                await filled
            finally:
                self._filled = None
                if timer is not None:
                    timer.cancel()
        return bool(self._items)

    async def room(self, most: int, largest: int = LARGEST) -> None:
        """Wait until fewer than `most` items, and less than `largest` bytes, wait for the reader."""
        while len(self._items) >= most or self.size >= largest:
            self._most, self._most_size = most, largest
            self._emptied = asyncio.get_running_loop().create_future()
            try:
                await self._emptied
            finally:
                self._emptied = None

    def _wake_writer(self) -> None:
        if self._emptied is not None and len(self._items) < self._most and self.size < self._most_size:
            _finish(self._emptied)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Pause:
    """The time between two frames of a stream, which ends early when the stream has to."""

    __slots__ = ("_sleep",)

    def __init__(self) -> None:
        self._sleep: Awaitable[None] | None = None

    def begin(self, clock: Clock, seconds: float) -> Awaitable[None]:
        """Return what is done after `seconds` of a clock, or at the `end` of the pause."""
        self._sleep = clock.sleep(seconds)
        return self._sleep

    def end(self) -> None:
        """End the pause, if there is one that takes long enough for it to matter."""
        if isinstance(self._sleep, asyncio.Future):
            _finish(self._sleep)


class Leaving:
    """Calls `left` when the client of a stream has disconnected, while the context lasts.

    The task that waits for this begins when other tasks run, because before that nothing can be seen of the client.
    """

    __slots__ = ("_begin", "_left", "_receive", "_task")

    def __init__(self, receive: Receive, left: Callable[[], None]) -> None:
        self._receive, self._left = receive, left
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._begin = asyncio.get_running_loop().call_soon(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        self._begin.cancel()
        task, self._task = self._task, None  # a cancelled task has the frames that have this
        if task is not None:
            task.cancel()

    def _watch(self) -> None:
        self._task = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left()
