"""An entry, read: its JSON, its stream and its fields by name. What is not there is None, never an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from mockbot import sse
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON

BOUNDARY = "boundary="
Sent = tuple[str, str, str, bytes, int, int]


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What an event stream said, as far as it got."""

    session: str | None
    """The session that its first frame names."""
    last: float
    """When its last piece left, in seconds from the entry's beginning; 0 when none did."""
    end: float | None
    """When its frame `end` left; None when it never did."""


class ParsedEntry:
    """What an entry says; each thing is read when somebody asks for it, and once."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @cached_property
    def body(self) -> JSON:
        """Return the request's JSON; None when it is none, or longer than an entry keeps."""
        return _parsed(self.entry.body)

    @cached_property
    def stream(self) -> StreamSummary | None:
        """Return the answer's event stream; None when it is none, or encoded so that nobody here can read it."""
        headers = dict(self.entry.response_headers)
        if not headers.get("content-type", "").lower().startswith("text/event-stream") or "content-encoding" in headers:
            return None
        session, end = None, None
        parser = sse.Parser()
        for chunk in (*self.entry.chunks, *([self.entry.tail] if self.entry.tail else ())):
            for event in parser.feed(chunk.data):
                match _parsed(event.data):
                    case {"type": "session_id", "session_id": str(text)}:
                        session = session or text
                    case {"type": "end"}:
                        end = chunk.at
        pieces = self.entry.chunks[-1:] if self.entry.tail is None else [self.entry.tail]
        return StreamSummary(session, pieces[0].at if pieces else 0.0, end)

    @cached_property
    def broken(self) -> bool:
        """Tell whether a chat began to stream and its frame `end` never left."""
        return self.entry.chat and self.stream is not None and self.stream.end is None

    @cached_property
    def sent(self) -> Sent:
        """Return what makes two requests the same one: all but headers, with the key, without a form's boundary."""
        entry = self.entry
        body = entry.body
        kind = next((value for name, value in entry.headers if name.lower() == "content-type"), "")
        if kind.startswith("multipart/") and BOUNDARY in kind:
            body = body.replace(kind.partition(BOUNDARY)[2].split(";")[0].strip('" ').encode("latin-1"), b"")
        return entry.method, entry.path, entry.query, body, entry.body_size, entry.caller

    @property
    def ended_at(self) -> float:
        """Return when the exchange was over for the client, in seconds since 1970 by the world's clock."""
        return self.entry.began + (self.entry.seconds if self.entry.left is None else self.entry.left)

    def waited(self, before: ParsedEntry) -> float:
        """Return the seconds from the end of an exchange to the beginning of this one, by the clock that saw more."""
        return max(self.entry.began - before.ended_at, self.entry.arrived - before.entry.closed)

    def follows(self, before: ParsedEntry) -> bool:
        """Tell whether this exchange began when the other had ended, so that it may be a reaction."""
        return before.entry.ended != "open" and self.entry.arrived >= before.entry.closed

    @property
    def session(self) -> JSON:
        """Return the session that was asked for, or else the one that the answer made."""
        return self._asked("session_id") or (self.stream.session if self.stream else None)

    @property
    def username(self) -> JSON:
        """Return the user that was sent."""
        return self._asked("username")

    def field(self, name: str) -> JSON:
        """Return a field as `verify` names it: `status`, `query/page`, `headers/accept`, `/message`.

        A list holds all values of a repeated parameter or header, all faults, or all violations as `rule at`.
        """
        entry = self.entry
        if name.startswith("/"):
            return at(self.body, name)
        group, slash, key = name.partition("/")
        match group:
            case "query" if slash:
                return _values(value for found, value in parse_qsl(entry.query, keep_blank_values=True) if found == key)
            case "headers" if slash:
                return _values(value for found, value in entry.headers if found.lower() == key.lower())
            case "violations":
                return [f"{violation.rule} {violation.at}".strip() for violation in entry.violations]
            case "faults":
                return list(entry.faults)
            case "session":
                return self.session
            case "username":
                return self.username
            case "body":
                return entry.body.decode("utf-8", "replace")
        plain: dict[str, JSON] = {
            "operation": entry.operation,
            "method": entry.method,
            "path": entry.path,
            "status": entry.status,
            "script": entry.script,
            "ended": entry.ended,
        }
        return plain.get(name)

    def _asked(self, name: str) -> JSON:
        in_body = self.body.get(name) if isinstance(self.body, dict) else None
        return (
            in_body
            if in_body is not None
            else _values(value for found, value in parse_qsl(self.entry.query, keep_blank_values=True) if found == name)
        )


def at(value: JSON, pointer: str) -> JSON:
    """Return what stands at a JSON pointer (RFC 6901), None where nothing does."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        match value:
            case dict():
                value = value.get(key)
            case list() if key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(value):
                value = value[int(key)]
            case _:
                return None
    return value


def _values(found: Iterable[str]) -> JSON:
    """Return one value as it is, several as a list, none as None."""
    values: list[JSON] = list(found)
    return values if len(values) > 1 else values[0] if values else None


def _parsed(text: str | bytes) -> JSON:
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
