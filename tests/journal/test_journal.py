import pytest

from mockbot.journal.entry import Arrival, Entry
from mockbot.journal.journal import Journal
from mockbot.journal.masking import Masking
from mockbot.world.clock import FrozenClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def journal(clock: FrozenClock) -> Journal:
    return Journal("w", clock.now, items=3, size=100_000)


def opened(journal: Journal) -> Entry:
    return journal.open(Arrival("GET", "/", Masking(journal.callers, b"", ())))


def test_an_entry_is_in_the_journal_while_it_is_open(journal: Journal) -> None:
    entry = opened(journal)
    assert (list(journal), entry.ended, entry.world, entry.id) == ([entry], "open", "w", "e1")
    assert journal.entry("e1") is entry
    assert journal.entry("e2") is None


def test_the_duration_is_by_the_worlds_clock(journal: Journal, clock: FrozenClock) -> None:
    entry = opened(journal)
    clock.advance(5)
    journal.close(entry)
    assert entry.seconds == 5


def test_the_oldest_entries_are_dropped_and_ids_are_not_used_again(journal: Journal) -> None:
    for _ in range(5):
        opened(journal)
    assert [entry.id for entry in journal] == ["e3", "e4", "e5"]
    journal.clear()
    assert (len(journal), opened(journal).id) == (0, "e6")


def test_entries_are_weighed_again_when_they_end() -> None:
    journal = Journal("w", lambda: 0.0, items=10, size=30_000)
    entries = [opened(journal) for _ in range(3)]
    assert list(journal) == entries
    entries[2].body = b"x" * 20_000
    journal.close(entries[2])
    assert entries[0] not in list(journal)
    assert entries[2] in list(journal)


def test_an_entry_that_was_dropped_can_be_closed(journal: Journal) -> None:
    entries = [opened(journal) for _ in range(4)]
    journal.close(entries[0])
    assert len(journal) == 3
