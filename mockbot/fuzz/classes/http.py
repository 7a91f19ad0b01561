"""Classes C: HTTP and the connection below it."""

from __future__ import annotations

from itertools import pairwise

from mockbot.fuzz.classes.bug_class import BugClass, Met, any_of, plays
from mockbot.fuzz.classes.life import UNTIL_LEFT
from mockbot.fuzz.sent import Sent

DAY = 86_400


def _cut(sent: Sent) -> bool:
    return bool(sent.status) and not sent.complete and not sent.broken and sent.ended == "closed"


def _status(*statuses: int) -> Met:
    return any_of(lambda sent: sent.status in statuses)


def _length(sent: Sent) -> int | None:
    text = sent.header("content-length")
    return int(text) if text is not None and text.isdecimal() else None


def _short(sent: Sent) -> bool:
    length = _length(sent)
    return length is not None and len(sent.wire_body) < length and sent.ended == "closed"


def _repeated(sent: Sent) -> bool:
    names = [name for name, _ in sent.headers]
    return len(names) > len(set(names))


def _one_by_one(sent: Sent) -> bool:
    """Return whether a body came in many small pieces, each after a pause."""
    return sum(len(b.data) <= 40 and b.at - a.at > 0.001 for a, b in pairwise(sent.raw)) > 10


def _idle_close(sent: Sent) -> bool:
    said = (sent.header("connection") or "").lower() == "close"
    return sent.complete and not sent.extra and sent.ended == "closed" and not said


def _half_json(sent: Sent) -> bool:
    ok = sent.status == 200 and sent.complete and sent.media_type == "application/json"
    return ok and bool(sent.body) and not list(sent.values)


