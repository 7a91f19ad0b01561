"""What a client can get wrong, as far as a server can see it: one pure function a rule.

Two requests are the same when method, path, query, body and key are (`ParsedEntry.sent`); other headers may differ.
A request is a retry of an earlier one when it is the same, began after the earlier one's end, and within
`Limits.window`; whether a program or a person sent it again, no journal can know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import pairwise

from mockbot.journal.finding import Finding, Limits, Severity
from mockbot.journal.parsed import ParsedEntry, Sent

Rule = Callable[[Sequence[ParsedEntry], Limits], Iterator[Finding]]
REFUSALS = (400, 401, 403, 404)
LOST = ("cut", "reset", "client left", "defect")
LONGEST_WAIT = 18
"""Digits of a Retry-After that still say anything."""


def contract_violations(parsed: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """Requests that break the contract, by operation, rule and place: error.

    Sure: it is openapi-core's verdict. What an answer of mockbot's own breaks is no fault of the client.
    """
    found: dict[tuple[str | None, str, str], list[str]] = defaultdict(list)
    messages: dict[tuple[str | None, str, str], str] = {}
    for reading in parsed:
        for violation in reading.entry.violations:
            group = (reading.entry.operation, f"{violation.part} {violation.at}".strip(), violation.rule)
            messages.setdefault(group, violation.message)
            found[group].append(reading.entry.id)
    for group, ids in found.items():
        operation, where, rule = group
        entries = tuple(dict.fromkeys(ids))
        yield Finding("contract-violation", "error", f"{where} breaks {rule}: {messages[group]}", entries, operation)


def retry_after_ignored(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request came again before the Retry-After of its answer was over: error.

    Both forms of RFC 9110 10.2.3, from the end of the answer. A client whose sleep is faked by its test has to
    advance the world's clock too: of that clock and the machine's the one counts that saw more time pass.
    """
    for before, after in _successions(parsed):
        wait = _retry_after(before)
        waited = after.waited(before)
        if wait is not None and waited < wait[0] - limits.slack - wait[1]:
            sentence = f"told to wait {wait[0]:g} s by Retry-After, it came again after {waited:.3g} s"
            yield _finding("retry-after-ignored", "error", sentence, before, after)


