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


@pytest.mark.parametrize("clears", [False, True])
def test_an_open_entry_that_the_journal_does_not_have_any_more_keeps_nothing(journal: Journal, clears: bool) -> None:
    entry, other = opened(journal), opened(journal)
    assert entry.stream is not None
    assert other.stream is not None
    for stream in (entry.stream, other.stream):
        stream.add(0.0, b"x" * 10_000)
    other.ended = "complete"
    journal.close(other)
    if clears:
        journal.clear()
    else:
        for _ in range(3):
            opened(journal)
    entry.stream.add(0.1, b"y" * 10_000)
    assert (journal.entry(entry.id), entry.stream.weight, [*entry.chunks], entry.tail) == (None, 0, [], None)
    assert len(other.response_body) == 10_000  # a subscriber may still read it


def test_a_dropped_entry_keeps_nothing_of_what_was_read() -> None:
    journal = Journal("w", lambda: 0.0, items=1, size=1_000_000)
    entry = opened(journal)
    assert entry.stream is not None
    entry.stream.add(0.0, b"x" * 300_000)
    assert (len(entry.chunks), entry.tail is None) == (1, False)
    opened(journal)
    entry.stream.add(0.0, b"x" * 300_000)
    assert entry.stream.weight == 0
