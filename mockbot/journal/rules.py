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

from mockbot.journal.chains import predecessors, retries, runs, successions
from mockbot.journal.finding import Finding, Limits, Severity
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.stream_rules import streams_dropped, streams_left_open, truncations_unnoticed

Rule = Callable[[Sequence[ParsedEntry], Limits], Iterator[Finding]]
REFUSALS = (400, 401, 403, 404)
INCOMPLETE = ("cut", "reset", "client left", "defect")
MAX_PATHS = 20
"""How many unknown paths have a finding of their own."""
MAX_DIGITS = 18
"""How many digits of a Retry-After are read."""


def contract_violations(entries: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """Requests that break the contract, grouped by operation, place and rule, or by an unknown path: error.

    Of more than `MAX_PATHS` unknown paths, the rest are one finding. Certain, because openapi-core found it.
    Violations in responses are not the client's mistake.
    """
    found: dict[tuple[str | None, str, str, str], list[str]] = defaultdict(list)
    messages: dict[tuple[str | None, str, str, str], str] = {}
    paths: set[str] = set()
    for parsed in entries:
        for violation in parsed.entry.violations:
            path, message = "", violation.message
            if violation.part == "route":
                path = parsed.entry.path
                if path not in paths and len(paths) >= MAX_PATHS:
                    path, message = "", "there is nothing at other paths"
                else:
                    paths.add(path)
            group = (parsed.entry.operation, f"{violation.part} {violation.at}".strip(), violation.rule, path)
            messages.setdefault(group, message)
            found[group].append(parsed.entry.id)
    for group, ids in found.items():
        operation, where = group[:2]
        sentence = f"{where}: {messages[group]}"
        yield Finding("contract-violation", "error", sentence, tuple(dict.fromkeys(ids)), operation)


def retry_after_ignored(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request arrived again before the Retry-After of its response had passed: error.

    Both forms of RFC 9110 section 10.2.3 count from the end of the response. A client whose test replaces its sleep
    must also advance the world's clock: of that clock and the machine's, the one that measured more counts.
    """
    for before, after in successions(entries):
        wait = _retry_after(before)
        waited = after.seconds_after(before)
        if wait is not None and waited < wait[0] - limits.slack - wait[1]:
            sentence = f"Retry-After asked for {wait[0]:g} s, but the same request was sent again after {waited:.3g} s"
            yield Finding.shown_by("retry-after-ignored", "error", sentence, before.entry, after.entry)


def refusals_retried(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """A request that was refused (400, 401, 403, 404) was sent again unchanged: error.

    Refusals with status 200 have a rule of their own, `refusal_storms`. A request with another key is another request.
    A test that repeats a refused request on purpose looks like a retry.
    """
    for chain in retries(entries, limits, lambda parsed: parsed.entry.status in REFUSALS):
        sentence = f"refused with {chain[0].entry.status}, the same request was sent again{_times(len(chain) - 1)}"
        yield _finding("refusal-retried", "error", sentence, chain)


def chats_resent(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same chat was sent again after its stream was broken: error if a response had begun, else warning.

    A bot takes a message when it arrives, and works on when the connection is lost, so it gets the message twice.
    Without a response the client cannot know that, but RFC 9110 section 9.2.2 forbids to retry a POST automatically.
    """
    for chain in retries(entries, limits, lambda parsed: parsed.entry.chat and _incomplete(parsed)):
        begun = any(parsed.entry.status for parsed in chain[:-1])
        cause = "the stream was broken" if begun else "there was no response"
        sentence = f"{cause}, and the same message was sent again{_times(len(chain) - 1)}; the bot got it each time"
        yield _finding("chat-resent", "error" if begun else "warning", sentence, chain)


def too_many_attempts(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request was sent more than `Limits.attempts` times while it failed: error.

    Failures are a status from 400, no response, and an incomplete one. For error envelopes with status 200, see
    `refusal_storms`.
    """
    for chain in retries(entries, limits, _failed):
        if len(chain) > limits.attempts:
            span = chain[-1].seconds_after(chain[0])
            sentence = f"sent {len(chain)} times within {span:.3g} s while it failed; the limit is {limits.attempts}"
            yield _finding("too-many-attempts", "error", sentence, chain)


def chats_repeated(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same chat was sent again after its reply was complete, as an automatic reconnect does: error or warning.

    Readers of event streams that reconnect by themselves send the request again some seconds after any end of a
    stream. Three in a row, or one with `Last-Event-ID`, are an error: only such readers send this header (WHATWG HTML
    9.2.4). Two are a warning, because a person who says "yes" twice looks the same.

    To leave out programs that repeat a message on purpose, the pause must be between `Limits.pause` and
    `Limits.longest_pause` by the machine's clock (a loop is faster), and the same key must have sent nothing else
    meanwhile. Neither matters with `Last-Event-ID`.
    """
    earlier = predecessors(entries)

    def reconnected(before: ParsedEntry, after: ParsedEntry) -> bool:
        if not (before.complete and after.retries(before, limits.window)):
            return False
        between = earlier[after.entry.id]
        quiet = between is before or between.entry.arrived < before.entry.closed
        return _resumes(after) or (quiet and limits.pause <= _pause(before, after) <= limits.longest_pause)

    for chain in runs(entries, reconnected):
        resumed = any(map(_resumes, chain[1:]))
        pauses = sorted(_pause(before, after) for before, after in pairwise(chain))
        shortest, longest = f"{pauses[0]:.3g}", f"{pauses[-1]:.3g}"
        pause = f"{shortest} s" if shortest == longest else f"{shortest} to {longest} s"
        sentence = (
            f"the reply was complete, and {pause} after its end the same message was sent again"
            f"{_times(len(chain) - 1)}{' with Last-Event-ID' if resumed else ''}, as by an automatic reconnect; "
            "the bot got it each time"
        )
        yield _finding("chat-repeated", "error" if resumed or len(chain) > 2 else "warning", sentence, chain)


def refusal_storms(entries: Sequence[ParsedEntry], limits: Limits) -> Iterator[Finding]:
    """The same request was refused with status 200 `Limits.storm` times in a row within `Limits.window`: error.

    Such a refusal is an error envelope (`ParsedEntry.refused`). For GET it is a warning, because a client may wait for
    what it asks for. Fewer are none: a refusal with status 200 may be an ordinary answer, which a user asks for again.
    """
    for chain in retries(entries, limits, lambda parsed: parsed.refused):
        refused = [parsed for parsed in chain if parsed.refused]
        spans = zip(refused, refused[limits.storm - 1 :], strict=False)
        if any(last.seconds_after(first) <= limits.window for first, last in spans):
            sentence = f"refused with status 200 {len(refused)} times in a row, and always sent again unchanged"
            severity: Severity = "warning" if refused[0].entry.method == "GET" else "error"
            yield _finding("refusal-storm", severity, sentence, refused)


RULES: tuple[Rule, ...] = (
    contract_violations,
    retry_after_ignored,
    refusals_retried,
    chats_resent,
    chats_repeated,
    refusal_storms,
    too_many_attempts,
    streams_left_open,
    streams_dropped,
    truncations_unnoticed,
)


def _finding(name: str, severity: Severity, sentence: str, chain: Sequence[ParsedEntry]) -> Finding:
    return Finding.shown_by(name, severity, sentence, *(parsed.entry for parsed in chain))


def _times(retries: int) -> str:
    return "" if retries == 1 else f" {retries} times"


def _pause(before: ParsedEntry, after: ParsedEntry) -> float:
    """Return the seconds between two requests by the machine's clock, by which a client waits."""
    return after.entry.arrived - before.entry.closed


def _resumes(parsed: ParsedEntry) -> bool:
    return parsed.entry.header("last-event-id") is not None


def _incomplete(parsed: ParsedEntry) -> bool:
    """Return whether a chat's response did not arrive completely."""
    ended = parsed.stream is not None and parsed.stream.end is not None
    return parsed.truncated or (parsed.entry.ended in INCOMPLETE and not ended)


def _failed(parsed: ParsedEntry) -> bool:
    entry = parsed.entry
    return entry.status >= 400 or entry.status == 0 or entry.ended in INCOMPLETE or _incomplete(parsed)


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
