"""The journal of a world, over the control API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

from mockbot.duration import seconds
from mockbot.errors import NoAnswer, UserError
from mockbot.journal.entry import Entry
from mockbot.journal.view import read
from mockbot.limited import reason
from mockbot.sse import Parser
from mockbot.steady import steady
from mockbot.testing.control import Control
from mockbot.wording import readable

LOOK_AGAIN = 1.0
"""Seconds after which a waiting test looks for clients that have left while their runs go on."""
PAGE = 100


class Journal:
    """The requests to a world and its responses."""

    def __init__(self, control: Control, place: str) -> None:
        self._control, self._place = control, f"{place}/journal"

    def entries(self, operation: str | None = None, since: str = "") -> tuple[Entry, ...]:
        """Return the entries, oldest first: all, or those of an operation, or those after the entry `since`."""
        return tuple(entry for entry in self._all(since) if operation in (None, entry.operation))

    def last(self, operation: str | None = None) -> Entry:
        """Return the latest entry (of an operation). Raise AssertionError if there is none."""
        __tracebackhide__ = True  # pytest shows the line of the test
        found = self.entries(operation)
        if not found:
            raise AssertionError(_sentence(operation, 1, 0, self.entries()))
        return found[-1]

    def clear(self) -> None:
        """Remove all entries; the ids of later ones continue."""
        self._control.ask("DELETE", self._place)

    def wait_for(self, operation: str | None = None, count: int = 1, timeout: float | str = 5.0) -> tuple[Entry, ...]:
        """Wait until `count` exchanges (of an operation) have ended, and return their entries.

        Raise AssertionError after `timeout`, in seconds or a duration such as "150ms".
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        end = steady() + seconds(timeout)
        while True:
            self._wait(operation, count, min(end, steady() + LOOK_AGAIN))
            found = self._ended(operation)
            if len(found) >= count:
                return found
            if steady() >= end:
                raise AssertionError(_sentence(operation, count, len(found), self.entries()))

    def _wait(self, operation: str | None, count: int, end: float) -> None:
        """Wait until `count` exchanges have ended, or the time is over."""
        try:
            with self._control.open("GET", f"{self._place}/stream", seconds=max(end - steady(), 0.001)) as stream:
                ended = {entry.id for entry in self._ended(operation)}
                news = _news(stream)
                while len(ended) < count and steady() < end and (row := next(news, None)):
                    if operation in (None, row["operation"]):
                        ended.add(row["id"])
        except NoAnswer:
            if steady() < end:
                raise

    def settle(self, timeout: float | str = 1.0) -> tuple[Entry, ...]:
        """Wait until no exchange is open, for at most `timeout`, and return all entries."""
        entries = self.entries()
        if all(entry.ended != "open" for entry in entries):
            return entries
        limit = seconds(timeout)
        end = steady() + limit
        with self._control.open("GET", f"{self._place}/stream", seconds=limit) as stream:
            still_open = {entry.id for entry in self.entries() if entry.ended == "open"}
            news = _news(stream)
            while still_open and steady() < end and (row := next(news, None)):
                still_open.discard(row["id"])
        return self.entries()

    def _ended(self, operation: str | None) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries(operation) if entry.ended != "open")

    def _all(self, since: str) -> Iterator[Entry]:
        more = True
        while more:
            start = {"since": since} if since else {}
            page = self._control.ask("GET", self._place, limit=PAGE, bodies="true", **start)
            try:
                more, rows = page["more"], page["entries"]
                found = [read(row) for row in rows]
            except (LookupError, TypeError, ValueError, AttributeError):
                raise UserError(
                    f"{self._control.base_url} is not a mockbot: it has no journal that can be read"
                ) from None
            yield from found
            since = found[-1].id if found else since


def _news(stream: HTTPResponse) -> Iterator[Any]:
    """Yield each entry in a journal's stream until it ends or its time is over."""
    parser = Parser()
    try:
        while data := stream.read1(65536):
            yield from (json.loads(event.data) for event in parser.feed(data))
    except TimeoutError:
        return
    except (OSError, ValueError, HTTPException, RecursionError) as error:
        raise NoAnswer(f"the stream of the journal cannot be read: {reason(error)}") from None


def _sentence(operation: str | None, wanted: int, found: int, seen: tuple[Entry, ...]) -> str:
    what = operation or "exchanges"
    lines = [f"{what}: {found} ended, waited for {wanted}; the journal has {len(seen) or 'nothing'}", *map(str, seen)]
    return readable("\n  ".join(lines[:11]))
