"""Long work in turns: other tasks run in between, so that nothing waits for the whole of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeAlias, TypeVar

from mockbot.steady import steady

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
Work: TypeAlias = Generator[Callable[[], Any] | None, Any, T]
"""Work that yields wherever other tasks may run, and returns its result.

It may yield a function, too, which is called in a thread, and whose result it is given.
"""
TURN = 0.005
"""Seconds after which other tasks run."""
PATIENCE = 0.5
"""Seconds after which the next one has its turn, though the one before it is not over: it works in a thread."""

OTHERS, LONGEST = 0.1, 0.002
"""The part of its time that a turn leaves to all other tasks at its end, and how many seconds that are at most."""


class Turns:
    """Gives one task after the other a turn, in the order in which they ask; all other tasks run between two turns.

    Without it, every turn of the event loop would have a piece of each large request that has come.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self.making = asyncio.Lock()
        """Held while a response is made that takes long, and much memory."""
        self._now: asyncio.Future[None] | None = None
        """The turn that was given last, until it is over."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn; it ends with the context, and after `patience` seconds the next one begins beside it."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        if self._now is None:
            self._now = mine
        else:
            self._waiting.append(mine)
            try:
                await mine
            except asyncio.CancelledError:
                self._end(mine)
                raise
        patience = loop.call_later(self._patience, self._end, mine)
        began = steady()
        try:
            yield None
            await asyncio.sleep(min((steady() - began) * OTHERS, LONGEST))
        finally:
            patience.cancel()
            self._end(mine)

    def _end(self, turn: asyncio.Future[None]) -> None:
        """End a turn, unless the next one has begun."""
        if turn is not self._now:
            return
        self._now = None
        while self._waiting and self._now is None:
            following = self._waiting.popleft()
            if not following.done():
                self._now = following
                following.set_result(None)

    async def pause(self) -> None:
        """Let other tasks run, and then whoever waits for a turn."""
        async with self.turn():
            pass

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, as one turn."""
        async with self.turn():
            return await asyncio.to_thread(function, *args, **kwargs)

    async def work(self, work: Work[T]) -> T:
        """Do work in turns of TURN seconds; return its result."""
        given = None
        while True:
            async with self.turn():
                ends, is_over = steady() + TURN, False
                while not is_over:
                    try:
                        function = work.send(given)
                    except StopIteration as end:
                        result: T = end.value
                        return result
                    given = None if function is None else await asyncio.to_thread(function)
                    is_over = steady() >= ends


class Spell:
    """The time that one piece of work has before other tasks run, in one go or in several."""

    def __init__(self, turns: Turns) -> None:
        self._turns, self._left, self._ends = turns, TURN, 0.0

    def go_on(self) -> None:
        """Begin to work, or go on after having waited."""
        self._ends = steady() + self._left

    def wait(self) -> None:
        """Note that the work waits: the rest of its time is left."""
        self._left = self._ends - steady()

    @property
    def over(self) -> bool:
        """Whether its time is over: the work then has to `pause`."""
        return steady() >= self._ends

    async def pause(self) -> None:
        """Let other tasks run."""
        await self._turns.pause()
        self._left = TURN
        self.go_on()


def at_once(work: Work[T]) -> T:
    """Do work to its end; return its result."""
    given = None
    while True:
        try:
            function = work.send(given)
        except StopIteration as end:
            result: T = end.value
            return result
        given = None if function is None else function()


def constant(value: T) -> Work[T]:
    """Return the work that has nothing to do, and whose result is a value."""
    yield None
    return value


def listed(items: Iterable[T]) -> Work[list[T]]:
    """Return the work that makes one item after the other, and whose result is all of them."""
    found = []
    for item in items:
        found.append(item)
        yield None
    return found


def each(function: Callable[[S], T], items: Iterable[S]) -> Work[list[T]]:
    """Return the work that calls a function with each item, and whose result is what it returns."""
    return (yield from listed(map(function, items)))


def chosen(fits: Callable[[S], bool], items: Iterable[S]) -> Work[list[S]]:
    """Return the work that looks at each item, and whose result is those that fit."""
    items = list(items)
    found = yield from each(fits, items)
    return [item for item, is_one in zip(items, found, strict=True) if is_one]
