import asyncio

import pytest

from mockbot.journal.entry import Arrival, Chunk, Entry
from mockbot.journal.journal import Journal
from mockbot.journal.masking import Masking
from mockbot.journal.watch import Notice, Watch
from mockbot.world.clock import FrozenClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def journal() -> Journal:
    return Journal("w", FrozenClock().now, items=3, size=100_000)


def opened(journal: Journal) -> Entry:
    return journal.open(Arrival("GET", "/", Masking(journal.callers, b"", ())))


def entry(number: int) -> Entry:
    return Entry(f"e{number}", "w", 0, "GET", "/", "", ())


async def noticed(watch: Watch) -> list[tuple[str, str, list[bytes], int]]:
    """End a subscription, and return what it has waiting."""
    watch.end()
    return [
        (notice.kind, notice.entry.id if notice.entry else "", [chunk.data for chunk in notice.chunks], notice.first)
        async for notice in watch
    ]


async def test_a_subscription_gets_every_entry_that_ends_after_it_began(journal: Journal) -> None:
    journal.close(opened(journal))
    with journal.watch() as watch:
        assert journal.watched == 1
        second = opened(journal)
        journal.sent(second)
        journal.changed()
        journal.close(second)
        journal.end()
        assert [notice async for notice in watch] == [Notice("entry", second)]
    assert journal.watched == 0


async def test_a_live_subscription_gets_what_happens_before_the_end(journal: Journal) -> None:
    with journal.watch(live=True) as watch:
        first = opened(journal)
        journal.sent(first)
        assert first.stream is not None
        first.stream.add(0, b"a")
        journal.sent(first)
        journal.changed()
        journal.close(first)
        assert await noticed(watch) == [
            ("open", "e1", [], 0),
            ("sent", "e1", [b"a"], 0),
            ("entry", "e1", [], 0),
            ("changed", "", [], 0),
        ]


async def test_pieces_are_noticed_together_and_once() -> None:
    watch, one = Watch(live=True), entry(1)
    read: list[Notice] = []

    async def reading() -> None:
        async for notice in watch:
            read.append(notice)

    task = asyncio.create_task(reading())
    for data in (b"a", b"b"):
        one.chunks = [*one.chunks, Chunk(0, data)]
        watch.sent(one)
    for _ in range(5):
        await asyncio.sleep(0)
    one.chunks = [*one.chunks, Chunk(0, b"c")]
    watch.sent(one)
    watch.put(Notice("entry", one))
    watch.end()
    await task
    assert [([chunk.data for chunk in each.chunks], each.first, each.kind) for each in read] == [
        ([b"a", b"b"], 0, "sent"),
        ([b"c"], 2, "sent"),
        ([], 0, "entry"),
    ]


async def test_a_waiting_subscriber_is_woken() -> None:
    watch, one = Watch(), entry(1)

    async def first() -> Notice:
        async for seen in watch:
            return seen
        raise AssertionError

    task = asyncio.create_task(first())
    await asyncio.sleep(0)
    watch.put(Notice("entry", one))
    assert (await asyncio.wait_for(task, 1)).entry is one


async def test_a_slow_subscriber_loses_the_oldest_notices() -> None:
    watch = Watch(most=2, live=True)
    for number in range(5):
        watch.sent(entry(number))
        watch.put(Notice("entry", entry(number)))
    assert await noticed(watch) == [
        ("sent", "e3", [], 0),
        ("entry", "e3", [], 0),
        ("sent", "e4", [], 0),
        ("entry", "e4", [], 0),
    ]


async def test_what_is_not_read_soon_after_the_end_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.journal.watch.LATE", 0)
    watch = Watch(live=True)
    for number in range(3):
        watch.put(Notice("entry", entry(number)))
        watch.sent(entry(number))
    assert watch.size > 0
    watch.end()
    await asyncio.sleep(0.001)
    assert (watch.size, [notice async for notice in watch]) == (0, [])


async def test_all_subscribers_get_the_same_notice_of_an_entry(journal: Journal) -> None:
    with journal.watch(live=True) as one, journal.watch(live=True) as other:
        journal.close(opened(journal))
        journal.end()
        notices = [[notice async for notice in watch] for watch in (one, other)]
    assert [each.kind for each in notices[0]] == ["open", "entry"]
    assert all(first is second for first, second in zip(*notices, strict=True))
