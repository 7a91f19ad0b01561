"""A journal as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers' developer tools open.

Fields that HAR does not have begin with `_`, as its section on custom fields requires.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from mockbot import __version__
from mockbot.contract.wire.message import pairs_of
from mockbot.journal.entry import Entry
from mockbot.journal.reading import reading_each
from mockbot.journal.view import PATH_SAFE, content
from mockbot.jsontext import JSON
from mockbot.turns import Work

UNKNOWN = -1
"""HAR's value for a size or a time that was not measured."""
QUERY_SAFE = PATH_SAFE + "?%"
"""Characters of a query that are not escaped again."""


def to_har(entries: Iterable[Entry]) -> Work[dict[str, JSON]]:
    """Return the work that makes a HAR 1.2 document of entries, of open ones as far as they have come."""
    creator: JSON = {"name": "mockbot", "version": __version__}
    rows = yield from reading_each(_entry, entries)
    return {"log": {"version": "1.2", "creator": creator, "entries": [*rows]}}


def _entry(entry: Entry) -> dict[str, JSON]:
    first = entry.chunks[0].at if entry.chunks else entry.seconds
    wait, receive = _milliseconds(first), _milliseconds(max(entry.seconds - first, 0))
    custom: dict[str, JSON] = {
        "_id": entry.id,
        "_world": entry.world,
        "_operation": entry.operation,
        "_script": entry.script,
        "_faults": list(entry.faults),
        "_ended": entry.ended,
        "_why": entry.why,
        "_violations": [violation.as_json() for violation in entry.violations],
        "_defects": [violation.as_json() for violation in entry.defects],
    }
    if len(entry.chunks) > 1:
        custom["_events"] = [{"at": round(chunk.at, 6), **content(chunk.data)} for chunk in entry.chunks]
    return {
        "startedDateTime": datetime.fromtimestamp(entry.began, UTC).isoformat(timespec="milliseconds"),
        "time": wait + receive,
        "request": _request(entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
        **custom,
    }


def _request(entry: Entry) -> dict[str, JSON]:
    headers = {name.lower(): value for name, value in entry.headers}
    query = f"?{quote(entry.query, QUERY_SAFE)}" if entry.query else ""
    request: dict[str, JSON] = {
        "method": entry.method,
        "url": f"http://{quote(headers.get('host') or 'mockbot', ':[]')}{quote(entry.path, PATH_SAFE)}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(entry.headers),
        "queryString": _pairs(pairs_of(entry.query)),
        "headersSize": UNKNOWN,
        "bodySize": entry.body_size,
    }
    if entry.body_size:
        request["postData"] = {"mimeType": headers.get("content-type", ""), **_text(entry.body, "_encoding")}
    return request


def _response(entry: Entry) -> dict[str, JSON]:
    headers = {name.lower(): value for name, value in entry.response_headers}
    return {
        "status": entry.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(entry.response_headers),
        "content": {
            "size": entry.response_size,
            "mimeType": headers.get("content-type", "x-unknown"),
            **_text(entry.response_body, "encoding"),
        },
        "redirectURL": headers.get("location", ""),
        "headersSize": UNKNOWN,
        "bodySize": entry.response_size,
    }


def _text(data: bytes, encoding: str) -> dict[str, JSON]:
    """Return a body for HAR; `encoding` is the field that marks Base64, which HAR has only for responses."""
    match content(data):
        case {"base64": text}:
            return {"text": text, encoding: "base64"}
        case whole:
            return whole


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[JSON]:
    return [{"name": name, "value": value} for name, value in pairs]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
