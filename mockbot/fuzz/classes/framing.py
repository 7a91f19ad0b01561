"""Classes A: how the bytes of a stream are put together (WHATWG HTML 9.2.5 and 9.2.6). All are legal but two."""

from __future__ import annotations

import re
from itertools import pairwise

from mockbot.fuzz.classes import seen
from mockbot.fuzz.classes.bug_class import BugClass, any_of, plays, says

NON_ASCII = says("Grüße 你好 🙂")
LARGE = 65_536
SEPARATORS = re.compile("[\u2028\u2029\u0085]|\\\\u000[bc]|\\\\u001c")

CLASSES = (
    BugClass(
        "A1",
        "a chunk ends within a character",
        "legal",
        "RFC 9112 7.1: chunk borders mean nothing; decode UTF-8 incrementally",
        (
            plays({"name": "split_chunks", "at": "utf8"}, script=NON_ASCII),
            plays({"name": "text", "what": "emoji"}, {"name": "split_chunks", "at": "utf8"}),
        ),
        any_of(seen.inside_character),
    ),
    BugClass(
        "A2",
        "no charset in the media type",
        "legal",
        "WHATWG HTML 9.2.5: a stream is always UTF-8",
        (
            plays({"name": "media_type", "value": "text/event-stream"}, script=NON_ASCII),
            plays({"name": "media_type", "value": "text/event-stream"}, {"name": "text", "what": "emoji"}),
        ),
        any_of(lambda sent: sent.is_stream and "charset" not in seen.written_type(sent) and not sent.body.isascii()),
    ),
    BugClass(
        "A3",
        "CRLF line ends",
        "legal",
        "WHATWG HTML 9.2.5: CRLF, LF and CR end a line",
        (plays({"name": "line_ends", "ends": "crlf"}),),
        any_of(lambda sent: seen.ends(sent) == {b"\r\n"}),
    ),
    BugClass(
        "A4",
        "CR line ends",
        "legal",
        "WHATWG HTML 9.2.5: CRLF, LF and CR end a line",
        (plays({"name": "line_ends", "ends": "cr"}),),
        any_of(lambda sent: seen.ends(sent) == {b"\r"}),
    ),
    BugClass(
        "A5",
        "a chunk ends between CR and LF",
        "legal",
        "WHATWG HTML 9.2.5 with RFC 9112 7.1: CR LF is one line end wherever chunks end",
        (
            plays({"name": "line_ends", "ends": "crlf"}, {"name": "split_chunks", "at": "crlf"}),
            plays("event_name", {"name": "line_ends", "ends": "crlf"}, {"name": "split_chunks", "at": "crlf"}),
        ),
        any_of(lambda sent: any(a.data[-1:] == b"\r" and b.data[:1] == b"\n" for a, b in pairwise(sent.chunks))),
    ),
    BugClass(
        "A6",
        "mixed line ends",
        "legal",
        "WHATWG HTML 9.2.5: CRLF, LF and CR end a line",
        (plays({"name": "line_ends", "ends": "mixed"}),),
        any_of(lambda sent: len(seen.ends(sent)) > 1),
    ),
    BugClass(
        "A7",
        "a byte order mark",
        "legal",
        "WHATWG HTML 9.2.6: one leading BOM is ignored",
        (plays("bom"),),
        any_of(lambda sent: sent.is_stream and sent.body.startswith(b"\xef\xbb\xbf")),
    ),
    BugClass(
        "A8",
        "comments and heartbeats",
        "legal",
        "WHATWG HTML 9.2.6: a line that begins with a colon is ignored",
        (plays("comments"), plays({"name": "comments", "inside": True}), plays({"name": "comments", "text": ""})),
        seen.line(rb":"),
    ),
    BugClass(
        "A9",
        "an event with empty data",
        "legal",
        "WHATWG HTML 9.2.6: it is dispatched with empty data; do not die of it",
        (plays("empty_event"), plays({"name": "empty_event", "colon": False})),
        any_of(lambda sent: sent.is_stream and any(not event.data for event in sent.events)),
    ),
    BugClass(
        "A10",
        "a block without data",
        "legal",
        "WHATWG HTML 9.2.6: without data, no event is dispatched",
        tuple(plays({"name": "metadata_block", "field": field}) for field in ("id", "retry", "event")),
        any_of(seen.without_data),
    ),
    BugClass(
        "A11",
        "several data lines",
        "legal",
        "WHATWG HTML 9.2.6: the lines are joined with line feeds",
        (plays("data_lines"),),
        any_of(seen.several_data_lines),
    ),
    BugClass(
        "A12",
        "no space after the colon",
        "legal",
        "WHATWG HTML 9.2.6: the space is optional",
        (plays("colon_space"),),
        seen.line(rb"data:[^ ]"),
    ),
    BugClass(
        "A13",
        "more spaces",
        "legal",
        "WHATWG HTML 9.2.6: only one space after the colon is removed, none at the end",
        (plays({"name": "colon_space", "spaces": 2}), plays("trailing_space")),
        seen.line(rb"data:(?:  |.* \Z)"),
    ),
    BugClass(
        "A14",
        "a field without a colon",
        "legal",
        "WHATWG HTML 9.2.6: the whole line is the name of a field",
        (plays("bare_field"),),
        seen.line(rb"(?:data|id|event|retry)\Z"),
    ),
    BugClass(
        "A15",
        "separators of other standards in text",
        "legal",
        "WHATWG HTML 9.2.5: only CR and LF end a line, not U+2028, U+2029, U+0085, VT, FF, FS",
        (plays(script=says("a\u2028b")), plays(script=says("a\u0085b")), plays({"name": "text", "what": "separators"})),
        any_of(lambda sent: bool(SEPARATORS.search(seen.texts(sent)))),
    ),
    BugClass(
        "A16",
        "text that looks like framing",
        "legal",
        "WHATWG HTML 9.2.6: a field begins at the beginning of a line",
        (plays(script=says("data: a")), plays({"name": "text", "what": "framing"})),
        any_of(lambda sent: bool(re.search(r"(?<=[^\n])(?:data|id): ", seen.texts(sent)))),
    ),
    BugClass(
        "A17",
        "a large event",
        "legal",
        "WHATWG HTML 9.2: an event has no limit",
        tuple(plays({"name": "large", "bytes": size}) for size in (65_537, 1_048_577, 4_194_305)),
        any_of(lambda sent: sent.is_stream and any(len(event.data) > LARGE for event in sent.events)),
    ),
    BugClass(
        "A18",
        "many events in a chunk, or a byte",
        "legal",
        "RFC 9112 7.1: chunk borders mean nothing",
        (plays({"name": "split_chunks", "at": "bytes"}), plays("join_chunks")),
        any_of(lambda sent: seen.many_in_a_chunk(sent) or seen.one_by_one(sent)),
    ),
    BugClass(
        "A19",
        "named events",
        "legal",
        "WHATWG HTML 9.2.6: `event` names the type, and the data is an event like others",
        (plays("event_name"),),
        seen.line(rb"event:"),
    ),
    BugClass(
        "A20",
        "an odd `retry`",
        "legal",
        "WHATWG HTML 9.2.6: a `retry` that is not only digits is ignored",
        tuple(plays({"name": "event_retry", "value": value}) for value in ("-1", "1_0", "1.5", "")),
        seen.line(rb"retry: ?(?!\d+\Z)"),
    ),
    BugClass(
        "A21",
        "`retry: 0`, then a cut",
        "violation",
        "RFC 9110 9.2.2: a POST is not repeated by itself, however soon",
        (plays({"name": "event_retry", "value": "0"}, {"name": "cut", "after": 1}),),
        any_of(lambda sent: not sent.complete and any(line.startswith(b"retry: 0") for line in seen.lines(sent))),
    ),
    BugClass(
        "A22",
        "an id with NUL",
        "legal",
        "WHATWG HTML 9.2.6: an id with NUL is ignored",
        (plays({"name": "event_id", "value": "1\0"}),),
        seen.line(rb"id:.*\x00"),
    ),
    BugClass(
        "A23",
        "an odd id",
        "legal",
        "WHATWG HTML 9.2.6: an id is any text, also an empty one",
        tuple(plays({"name": "event_id", "value": value}) for value in ("", "ä/ b", "9" * 5000, "\x01\t\x7f")),
        any_of(
            lambda sent: any(re.match(rb"id:(?! ?\d{1,20}\Z)", line) and b"\0" not in line for line in seen.lines(sent))
        ),
    ),
    BugClass(
        "A24",
        "the media type in other case, or with parameters",
        "legal",
        "RFC 9110 8.3.1: media types are case-insensitive",
        (
            plays({"name": "media_type", "value": "Text/Event-Stream"}),
            plays({"name": "media_type", "value": "text/event-stream;charset=UTF-8;x=1"}),
            plays({"name": "media_type", "value": None}),
        ),
        any_of(seen.odd_media_type),
    ),
    BugClass(
        "A25",
        "a byte that is not UTF-8",
        "violation",
        "WHATWG HTML 9.2.5: it becomes U+FFFD; an error is right, too",
        (plays("bad_utf8"),),
        any_of(lambda sent: sent.is_stream and not seen.is_utf8(sent.body)),
    ),
)
