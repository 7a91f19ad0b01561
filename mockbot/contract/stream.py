"""Validation of one chat stream: each event against its schema, and the order of the events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mockbot.contract.events import Events
from mockbot.contract.media_types import read_json
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.sse import Event, Like, Parser
from mockbot.violation import Violation

FRAME_END = b"\n\n"
"""The end of a `data_frame`."""
BLANK_LINE = (b"\n\n", b"\r\n\r\n", b"\r\r")
"""The ends of an event (WHATWG HTML 9.2.5)."""


class Order(Protocol):
    """Validates the order of the events of one stream."""

    def feed(self, event: JSON) -> Violation | None:
        """Process the next event; return a violation if it must not come next."""

    def end(self) -> Violation | None:
        """End the stream; return a violation if an event is missing."""


@dataclass(frozen=True, slots=True)
class StreamRules:
    """The events that a stream may have, and their order."""

    events: Events
    order: Callable[[], Order]
    """Returns a new validator for the order of one stream."""


class StreamValidator:
    """Parses the bytes of one stream, in chunks of any size, and validates each event."""

    def __init__(self, rules: StreamRules) -> None:
        self._events, self._order = rules.events, rules.order()
        self._parser = Parser()
        self._tail = b""
        self._like: Like | None = None
        """What all events are like of which one is valid; any text will do in them."""

    def validate(self, chunk: bytes, over: bool, event: object = None, like: Like | None = None) -> list[Violation]:
        """Return the violations of the events in `chunk` and, when the stream is `over`, of its end.

        With `event`, `chunk` is its frame, which a parser would read as this value: where that is certain to be valid,
        the bytes are not read. With `like`, it is that value with another text at that key: where all such values are
        as valid as one of them, only the first is validated.
        """
        tail = self._tail
        begins = tail is FRAME_END or not tail or tail.endswith(b"\n\n")  # whether the next byte begins an event
        if event is not None and not over and begins and self._accepts(event, like):
            self._tail = FRAME_END
            misplaced = self._order.feed(event)  # type: ignore[arg-type]  # only JSON is accepted
            return [] if misplaced is None else [misplaced]
        violations = [violation for event in self._parser.feed(chunk) for violation in self._event(event)]
        self._tail = (self._tail + chunk)[-4:]
        if over and not violations:
            if not self._tail.endswith(BLANK_LINE):
                violations.append(Violation("event", "body", "", "parse", "the stream ends inside an event"))
            missing = self._order.end()
            violations += [] if missing is None else [missing]
        return violations

    def _accepts(self, event: object, like: Like | None) -> bool:
        if like is not None and like is self._like:
            return True
        if not self._events.accepts(event):
            return False
        if like is not None and self._events.takes_any_text(event, like[1]):
            self._like = like
        return True

    def _event(self, event: Event) -> list[Violation]:
        if event.event != "message":
            sentence = "the event has a type other than `message`"
            return [Violation("event", "body", "", "event", sentence, event.event[:120])]
        try:
            value = read_json(event.data.encode())
        except ValueError as error:
            sentence = f"the event's data is not JSON: {error}"
            return [Violation("event", "body", "", "parse", sentence, event.data[:120])]
        misplaced = self._order.feed(value)
        return self._events.check(value) + ([] if misplaced is None else [misplaced])
