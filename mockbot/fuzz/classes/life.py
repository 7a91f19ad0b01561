"""Classes B: how a stream begins, goes on and ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise

from mockbot.fuzz.classes.bug_class import BugClass, Met, any_of, plays
from mockbot.fuzz.sent import Sent

TERMINAL = ("end", "complete", "done", "[DONE]", "message_stop")
PAUSE = 0.3
"""Seconds between two writes that are silence."""
UNTIL_LEFT = 3600
"""Seconds of a stall that outlasts every client."""
KNOWN_ERROR = '{"type": "error", "data": "The model is overloaded", "streaming": false}'


def _type(value: object) -> str:
    return str(value.get("type")) if isinstance(value, dict) else ""


def _types(sent: Sent) -> list[str]:
    return [_type(value) for value in sent.values] if sent.is_stream else []


def _ended(sent: Sent) -> bool:
    """Return whether the stream has an event that ends it."""
    return any(each in TERMINAL for each in _types(sent)) or any(event.data in TERMINAL for event in sent.events)


def _new_type(sent: Sequence[Sent], plain: Sequence[Sent]) -> bool:
    known = {each for one in plain for each in _types(one)} | {"error"}
    return any(each not in known for one in sent for each in _types(one))


def _after_end(sent: Sent) -> bool:
    types = _types(sent)
    return any(each in TERMINAL for each in types[:-1])


def _error_event(sent: Sent, data: Callable[[object], bool] = lambda _: True) -> bool:
    values = sent.values if sent.is_stream else ()
    return any(isinstance(each, dict) and each.get("type") == "error" and data(each.get("data")) for each in values)


def _half_event(sent: Sent) -> bool:
    last = sent.body.decode("utf-8", "replace").split("\n")[-1] if sent.is_stream and not sent.complete else ""
    if not last.startswith("data:") or "{" not in last:
        return False
    try:
        json.loads(last[5:])
    except ValueError:
        return True
    return False


def _silent(sent: Sent) -> bool:
    paused = any(b.at - a.at > PAUSE for a, b in pairwise(sent.raw))
    return sent.is_stream and (paused or (not sent.complete and sent.ended == "left"))


def _empty_text_first(sent: Sent) -> bool:
    values = [each for each in sent.values if isinstance(each, dict) and "data" in each] if sent.is_stream else []
    return bool(values) and not values[0]["data"]


def _twice(found: Callable[[Sent], bool]) -> Met:
    return lambda sent, _: sum(map(found, sent)) > 1


CLASSES = (
    BugClass(
        "B1",
        "no blank line at the end",
        "disputed",
        "WHATWG HTML 9.2.6 discards the event, well-known clients deliver it; do not hang or die",
        (plays("no_blank_line"),),
        any_of(
            lambda sent: (
                sent.is_stream
                and sent.complete
                and bool(sent.body)
                and not sent.body.endswith((b"\n\n", b"\r\r", b"\r\n\r\n"))
            )
        ),
    ),
    BugClass(
        "B2",
        "a clean end without the event that ends the reply",
        "violation",
        "the contract: a reply ends with `end`; without it the reply is incomplete",
        (plays({"name": "truncate", "after": 2}),),
        any_of(lambda sent: sent.is_stream and sent.complete and not _ended(sent)),
        chats=True,
    ),
    BugClass(
        "B3",
        "the stream stays open after its last event",
        "legal",
        "the reply is complete with its last event; do not wait for the end of the connection for ever",
        (plays({"name": "linger", "seconds": UNTIL_LEFT}),),
        any_of(lambda sent: sent.is_stream and _ended(sent) and not sent.complete and sent.ended in ("left", "open")),
        waits=True,
    ),
    BugClass(
        "B4",
        "events after the end",
        "legal",
        "AstrBot sends `message_saved` after `end` (chat_service.py)",
        (plays("extra_event"), plays("repeat_event")),
        any_of(_after_end),
        chats=True,
    ),
    BugClass(
        "B5",
        "an error event in a stream with status 200",
        "legal",
        "the contract: a failure of the model is an event",
        (plays({"name": "extra_event", "data": KNOWN_ERROR, "after": 1}),),
        any_of(_error_event),
        chats=True,
    ),
    BugClass(
        "B6",
        "an error event with null in it",
        "legal",
        "the contract: `data` of an event may be null",
        (plays({"name": "extra_event", "data": '{"type": "error", "code": null, "data": null}', "after": 1}),),
        any_of(lambda sent: _error_event(sent, lambda data: data is None)),
        chats=True,
    ),
    BugClass(
        "B7",
        "an event of an unknown type",
        "legal",
        "the contract is open: ignore events of types that you do not know",
        (plays({"name": "extra_event", "after": 1}),),
        _new_type,
        chats=True,
    ),
    BugClass(
        "B8",
        "a first event without the usual content",
        "legal",
        "the contract: `data` of an event may be empty or null",
        (
            plays({"name": "extra_event", "data": '{"type": "plain", "data": "", "streaming": true}', "after": 0}),
            plays({"name": "extra_event", "data": '{"type": "plain", "data": null, "streaming": true}', "after": 0}),
        ),
        any_of(_empty_text_first),
        chats=True,
    ),
    BugClass(
        "B9",
        "a cut, after which a POST must not be repeated",
        "violation",
        "RFC 9110 9.2.2: a POST is not repeated by itself after the server has begun to answer",
        (plays({"name": "cut", "after": 1}),),
        any_of(lambda sent: sent.is_stream and not sent.complete and sent.ended == "closed"),
    ),
    BugClass(
        "B10",
        "JSON that is called a stream",
        "violation",
        "WHATWG HTML 9.2.6: it has no event; report an error, and do not connect again",
        (plays({"name": "status", "status": 200, "body": "json", "content_type": "text/event-stream"}),),
        any_of(lambda sent: sent.is_stream and sent.complete and sent.body.lstrip()[:1] == b"{"),
    ),
    BugClass(
        "B11",
        "404 or 204 to a stream",
        "legal",
        "WHATWG HTML 9.2.3: fail the connection, and do not connect again",
        (plays({"name": "status", "status": 404}), plays({"name": "status", "status": 204, "body": "empty"})),
        any_of(lambda sent: sent.status in (204, 404)),
        needs="any",
    ),
    BugClass(
        "B12",
        "two connections that fail",
        "violation",
        "after a failure there is one connection, not two",
        (plays("reset", times=2),),
        any_of(lambda sent: sent.ended == "reset"),
        needs="any",
    ),
    BugClass(
        "B13",
        "half of an event, then silence",
        "violation",
        "give up a response that does not go on",
        (plays({"name": "stall", "bytes": 20, "seconds": UNTIL_LEFT}),),
        any_of(_half_event),
        waits=True,
    ),
    BugClass(
        "B14",
        "silence, then the rest",
        "legal",
        "a model may think: half a second of silence is no failure",
        (
            plays({"name": "stall", "after": 1, "seconds": 0.5}),
            plays({"name": "stall", "bytes": 20, "seconds": 0.5}),
        ),
        any_of(_silent),
    ),
)
