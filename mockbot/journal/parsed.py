"""An entry with its body and its stream parsed, and its fields by name. What is missing is None, never an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property

from mockbot import sse
from mockbot.contract.wire.message import pairs_of
from mockbot.dataclass import dataclass
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON

BOUNDARY = "boundary="
LONGEST_REFUSAL = 64 * 1024
"""How many bytes of a response are read as an error envelope."""
RequestKey = tuple[str, str, str, bytes, int, int, str | None]
"""Method, path, query, body, size of the body, caller, and wishes."""


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What an event stream contained, as far as it was sent."""

    session: str | None
    """The session that its first frame names, if any."""
    last: float
    """When its last piece was sent, in seconds from the beginning of the entry; 0 if there is none."""
    end: float | None
    """When its frame `end` was sent; None if it was not."""


class ParsedEntry:
    """An entry whose parts are parsed on first use."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @cached_property
    def body(self) -> JSON:
        """Return the request body as JSON; None if it is not JSON, or longer than KEPT."""
        return _json(self.entry.body)

    @cached_property
    def stream(self) -> StreamSummary | None:
        """Return a summary of the event stream; None if the response is not one, or has a content encoding."""
        headers = dict(self.entry.response_headers)
        if not headers.get("content-type", "").lower().startswith("text/event-stream") or "content-encoding" in headers:
            return None
        session, end = None, None
        parser = sse.Parser()
        for chunk in (*self.entry.chunks, *([self.entry.tail] if self.entry.tail else ())):
            for event in parser.feed(chunk.data):
                match _json(event.data):
                    case {"type": "session_id", "session_id": str(text)}:
                        session = session or text
                    case {"type": "end"}:
                        end = chunk.at
        pieces = self.entry.chunks[-1:] if self.entry.tail is None else [self.entry.tail]
        return StreamSummary(session, pieces[0].at if pieces else 0.0, end)

    @cached_property
    def truncated(self) -> bool:
        """Return whether this is a chat whose stream began but has no frame `end`."""
        return self.entry.chat and self.stream is not None and self.stream.end is None

    @cached_property
    def complete(self) -> bool:
        """Return whether this is a chat whose stream had its frame `end`, and which the client did not leave."""
        ended = self.stream is not None and self.stream.end is not None
        return self.entry.chat and ended and self.entry.ended != "open" and self.entry.left is None

    @cached_property
    def refused(self) -> bool:
        """Return whether a response with status 200 is an error envelope: `{"status": "error", "message": ...}`.

        It may also have `data`, and nothing else. Longer responses than `LONGEST_REFUSAL` are none.
        """
        entry = self.entry
        if entry.status != 200 or entry.response_size > LONGEST_REFUSAL:
            return False
        match _json(entry.response_body):
            case {"status": "error", "message": str(), **rest}:
                return not rest.keys() - {"data"}
        return False

    @cached_property
    def request_key(self) -> RequestKey:
        """Return a value that is equal for equal requests.

        They may differ in the boundary of a form, and in headers, but not in what they wish for.
        """
        entry = self.entry
        body = entry.body
        kind = next((value for name, value in entry.headers if name.lower() == "content-type"), "")
        if kind.startswith("multipart/") and BOUNDARY in kind:
            body = body.replace(kind.partition(BOUNDARY)[2].split(";")[0].strip('" ').encode("latin-1"), b"")
        return entry.method, entry.path, entry.query, body, entry.body_size, entry.caller, entry.wish

    @property
    def ended_at(self) -> float:
        """Return when the exchange ended or the client left, in seconds since 1970 by the world's clock."""
        return self.entry.began + (self.entry.seconds if self.entry.left is None else self.entry.left)

    def seconds_after(self, before: ParsedEntry) -> float:
        """Return the seconds from the end of `before` to this request, by the clock that measured more."""
        return max(self.entry.began - before.ended_at, self.entry.arrived - before.entry.closed)

    def follows(self, before: ParsedEntry) -> bool:
        """Return whether this request arrived after the end of `before`, so that it may be a reaction to it."""
        return before.entry.ended != "open" and self.entry.arrived >= before.entry.closed

    def retries(self, before: ParsedEntry, window: float) -> bool:
        """Return whether this request arrived after the end of `before`, at most `window` seconds later."""
        return self.follows(before) and self.seconds_after(before) <= window

    @property
    def session(self) -> JSON:
        """Return the session that the request names, or else the one in its response."""
        return self._parameter("session_id") or (self.stream.session if self.stream else None)

    @property
    def username(self) -> JSON:
        """Return the user that the request names."""
        return self._parameter("username")

    @property
    def message(self) -> JSON:
        """Return the text of a chat's message, of a list of parts that of the plain ones; None if there is none."""
        match self.body:
            case {"message": str(text)}:
                return text
            case {"message": list(parts)}:
                plain = [part for part in parts if isinstance(part, dict) and part.get("type") == "plain"]
                return "".join(str(part.get("text", "")) for part in plain) if plain else None
        return None

    def field(self, name: str) -> JSON:
        """Return a field by its name in a query: `status`, `query/page`, `headers/accept`, `/message`.

        Repeated parameters and headers are lists, and so are faults and violations, each of these as `rule at`.
        """
        entry = self.entry
        if name.startswith("/"):
            return at(self.body, name)
        group, slash, key = name.partition("/")
        match group:
            case "query" if slash:
                return _values(value for found, value in pairs_of(entry.query) if found == key)
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
            case "message":
                return self.message
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

    def _parameter(self, name: str) -> JSON:
        in_body = self.body.get(name) if isinstance(self.body, dict) else None
        return (
            in_body
            if in_body is not None
            else _values(value for found, value in pairs_of(self.entry.query) if found == name)
        )


def at(value: JSON, pointer: str) -> JSON:
    """Return the value at a JSON pointer (RFC 6901); None if there is none."""
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
    """Return None for no value, one value unchanged, and several as a list."""
    values: list[JSON] = list(found)
    return values if len(values) > 1 else values[0] if values else None


def _json(text: str | bytes) -> JSON:
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