def refusals_retried(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """A request that was refused (400, 401, 403, 404) came again unchanged: error.

    AstrBot says most refusals with status 200 (BEHAVIOUR.md 3.2); these are not judged. A key that was changed
    makes another request; a test that asks twice on purpose cannot be told from a retry.
    """
    for chain in _chains(parsed, limits, lambda reading: reading.entry.status in REFUSALS):
        refused = chain[0].entry.status
        sentence = f"refused with {refused}, the same request came again{_times(len(chain) - 1)}"
        yield _finding("refusal-retried", "error", sentence, *chain)


def chats_resent(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same chat was sent again after its stream broke: error when an answer had begun, else warning.

    AstrBot takes a message when it arrives and works on when the connection is lost (BEHAVIOUR.md 8.6): the bot
    hears it twice. Without any answer the client cannot know that, but RFC 9110 9.2.2 still has it not repeat a POST.
    """
    for chain in _chains(parsed, limits, lambda reading: reading.entry.chat and _lost(reading)):
        begun = any(reading.entry.status for reading in chain[:-1])
        what = "its stream was broken" if begun else "no answer came"
        sentence = f"{what}, and the same message was sent again{_times(len(chain) - 1)}; the bot heard it each time"
        yield _finding("chat-resent", "error" if begun else "warning", sentence, *chain)


def too_many_attempts(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request was sent more than `Limits.attempts` times while it failed: error.

    Failed is: a status from 400 on, no answer, or a broken one. Error envelopes with status 200 are not failures here.
    """
    for chain in _chains(parsed, limits, _failed):
        if len(chain) > limits.attempts:
            span = chain[-1].waited(chain[0])
            sentence = f"sent {len(chain)} times within {span:.3g} s while it failed; {limits.attempts} are enough"
            yield _finding("too-many-attempts", "error", sentence, *chain)


def streams_left_open(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The client stayed on a stream longer than `Limits.linger` after its frame `end`: warning.

    Visible only where the server lingers, by a fault: without one the answer ends with `end`. Of the world's clock
    and the machine's the one counts that saw more time pass. An entry that is open is judged when it has ended.
    """
    for reading in parsed:
        entry, stream = reading.entry, reading.stream
        if stream is None or stream.end is None or entry.ended == "open":
            continue
        stayed = max(reading.ended_at - entry.began - stream.end, entry.closed - entry.spoke)
        if stayed > limits.linger:
            sentence = f"stayed {stayed:.3g} s on a stream that had said `end`"
            yield _finding("left-open", "warning", sentence, reading)


def streams_dropped(parsed: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The client left a stream that went on well, before its `end`: warning, for somebody may have pressed stop.

    Went on well is: no fault at work, and not silent for `Limits.silence`. A client that stops reading but stays
    connected, or that leaves when all is sent already (pace 0), cannot be seen.
    """
    for reading in parsed:
        entry, stream = reading.entry, reading.stream
        if stream is None or stream.end is not None or entry.left is None or entry.faults:
            continue
        if entry.left - stream.last < limits.silence:
            sentence = f"left after {entry.left:.3g} s, before `end`, though the stream went on well"
            yield _finding("dropped-before-end", "warning", sentence, reading)


def truncations_unnoticed(parsed: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """A stream ended cleanly but without `end`, and the next chat of its session went on as if it were whole: warning.

    The next chat of the same session and key is looked at, whenever it comes; when it is the same message again,
    the client has noticed (see `chats_resent`). Whether it told its user, the journal cannot see.
    """
    for index, reading in enumerate(parsed):
        if not reading.broken or reading.entry.ended != "complete":
            continue
        after = next((later for later in parsed[index + 1 :] if _continues(reading, later)), None)
        if after is not None and after.sent != reading.sent:
            sentence = "the stream ended without `end`, and the session went on as if the answer were whole"
            yield _finding("truncation-unnoticed", "warning", sentence, reading, after)


RULES: tuple[Rule, ...] = (
    contract_violations,
    retry_after_ignored,
    refusals_retried,
    chats_resent,
    too_many_attempts,
    streams_left_open,
    streams_dropped,
    truncations_unnoticed,
)


def _finding(name: str, severity: Severity, sentence: str, *shown: ParsedEntry) -> Finding:
    entries = tuple(reading.entry.id for reading in shown)
    return Finding(name, severity, sentence, entries, shown[0].entry.operation)


def _times(retries: int) -> str:
    return "" if retries == 1 else f" {retries} times"


def _lost(reading: ParsedEntry) -> bool:
    """Tell whether a chat's answer did not arrive whole."""
    return reading.broken or (reading.entry.ended in LOST and (reading.stream is None or reading.stream.end is None))


def _failed(reading: ParsedEntry) -> bool:
    return reading.entry.status >= 400 or reading.entry.status == 0 or reading.entry.ended in LOST or _lost(reading)


def _continues(reading: ParsedEntry, later: ParsedEntry) -> bool:
    """Tell whether an exchange is the next chat of a session."""
    return (
        later.entry.chat
        and later.follows(reading)
        and later.entry.caller == reading.entry.caller
        and reading.session is not None
        and later.session == reading.session
    )


def _successions(parsed: Sequence[ParsedEntry]) -> Iterator[tuple[ParsedEntry, ParsedEntry]]:
    """Yield each request with the next that is the same and began after its end."""
    for same in _alike(parsed):
        yield from ((before, after) for before, after in pairwise(same) if after.follows(before))


def _chains(
    parsed: Sequence[ParsedEntry], limits: Limits, failed: Callable[[ParsedEntry], bool]
) -> Iterator[list[ParsedEntry]]:
    """Yield runs of at least two same requests: each but the last failed, and the next came within the window."""
    for same in _alike(parsed):
        chain = same[:1]
        for reading in same[1:]:
            before = chain[-1]
            if failed(before) and reading.follows(before) and reading.waited(before) <= limits.window:
                chain.append(reading)
                continue
            if len(chain) > 1:
                yield chain
            chain = [reading]
        if len(chain) > 1:
            yield chain


def _alike(parsed: Sequence[ParsedEntry]) -> Iterator[list[ParsedEntry]]:
    """Yield all same requests together, in order of arrival."""
    groups: dict[Sent, list[ParsedEntry]] = defaultdict(list)
    for reading in parsed:
        groups[reading.sent].append(reading)
    return (same for same in groups.values())


def _retry_after(reading: ParsedEntry) -> tuple[float, float] | None:
    """Return the seconds to wait from the end of an answer, and how exact that is; None without such a demand."""
    text = next((value.strip() for name, value in reading.entry.response_headers if name == "retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(text[:LONGEST_WAIT]), 0.0
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC).timestamp() - reading.ended_at, 1.0
