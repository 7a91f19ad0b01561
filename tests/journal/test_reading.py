"""Large entries are read in a thread, with the same result as at once."""

import asyncio
import threading

import pytest

from mockbot.journal.entry import KEPT, Arrival, Entry
from mockbot.journal.masked_stream import MaskedStream
from mockbot.journal.masking import Callers, Later, Masking
from mockbot.journal.reading import LARGE, reading, reading_each
from mockbot.journal.secrets import Secrets
from mockbot.turns import Turns

MASKING = Masking(Callers(["abk_secret_key"]), b"", ())


def entry_of(sent: bytes, received: bytes, *, is_sent: bool = True) -> Entry:
    """Return the entry of an exchange, nothing of which is masked yet."""
    entry = Entry.opened("e1", "default", 0.0, 0.0, Arrival("POST", "/", MASKING))
    entry.body_size, entry.body = len(sent), Later(MASKING, Secrets.data, sent)
    entry.stream = MaskedStream(MASKING)
    entry.stream.add(0.0, received)
    entry.response_size = len(received)
    if is_sent:
        entry.stream.end()
    return entry


def thread_of(_: Entry) -> int:
    return threading.get_ident()


@pytest.mark.parametrize(
    ("sent", "received", "is_sent", "in_thread"),
    [
        (b"a", b"b", True, False),
        (b"a" * LARGE, b"b", True, True),
        (b"a", b"b" * LARGE, True, True),
        (b"a" * LARGE, b"b" * LARGE, False, False),
    ],
)
def test_a_large_entry_is_read_in_a_thread_once_nothing_is_added(
    sent: bytes, received: bytes, is_sent: bool, in_thread: bool
) -> None:
    entry = entry_of(sent, received, is_sent=is_sent)
    found = asyncio.run(Turns().work(reading(thread_of, entry)))
    assert (found != threading.get_ident()) == in_thread


def test_the_large_body_of_an_open_entry_is_masked_in_a_thread() -> None:
    threads = []

    class Watched(Secrets):
        def data(self, data: bytes, kept: int | None = None) -> bytes:
            threads.append(threading.get_ident())
            return super().data(data, kept)

    entry = entry_of(b"", b"", is_sent=False)
    entry.body_size, entry.body = LARGE, Later(MASKING, lambda _, sent: Watched(["abk_secret_key"]).data(sent), b"a")
    assert asyncio.run(Turns().work(reading(lambda entry: entry.body, entry))) == b"a"
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


def test_keys_are_masked_in_a_large_entry() -> None:
    text = b"%61bk_secret_key abk_secret_key " * (KEPT // 64)
    entry, same = entry_of(text, text), entry_of(text, text)
    found = asyncio.run(Turns().work(reading_each(lambda each: (each.body, each.response_body), [entry])))
    assert found == [(same.body, same.response_body)]
    assert b"secret_key" not in b"".join(found[0])
    assert found[0][0].count(b"abk_") > 0
