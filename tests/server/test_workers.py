"""Threads keep no request, and at the end they begin nothing more."""

import asyncio
import threading
import weakref

import pytest

from mockbot.server.workers import MOST, Workers
from tests.conftest import SECONDS

pytestmark = pytest.mark.anyio


class Body:
    """What a request has sent."""


async def test_an_idle_thread_keeps_nothing_of_what_it_has_done() -> None:
    workers = Workers()
    body = Body()
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    weakref.finalize(body, loop.call_soon_threadsafe, gone.set)
    future = workers.submit(str, body)
    del body
    await asyncio.wrap_future(future)
    del future
    await asyncio.wait_for(gone.wait(), SECONDS)
    workers.shutdown()


async def test_what_has_not_begun_at_the_end_never_begins() -> None:
    workers, begun, may_end, done = Workers(), threading.Semaphore(0), threading.Event(), list[int]()

    def work(number: int) -> None:
        begun.release()
        assert may_end.wait(SECONDS)
        done.append(number)

    futures = [workers.submit(work, number) for number in range(MOST + 3)]
    for _ in range(MOST):
        assert begun.acquire(timeout=SECONDS)
    workers.abandon()
    futures.append(workers.submit(work, MOST + 3))
    may_end.set()
    await asyncio.gather(*map(asyncio.wrap_future, futures[:MOST]))
    assert sorted(done) == [*range(MOST)]
    assert not any(each.running() or each.done() for each in futures[MOST:])
    workers.shutdown()
