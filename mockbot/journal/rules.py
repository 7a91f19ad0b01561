"""The mistakes of clients that a server can see: one pure function for each rule.

Two requests are the same if method, path, query, body and key are (`ParsedEntry.request_key`); other headers may
differ. A request is a retry of an earlier one if it is the same, arrived after the earlier one had ended, and within
`Limits.window`. A journal cannot show whether a program or a person sent it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import pairwise

from mockbot.journal.finding import Finding, Limits, Severity
from mockbot.journal.parsed import ParsedEntry, RequestKey

Rule = Callable[[Sequence[ParsedEntry], Limits], Iterator[Finding]]
REFUSALS = (400, 401, 403, 404)
INCOMPLETE = ("cut", "reset", "client left", "defect")
MAX_DIGITS = 18
"""How many digits of a Retry-After are read."""


def contract_violations(entries: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """Requests that break the contract, grouped by operation, place and rule: error.

    Certain, because openapi-core found it. Violations in responses are not the client's mistake.
    """
    found: dict[tuple[str | None, str, str], list[str]] = defaultdict(list)
    messages: dict[tuple[str | None, str, str], str] = {}
    for parsed in entries:
        for violation in parsed.entry.violations:
            group = (parsed.entry.operation, f"{violation.part} {violation.at}".strip(), violation.rule)
            messages.setdefault(group, violation.message)
            found[group].append(parsed.entry.id)
    for group, ids in found.items():
        operation, where, rule = group
        sentence = f"{where} breaks {rule}: {messages[group]}"
        yield Finding("contract-violation", "error", sentence, tuple(dict.fromkeys(ids)), operation)


def retry_after_ignored(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request arrived again before the Retry-After of its response had passed: error.

    Both forms of RFC 9110 section 10.2.3 count from the end of the response. A client whose test replaces its sleep
    must also advance the world's clock: of that clock and the machine's, the one that measured more counts.
    """
    for before, after in _successions(entries):
        wait = _retry_after(before)
        waited = after.seconds_after(before)
        if wait is not None and waited < wait[0] - limits.slack - wait[1]:
            sentence = f"Retry-After asked for {wait[0]:g} s, but the same request was sent again after {waited:.3g} s"
            yield _finding("retry-after-ignored", "error", sentence, before, after)


