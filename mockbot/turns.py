"""Long work in turns: other tasks run in between, so that nothing waits for the whole of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator
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
    result: list[T] = []
    began = steady()
    for _ in _into(result, work):
        if steady() - began >= TURN:
            await asyncio.sleep(0)
            began = steady()
    return result[0]


def at_once(work: Work[T]) -> T:
    """Do work to its end; return its result."""
    result: list[T] = []
    for _ in _into(result, work):
        pass
    return result[0]


def _into(result: list[T], work: Work[T]) -> Iterator[None]:
    result.append((yield from work))


def each(function: Callable[[S], T], items: Iterable[S]) -> Work[list[T]]:
    """Return the work that calls a function with each item, and whose result is what it returns."""
    found = []
    for item in items:
        found.append(function(item))
        yield
    return found


def chosen(fits: Callable[[S], bool], items: Iterable[S]) -> Work[list[S]]:
    """Return the work that looks at each item, and whose result is those that fit."""
    items = list(items)
    found = yield from each(fits, items)
    return [item for item, is_one in zip(items, found, strict=True) if is_one]
