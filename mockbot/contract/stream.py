"""One chat stream against the contract: each event by its schema, all of them by the order they come in."""

from __future__ import annotations

from mockbot.contract.events import Events
from mockbot.contract.media import read_json
from mockbot.contract.order import Order
from mockbot.contract.violation import Violation
from mockbot.sse import Event, Parser

CHAT = "POST /api/v1/chat"
"""The one operation whose streams have a grammar; an example of another's stream is short and whole."""
BLANK_LINE = (b"\n\n", b"\r\n\r\n", b"\r\r")
"""What ends an event (WHATWG HTML 9.2.5)."""


class Stream:
    """Reads the bytes of one stream, in any pieces, and judges each event that they complete."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._parser = Parser()
        self._order = Order()
        self._tail = b""

    def judge(self, chunk: bytes, over: bool) -> list[Violation]:
        """Return what the events in `chunk` break and, when the stream is over, what it still owes."""
        violations = [violation for event in self._parser.feed(chunk) for violation in self._judge_event(event)]
        self._tail = (self._tail + chunk)[-4:]
        if over and not violations:
            if not self._tail.endswith(BLANK_LINE):
                violations.append(Violation("event", "body", "", "parse", "the stream ends inside an event"))
            owed = self._order.end()
            violations += [] if owed is None else [owed]
        return violations

    def _judge_event(self, event: Event) -> list[Violation]:
        if event.event != "message":
            return [
                Violation("event", "body", "", "event", "the event has a type other than `message`", event.event[:120])
            ]
        try:
            value = read_json(event.data.encode())
        except ValueError as error:
            return [Violation("event", "body", "", "parse", f"the event's data is no JSON: {error}", event.data[:120])]
        misplaced = self._order.feed(value)
        return self._events.check(value) + ([] if misplaced is None else [misplaced])
