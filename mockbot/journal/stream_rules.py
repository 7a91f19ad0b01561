"""The mistakes of clients with event streams: one pure function for each rule."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mockbot.journal.finding import Finding, Limits
from mockbot.journal.parsed import ParsedEntry


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
            yield Finding.shown_by("left-open", "warning", sentence, parsed.entry)


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
            yield Finding.shown_by("dropped-before-end", "warning", sentence, parsed.entry)


def truncations_unnoticed(entries: Sequence[ParsedEntry], _: Limits) -> Iterator[Finding]:
    """A stream ended properly but without its frame `end`, and its session went on with another message: warning.

    Looks at the next chat of the same session and key, however late. If it has the same message, the client has
    noticed (see `chats_resent`). The journal cannot show whether the client informed its user.
    """
    chats = _chats(entries)
    for index, parsed in enumerate(entries):
        if not parsed.truncated or parsed.entry.ended != "complete" or parsed.session is None:
            continue
        same = chats[_conversation(parsed)]
        follows = bisect_left(same, parsed.entry.closed, key=lambda each: entries[each].entry.arrived)
        later = max(follows, bisect_right(same, index))
        after = entries[same[later]] if later < len(same) else None
        if after is not None and after.request_key != parsed.request_key:
            sentence = "the stream ended without its frame `end`, and the session went on as if it were complete"
            yield Finding.shown_by("truncation-unnoticed", "warning", sentence, parsed.entry, after.entry)


def _chats(entries: Sequence[ParsedEntry]) -> dict[tuple[int, str], list[int]]:
    """Return the indexes of the chats of each session and key, in order of arrival."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for index, parsed in enumerate(entries):
        if parsed.entry.chat:
            found[_conversation(parsed)].append(index)
    return found


def _conversation(parsed: ParsedEntry) -> tuple[int, str]:
    return parsed.entry.caller, json.dumps(parsed.session)