def refusals_retried(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """A request that was refused (400, 401, 403, 404) was sent again unchanged: error.

    Servers that refuse with status 200 are not covered. A request with another key is another request. A test that
    repeats a refused request on purpose looks like a retry.
    """
    for chain in _chains(entries, limits, lambda parsed: parsed.entry.status in REFUSALS):
        sentence = f"refused with {chain[0].entry.status}, the same request was sent again{_times(len(chain) - 1)}"
        yield _finding("refusal-retried", "error", sentence, *chain)


def chats_resent(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same chat was sent again after its stream was broken: error if a response had begun, else warning.

    A bot takes a message when it arrives, and works on when the connection is lost, so it gets the message twice.
    Without a response the client cannot know that, but RFC 9110 section 9.2.2 forbids to retry a POST automatically.
    """
    for chain in _chains(entries, limits, lambda parsed: parsed.entry.chat and _incomplete(parsed)):
        begun = any(parsed.entry.status for parsed in chain[:-1])
        cause = "the stream was broken" if begun else "there was no response"
        sentence = f"{cause}, and the same message was sent again{_times(len(chain) - 1)}; the bot got it each time"
        yield _finding("chat-resent", "error" if begun else "warning", sentence, *chain)


def too_many_attempts(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request was sent more than `Limits.attempts` times while it failed: error.

    Failures are a status from 400, no response, and an incomplete one; an error envelope with status 200 is not.
    """
    for chain in _chains(entries, limits, _failed):
        if len(chain) > limits.attempts:
            span = chain[-1].seconds_after(chain[0])
            sentence = f"sent {len(chain)} times within {span:.3g} s while it failed; the limit is {limits.attempts}"
            yield _finding("too-many-attempts", "error", sentence, *chain)


def streams_left_open(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The client kept a stream open longer than `Limits.linger` after its frame `end`: warning.

    Visible only where a fault keeps the response open; otherwise it ends with the frame `end`. Of the world's clock
    and the machine's, the one that measured more counts. Open entries are skipped.
    """
    for parsed in entries:
        entry, stream = parsed.entry, parsed.stream
        if stream is None or stream.end is None or entry.ended == "open":
            continue
        lingered = max(parsed.ended_at - entry.began - stream.end, entry.closed - entry.last_sent)
        if lingered > limits.linger:
            sentence = f"kept the stream open for {lingered:.3g} s after its frame `end`"
            yield _finding("left-open", "warning", sentence, parsed)


def streams_dropped(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The client left a stream in good order before its frame `end`: warning, because a user may have stopped it.

    In good order means: no fault in the response, and a piece sent within `Limits.silence`. Not visible is a client
    that stops reading but keeps the connection, or that leaves when everything has been sent (pace 0).
    """
    for parsed in entries:
        entry, stream = parsed.entry, parsed.stream
        if stream is None or stream.end is not None or entry.left is None or entry.faults:
            continue
        if entry.left - stream.last < limits.silence:
            sentence = f"left after {entry.left:.3g} s, before the frame `end`, though the stream was in good order"
            yield _finding("dropped-before-end", "warning", sentence, parsed)


def truncations_unnoticed(entries: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """A stream ended properly but without its frame `end`, and its session went on with another message: warning.

    Looks at the next chat of the same session and key, however late. If it has the same message, the client has
    noticed (see `chats_resent`). The journal cannot show whether the client informed its user.
    """
    for index, parsed in enumerate(entries):
        if not parsed.truncated or parsed.entry.ended != "complete":
            continue
        after = next((later for later in entries[index + 1 :] if _continues(parsed, later)), None)
        if after is not None and after.request_key != parsed.request_key:
            sentence = "the stream ended without its frame `end`, and the session went on as if it were complete"
            yield _finding("truncation-unnoticed", "warning", sentence, parsed, after)


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
    ids = tuple(parsed.entry.id for parsed in shown)
    return Finding(name, severity, sentence, ids, shown[0].entry.operation)


def _times(retries: int) -> str:
    return "" if retries == 1 else f" {retries} times"


def _incomplete(parsed: ParsedEntry) -> bool:
    """Return whether a chat's response did not arrive completely."""
    ended = parsed.stream is not None and parsed.stream.end is not None
    return parsed.truncated or (parsed.entry.ended in INCOMPLETE and not ended)


def _failed(parsed: ParsedEntry) -> bool:
    entry = parsed.entry
    return entry.status >= 400 or entry.status == 0 or entry.ended in INCOMPLETE or _incomplete(parsed)


def _continues(parsed: ParsedEntry, later: ParsedEntry) -> bool:
    """Return whether `later` is a chat in the same session, with the same key."""
    return (
        later.entry.chat
        and later.follows(parsed)
        and later.entry.caller == parsed.entry.caller
        and parsed.session is not None
        and later.session == parsed.session
    )


def _successions(entries: Sequence[ParsedEntry]) -> Iterator[tuple[ParsedEntry, ParsedEntry]]:
    """Yield each request with the next that is the same and arrived after its end."""
    for same in _same_requests(entries):
        yield from ((before, after) for before, after in pairwise(same) if after.follows(before))


def _chains(
    entries: Sequence[ParsedEntry], limits: Limits, failed: Callable[[ParsedEntry], bool]
) -> Iterator[list[ParsedEntry]]:
    """Yield runs of at least two same requests: all but the last failed, and each next is a retry."""
    for same in _same_requests(entries):
        chain = same[:1]
        for parsed in same[1:]:
            before = chain[-1]
            if failed(before) and parsed.follows(before) and parsed.seconds_after(before) <= limits.window:
                chain.append(parsed)
                continue
            if len(chain) > 1:
                yield chain
            chain = [parsed]
        if len(chain) > 1:
            yield chain


def _same_requests(entries: Sequence[ParsedEntry]) -> Iterator[list[ParsedEntry]]:
    """Yield groups of same requests, each in order of arrival."""
    groups: dict[RequestKey, list[ParsedEntry]] = defaultdict(list)
    for parsed in entries:
        groups[parsed.request_key].append(parsed)
    return iter(groups.values())


def _retry_after(parsed: ParsedEntry) -> tuple[float, float] | None:
    """Return the seconds to wait from the end of a response, and their precision; None without a valid Retry-After."""
    text = next((value.strip() for name, value in parsed.entry.response_headers if name == "retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(text[:MAX_DIGITS]), 0.0
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC).timestamp() - parsed.ended_at, 1.0
