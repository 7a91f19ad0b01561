"""Long work in turns: other tasks run in between, so that nothing waits for the whole of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias, TypeVar

from mockbot.steady import steady

S = TypeVar("S")
T = TypeVar("T")
Work: TypeAlias = Generator[None, None, T]
"""Work that yields wherever other tasks may run, and returns its result."""
TURN = 0.01
"""Seconds after which other tasks run."""


async def in_turns(work: Work[T]) -> T:
    """Do work, and let other tasks run after each TURN of it; return its result."""
    began = steady()
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        if steady() - began >= TURN:
            await asyncio.sleep(0)
            began = steady()


def at_once(work: Work[T]) -> T:
    """Do work to its end; return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


def each(function: Callable[[S], T], items: Iterable[S]) -> Work[list[T]]:
    """Return the work that calls a function with each item, and whose result is what it returns."""
    found = []
    for item in items:
        found.append(function(item))
        yield
    return found