CLASSES = (
    BugClass(
        "C1",
        "a cut in the middle of a response",
        "violation",
        "RFC 9112 8: an incomplete response is an error",
        (plays({"name": "cut", "after": 1}), plays({"name": "cut", "after": 1, "bytes": 9}), plays("cut")),
        any_of(lambda sent: _cut(sent) or (not sent.status and sent.ended == "closed")),
        needs="any",
    ),
    BugClass(
        "C2",
        "a cut that looks like a clean end",
        "violation",
        "RFC 9112 8: without the last chunk, a response is incomplete",
        (
            plays({"name": "header", "field": "connection", "value": "close"}, {"name": "cut", "after": 2}),
            plays({"name": "header", "field": "connection", "value": "close"}, {"name": "cut", "after": 0, "bytes": 9}),
        ),
        any_of(lambda sent: _cut(sent) and (sent.header("connection") or "").lower() == "close"),
        needs="any",
    ),
    BugClass(
        "C3",
        "a reset",
        "violation",
        "RFC 9293 3.5.2: the connection was reset, and the response is incomplete",
        (plays({"name": "reset", "after": 1}), plays("reset")),
        any_of(lambda sent: sent.ended == "reset"),
        needs="any",
    ),
    BugClass(
        "C4",
        "a body shorter than Content-Length",
        "violation",
        "RFC 9112 6.3: such a response is incomplete",
        (plays({"name": "content_length", "by": 7}),),
        any_of(_short),
        needs="any",
    ),
    BugClass(
        "C5",
        "a body longer than Content-Length",
        "violation",
        "RFC 9112 6.3: what follows is not part of the response",
        (plays({"name": "content_length", "by": -7}),),
        any_of(lambda sent: bool(_length(sent)) and bool(sent.extra)),
        needs="any",
    ),
    BugClass(
        "C6",
        "half of a JSON document",
        "violation",
        "RFC 8259 2: it is not JSON",
        (plays({"name": "truncate", "after": 0, "bytes": 9}),),
        any_of(_half_json),
        needs="json",
    ),
    BugClass(
        "C7",
        "an idle connection that the server closes",
        "legal",
        "RFC 9112 9.3: the server may close it; use a new one",
        (plays("idle_close"),),
        any_of(_idle_close),
        needs="any",
    ),
    BugClass(
        "C8",
        "a slow drip",
        "legal",
        "a response that goes on is no failure",
        (plays({"name": "drip", "bytes": 20, "seconds": 0.005}),),
        any_of(_one_by_one),
        needs="any",
    ),
    BugClass(
        "C9",
        "a response that never comes",
        "violation",
        "keep your timeout: give up a response that does not go on",
        (plays({"name": "delay", "seconds": UNTIL_LEFT}), plays({"name": "stall", "after": 1, "seconds": UNTIL_LEFT})),
        any_of(lambda sent: not sent.complete and sent.ended in ("left", "open")),
        needs="any",
        waits=True,
    ),
    BugClass(
        "C10",
        "a compressed stream",
        "legal",
        "RFC 9110 8.4: a client that accepts gzip decodes it, piece by piece",
        (plays("gzip"), plays({"name": "gzip", "flush": "end"})),
        any_of(lambda sent: sent.header("content-encoding") == "gzip" and "gzip" in sent.accepts),
        needs="any",
    ),
    BugClass(
        "C11",
        "an HTML page",
        "violation",
        "RFC 9110 8.3: the media type says what it is; report an error",
        (
            plays({"name": "status", "status": 502, "body": "html"}),
            plays({"name": "status", "status": 200, "body": "html"}),
        ),
        any_of(lambda sent: sent.media_type == "text/html"),
        needs="any",
    ),
    BugClass(
        "C12",
        "an error as JSON with status 200",
        "violation",
        "AstrBot refuses so (open_api.py): it is not the reply",
        (plays({"name": "status", "status": 200, "body": "envelope", "message": "no"}),),
        any_of(lambda sent: sent.status == 200 and sent.media_type == "application/json"),
    ),
    BugClass(
        "C13",
        "Retry-After in all forms",
        "legal",
        "RFC 9110 10.2.3: seconds or a date; do not die of it, nor ignore it",
        (
            plays({"name": "status", "status": 429, "retry_after": 1}, times=1),
            plays({"name": "status", "status": 503, "retry_after": 3, "retry_after_date": True}, times=1),
            plays({"name": "status", "status": 429, "retry_after": -1}, times=1),
            plays({"name": "status", "status": 429, "retry_after": -DAY, "retry_after_date": True}, times=1),
            plays({"name": "status", "status": 429, "retry_after_text": "soon"}, times=1),
            plays({"name": "status", "status": 503, "retry_after": 1000 * DAY}),
        ),
        any_of(lambda sent: sent.header("retry-after") is not None),
        needs="any",
    ),
    BugClass(
        "C14",
        "a response without a body",
        "legal",
        "the document: 401 and 403 have no content",
        (
            plays({"name": "status", "status": 401, "body": "empty"}),
            plays({"name": "status", "status": 204, "body": "empty"}),
        ),
        any_of(lambda sent: bool(sent.status) and not sent.wire_body and sent.complete and sent.status // 100 != 3),
        needs="any",
    ),
    BugClass(
        "C15",
        "a redirect of a POST",
        "legal",
        "RFC 9110 15.4: follow it as its status says, or report it",
        tuple(plays({"name": "redirect", "status": status}, times=1) for status in (307, 308, 301, 302, 303)),
        _status(301, 302, 303, 307, 308),
        needs="any",
    ),
    BugClass(
        "C16",
        "an answer before the upload has ended",
        "legal",
        "RFC 9112 9.3: read the response also while you send",
        (plays("early"),),
        any_of(lambda sent: sent.early and bool(sent.status)),
        needs="upload",
    ),
    BugClass(
        "C17",
        "an interim 103",
        "legal",
        "RFC 9110 15.2: ignore interim responses",
        (plays("early_hints"),),
        any_of(lambda sent: 103 in sent.interim),
        needs="any",
    ),
    BugClass(
        "C18",
        "404 with unexpected JSON",
        "legal",
        "the document does not describe it: report the status",
        (plays({"name": "status", "status": 404, "body": "json"}),),
        any_of(
            lambda sent: sent.status == 404 and sent.media_type == "application/json" and b'"message"' not in sent.body
        ),
        needs="any",
    ),
    BugClass(
        "C19",
        "an illegal chunk header",
        "violation",
        "RFC 9112 7.1: the response is not HTTP any more",
        (plays({"name": "bad_chunk", "after": 1}),),
        any_of(lambda sent: sent.broken and sent.chunked),
    ),
    BugClass(
        "C20",
        "repeated header lines",
        "legal",
        "RFC 9110 5.3: they are one list",
        (plays("repeat_header"),),
        any_of(_repeated),
        needs="any",
    ),
)
