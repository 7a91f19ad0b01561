"""Server-sent events: an encoder, and an incremental parser as specified in WHATWG HTML 9.2.5 and 9.2.6.

The parser accepts bytes in chunks of any size. Where the chunks begin and end does not change the events.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, plainly_spaced, plainly_spaced_texts, spaced_bytes

EVENT_STREAM = "text/event-stream"
EVENT = "mockbot.event"
"""Key of an ASGI message for the value that its body was made of with `data_frame`, and that a parser would read."""
LIKE = "mockbot.like"
"""Key of an ASGI message for a Like that its EVENT is."""
Like: TypeAlias = tuple[dict[str, JSON], str]
"""Values that differ in one text: all are this value with some text at this key."""
LINE_END = re.compile("\r\n|\n|\r")
LONGEST_NUMBER = 18
"""How many digits of a `retry` are read; 18 digits are 30 million years."""


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event: its data, its type, the last event id at that point, and a `retry` in milliseconds."""

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None


def encode(event: Event) -> bytes:
    """Return the bytes of an event, with LF line ends and one `data:` line for each line of the data.

    Raise ValueError if the type or the id contains a line end, or the id a NUL: a stream cannot represent these.
    """
    if LINE_END.search(event.event + event.id) or "\0" in event.id:
        raise ValueError("the type and id of an event must not contain a line end, nor the id a NUL")
    lines = [] if event.event == "message" else [f"event: {event.event}"]
    if event.id:
        lines.append(f"id: {event.id}")
    if event.retry is not None:
        lines.append(f"retry: {event.retry}")
    lines.extend(f"data: {line}" for line in LINE_END.split(event.data))
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def data_frame(value: JSON) -> bytes:
    """Return an event with a JSON value as AstrBot writes it: one `data:` line of `spaced` JSON (BEHAVIOUR.md 8.4)."""
    return b"data: %b\n\n" % spaced_bytes(value)


def raw_frame(data: JSON) -> bytes:
    """Return an event whose data is a text unchanged, also one that ends the event early; or a `data_frame`."""
    return b"data: %b\n\n" % data.encode("utf-8", "replace") if isinstance(data, str) else data_frame(data)


def piece(data: bytes) -> dict[str, Any]:
    """Return the ASGI message that sends a piece of a stream."""
    return {"type": "http.response.body", "body": data, "more_body": True}


def frame(value: JSON) -> dict[str, Any]:
    """Return the ASGI message that sends a `data_frame`; it has the value, too, if that is what a parser would read."""
    written = plainly_spaced(value)
    if written is None:
        return piece(data_frame(value))
    return {"type": "http.response.body", "body": b"data: %b\n\n" % written, "more_body": True, EVENT: value}


def frames(value: dict[str, JSON], key: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return a `frame` for each text: of the value with that text at the key. They share what is the same in them."""
    values = [{**value, key: text} for text in texts]
    together = plainly_spaced_texts(value, key, texts)
    if together is None:
        return list(map(frame, values))
    like: Like = value, key
    return [
        {"type": "http.response.body", "body": b"data: %b\n\n" % written, "more_body": True, EVENT: each, LIKE: like}
        for each, written in zip(values, together, strict=True)
    ]


class Parser:
    """Parses the bytes of a stream into events; the chunks may have any size.

    `retry` is the last reconnection time that the stream set, in milliseconds; `last_event_id` is what a client would
    send as Last-Event-ID. `max_event` limits the characters kept for one incomplete event; beyond it, `feed` raises
    ValueError.
    """

    def __init__(self, max_event: int = 64 * 1024 * 1024) -> None:
        self.last_event_id = ""
        self.retry: int | None = None
        self._max_event = max_event
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line: list[str] = []
        self._after_cr = False
        self._id = ""
        self._held = 0
        self._begin()

    def feed(self, chunk: bytes) -> list[Event]:
        """Parse the next bytes and return the events that they complete, in order."""
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if self._after_cr and text[0] == "\n":
            text = text[1:]
        self._after_cr = text.endswith("\r") if text else False
        *lines, rest = LINE_END.split(text)
        events = []
        for line in lines:
            self._hold(line)
            event = self._read("".join(self._line))
            self._line.clear()
            if event is not None:
                events.append(event)
        self._hold(rest)
        return events

    def close(self) -> None:
        """End the stream; discard an event that has not been ended by a blank line."""
        self._decoder.reset()
        self._line.clear()
        self._after_cr = False
        self._held = 0
        self._begin()

    def _begin(self) -> None:
        self._data: list[str] = []
        self._event = ""
        self._event_retry: int | None = None

    def _hold(self, text: str) -> None:
        self._held += len(text)
        if self._held > self._max_event:
            raise ValueError(f"an event of the stream is longer than {self._max_event} characters")
        if text:
            self._line.append(text)

    def _read(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
                self._held += 1
                return None
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry = self._event_retry = int(value.lstrip("0")[:LONGEST_NUMBER] or "0")
        self._held -= len(line)
        return None

    def _dispatch(self) -> Event | None:
        self.last_event_id = self._id
        event = None
        if self._data:
            event = Event("\n".join(self._data), self._event or "message", self._id, self._event_retry)
        self._held = 0
        self._begin()
        return event
