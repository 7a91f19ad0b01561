"""Decides what a client did wrong in one case: pure functions over what was sent, asked and shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from mockbot.behaviour import Behaviour
from mockbot.dataclass import dataclass
from mockbot.fuzz.clients.client import Shown
from mockbot.fuzz.expected import Habits, is_whole, items, mismatch
from mockbot.fuzz.sent import Sent
from mockbot.journal.finding import Finding as Mistake

MANY = 100
"""Responses after which a client that had to be ended did not wait, but went on asking."""
Oracle = Literal["crash", "hang", "events", "error", "silence", "repeat", "poisoned", "leak"]
REPEATS = (
    *("chat-resent", "chat-repeated", "too-many-attempts", "retry-after-ignored", "refusal-retried"),
    "refusal-storm",
)
"""The findings of the verdict that are about requests which must not be repeated."""
ENDS = ("cut", "reset")
"""The faults that may come too late to harm a response."""
MOST_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that a client did wrong."""

    oracle: Oracle
    error_type: str
    """The type of the error that it showed; empty if it showed none."""
    did: str
    should: str


def failures(
    behaviour: Behaviour, sent: Sequence[Sent], shown: Shown, mistakes: Sequence[Mistake], habits: Habits
) -> tuple[Failure, ...]:
    """Return what the client did wrong, the worst first."""
    return tuple(_failures(behaviour, sent, shown, mistakes, habits))


def _failures(
    behaviour: Behaviour, sent: Sequence[Sent], shown: Shown, mistakes: Sequence[Mistake], habits: Habits
) -> Iterator[Failure]:
    last = sent[-1] if sent else None
    if shown.ended == "crash":
        yield Failure("crash", shown.error_type, f"the client died: {shown.error_type}", "live on, and report an error")
        return
    if shown.ended == "hang":
        should = "report what it got" if behaviour.expects == "same" else "give up and report an error"
        did = "the client still waited when its deadline was over"
        if len(sent) >= MANY:
            did = f"the client sent {len(sent)} requests, and would have gone on"
        yield Failure("hang", "", did, should)
        return
    yield from _repeats(mistakes)
    if last is None:
        return
    good = last.status // 100 == 2 and last.complete and not last.broken and not last.extra
    recovered = behaviour.times is not None and len(sent) > behaviour.times and good
    refused = last.status >= 300 and shown.ended == "ok"
    if behaviour.expects == "either" and not refused and not (recovered and shown.ended == "ok"):
        return
    whole = good and all(fault.name in ENDS for fault in behaviour.faults)
    if behaviour.expects == "same" or recovered:
        yield from _same(last, shown, habits)
    elif shown.ended == "ok" and not whole:
        did = f"the client reported success after {_what(last)}"
        yield Failure("silence", "", did, "report an error, because the response was not what it asked for")


def _same(last: Sent, shown: Shown, habits: Habits) -> Iterator[Failure]:
    expected = items(last, habits)
    found = None
    if habits.reports and (shown.reported is not None or shown.ended == "ok"):
        found = mismatch(expected, shown.reported or ())
    if shown.ended == "ok" and found is None and last.is_stream:
        yield from _ids(shown)
    if shown.ended == "error":
        gave_up = not last.complete and last.ended == "left"
        if habits.reports and shown.reported is not None and found is None and gave_up and is_whole(expected, habits):
            return  # it had all there was, and gave up a response that did not end
        message = shown.message.strip().removeprefix(f"{shown.error_type}: ")
        did = f"the client reported {shown.error_type}{f': {_short(message)}' if message else ''}"
        yield Failure("error", shown.error_type, did, f"report {_count(expected)}, because the response is legal")
    elif found is not None:
        at, index = found
        wanted = repr(expected[at].event.data) if at < len(expected) else "nothing more"
        got = repr((shown.reported or ())[index]) if index < len(shown.reported or ()) else "nothing more"
        did = f"as event {at + 1} of {len(expected)} the client reported {_short(got)}"
        yield Failure("events", "", did, f"report {_short(wanted)}, because the response is legal")


def _ids(shown: Shown) -> Iterator[Failure]:
    """Report an id with NUL, which a parser ignores (WHATWG HTML 9.2.6)."""
    for line in shown.reported or ():
        found = line.get("id", line.get("lastEventId")) if isinstance(line, dict) and "data" in line else None
        if isinstance(found, str) and "\0" in found:
            yield Failure("events", "", f"the client reported the id {found!r}", "ignore an id with NUL")
            return


def _repeats(mistakes: Sequence[Mistake]) -> Iterator[Failure]:
    for each in mistakes:
        if each.name in REPEATS and each.severity == "error":
            yield Failure("repeat", each.name, each.sentence, "not repeat the request by itself")
            return


def _what(sent: Sent) -> str:
    if sent.broken:
        return "bytes that are not HTTP"
    if not sent.status:
        return "no response"
    if not sent.complete:
        return f"a response that was {'reset' if sent.ended == 'reset' else 'cut'} before its end"
    return f"{sent.status} with {sent.media_type or 'no media type'} and {len(sent.wire_body)} bytes"


def _count(expected: Sequence[object]) -> str:
    return f"the {len(expected)} event{'' if len(expected) == 1 else 's'}" if expected else "the response"


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
