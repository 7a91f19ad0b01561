"""What many hold together has a bound; who finds no room waits, and those that grow together all end."""

import asyncio

import pytest

from mockbot.held import FREE, Held, Share

pytestmark = pytest.mark.anyio
UNIT = 10 * FREE


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def grown(share: Share, *sizes: int) -> list[bool]:
    """Let a share grow to one size after the other, and end."""
    found = [await share.grow(size * UNIT) for size in sizes]
    share.complete()
    return found


async def test_the_bound_is_for_all_together() -> None:
    held = Held(3 * UNIT, margin=0, wait=0)
    first, second = held.share(), held.share()
    assert await grown(first, 1, 2) == [True, True]
    assert await grown(second, 1, 2) == [True, False]
    assert held.size == 3 * UNIT
    first.release()
    assert await grown(second, 2, 3, 4) == [True, True, False]
    second.release()
    assert held.size == 0


async def test_what_is_small_is_free() -> None:
    held = Held(UNIT, margin=0, wait=0)
    assert await held.share().grow(UNIT)
    assert await held.share().grow(FREE)
    assert held.share().take(FREE)
    assert not held.share().take(FREE + 1)
    assert held.size == UNIT


async def test_one_that_takes_at_once_does_not_wait() -> None:
    held = Held(2 * UNIT, wait=3600)
    share = held.share()
    assert share.take(UNIT)
    assert share.take(2 * UNIT)
    assert not share.take(3 * UNIT)
    share.release()
    assert held.share().take(2 * UNIT)


@pytest.mark.parametrize("ends", ["release", "complete"])
async def test_who_finds_no_room_waits_for_it(ends: str) -> None:
    held = Held(2 * UNIT, margin=0, wait=3600)
    first, second = held.share(), held.share()
    assert await first.grow(2 * UNIT)
    waiting = asyncio.create_task(second.grow(UNIT))
    await let_others_run()
    assert not waiting.done()
    if ends == "complete":
        held.margin = UNIT  # for the oldest that still grows
    getattr(first, ends)()
    assert await waiting


async def test_the_wait_has_an_end() -> None:
    held = Held(UNIT, margin=0, wait=0.001)
    assert await held.share().grow(UNIT)
    assert not await held.share().grow(UNIT)


async def test_those_that_grow_together_all_end() -> None:
    held, most = Held(4 * UNIT, margin=3 * UNIT, wait=3600), 0

    async def grow() -> None:
        nonlocal most
        share = held.share()
        for size in range(1, 4):
            assert await share.grow(size * UNIT)
            most = max(most, held.size)
            await asyncio.sleep(0)
        share.complete()
        await asyncio.sleep(0)
        share.release()

    await asyncio.gather(*(grow() for _ in range(10)))
    assert held.size == 0
    assert 4 * UNIT <= most <= 7 * UNIT


async def test_one_that_leaves_while_it_waits_is_forgotten() -> None:
    held = Held(UNIT, margin=0, wait=3600)
    first, second = held.share(), held.share()
    assert await first.grow(UNIT)
    waiting = asyncio.create_task(second.grow(UNIT))
    await let_others_run()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    second.release()
    first.release()
    assert (held.size, held._growing) == (0, {})
    assert await held.share().grow(UNIT)
