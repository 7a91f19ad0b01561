"""Counts the iterations of an event loop: between two of them, every other task can run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def iterations() -> AsyncIterator[Callable[[], int]]:
    """Count iterations; the function that is given returns how many there were so far."""
    count = 0

    async def run() -> None:
        nonlocal count
        while True:
            count += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(run())
    try:
        yield lambda: count
    finally:
        counting.cancel()
