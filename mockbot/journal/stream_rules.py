"""The mistakes of clients with event streams: one pure function for each rule."""

from __future__ import annotations

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
    for index, parsed in enumerate(entries):
        if not parsed.truncated or parsed.entry.ended != "complete":
            continue
        after = next((later for later in entries[index + 1 :] if _continues(parsed, later)), None)
        if after is not None and after.request_key != parsed.request_key:
            sentence = "the stream ended without its frame `end`, and the session went on as if it were complete"
            yield Finding.shown_by("truncation-unnoticed", "warning", sentence, parsed.entry, after.entry)


def _continues(parsed: ParsedEntry, later: ParsedEntry) -> bool:
    """Return whether `later` is a chat in the same session, with the same key."""
    return (
        later.entry.chat
        and later.follows(parsed)
        and later.entry.caller == parsed.entry.caller
        and parsed.session is not None
        and later.session == parsed.session
    )
