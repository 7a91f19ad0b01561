"""Reads the entries of a journal in turns: large ones in a thread, because masking and parsing them takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from mockbot.journal.entry import Entry
from mockbot.turns import Work

T = TypeVar("T")
LARGE = 16 * 1024
"""Bytes of an exchange from which on it is read in a thread."""


def reading(function: Callable[[Entry], T], entry: Entry) -> Work[T]:
    """Return the work that calls a function with an entry; the function must only read.

    While a response is sent, its pieces are read where they are added, not in a thread.
    """
    if entry.head_weight + entry.body_size + entry.response_size < LARGE:
        found = function(entry)
        yield None
        return found
    yield partial(getattr, entry, "body")
    entry.chunks  # noqa: B018  # masks what is left of them, so that they do not change any more
    if entry.is_sent:
        found = yield partial(function, entry)
    else:
        found = function(entry)
        yield None
    return found


def reading_each(function: Callable[[Entry], T], entries: Iterable[Entry]) -> Work[list[T]]:
    """Return the work that calls a function with each entry, as `reading` does."""
    found = []
    for entry in list(entries):
        found.append((yield from reading(function, entry)))
    return found
