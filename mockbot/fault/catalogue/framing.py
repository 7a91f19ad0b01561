"""The lines of a stream of events, written as WHATWG HTML 9.2.5 and 9.2.6 allow, though few servers do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Annotated, ClassVar, Literal, TypeAlias

from mockbot.fault.blocks import FIELD, StreamFault, has_data, joined, lines, unchanged, with_lines
from mockbot.fault.fault import Expects, Kind, Range

Change: TypeAlias = Callable[[bytes], bytes]
Value: TypeAlias = Annotated[str, Range(0, 100_000), "The value; line ends in it are left out."]
BOM = b"\xef\xbb\xbf"
SPLITTABLE = b",:[]{}"
"""The bytes of JSON, outside of strings, after which white space may stand (RFC 8259, section 2)."""


def _line(text: str) -> bytes:
    """Return a text as one line."""
    return text.replace("\r", "").replace("\n", "").encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class LineEnds(StreamFault):
    """Lines end with CRLF, with CR, or each with another end."""

    name: ClassVar[str] = "line_ends"
    rule: ClassVar[str] = "WHATWG HTML 9.2.5: CRLF, LF and CR end a line"
    ends: Annotated[Literal["crlf", "cr", "mixed"], "The line ends; mixed: LF, CRLF and CR in turn."] = "crlf"

    def changes(self) -> tuple[Change, Change]:
        """Write all line ends anew."""
        turn = cycle({"crlf": [b"\r\n"], "cr": [b"\r"], "mixed": [b"\n", b"\r\n", b"\r"]}[self.ends])

        def changed(block: bytes) -> bytes:
            out, before = b"", b""
            for text in lines(block)[0]:
                end = next(turn)
                if not text and before == b"\r" and end == b"\n":  # together they would be one line end
                    end = b"\r\n"
                out, before = out + text + end, end
            return out

        return changed, unchanged


@dataclass(frozen=True, slots=True)
class Bom(StreamFault):
    """The stream begins with a byte order mark."""

    name: ClassVar[str] = "bom"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: one leading byte order mark is ignored"
    midstream: ClassVar[bool] = False

    def changes(self) -> tuple[Change, Change]:
        """Put the mark before the first block."""
        marks = [BOM]

        def changed(block: bytes) -> bytes:
            return (marks.pop() if marks else b"") + block

        return changed, lambda rest: changed(rest) if rest else rest


@dataclass(frozen=True, slots=True)
class Comments(StreamFault):
    """Comments before events, or inside of them."""

    name: ClassVar[str] = "comments"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a line that begins with a colon is ignored"
    text: Annotated[str, Range(0, 10_000), "The text after the colon; line ends in it are left out."] = " ping"
    every: Annotated[int, Range(1, 1_000_000), "The number of events from one comment to the next."] = 1
    inside: Annotated[bool, "Whether the comment is a line of the event, not a block of its own."] = False

    def changes(self) -> tuple[Change, Change]:
        """Add the comments."""
        turn = cycle(range(self.every))

        def changed(block: bytes) -> bytes:
            if next(turn):
                return block
            comment = b":" + _line(self.text)
            return with_lines(block, first=comment) if self.inside else comment + b"\n\n" + block

        return changed, unchanged


@dataclass(frozen=True, slots=True)
class ColonSpace(StreamFault):
    """No space, or several, after the colons of fields; all but one are part of the value."""

    name: ClassVar[str] = "colon_space"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: one space after the colon is ignored, if there is one"
    spaces: Annotated[int, Range(0, 8), "How many spaces."] = 0

    def changes(self) -> tuple[Change, Change]:
        """Write the fields anew."""

        def changed(block: bytes) -> bytes:
            texts, ends = lines(block)
            return joined([self._written(text) for text in texts], ends)

        return changed, unchanged

    def _written(self, text: bytes) -> bytes:
        found = FIELD.fullmatch(text)
        if found is None or found[2] is None or (not self.spaces and found[2].startswith(b" ")):
            return text
        return found[1] + b":" + b" " * self.spaces + found[2]


@dataclass(frozen=True, slots=True)
class TrailingSpace(StreamFault):
    """Spaces at the end of data, which are part of it."""

    name: ClassVar[str] = "trailing_space"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: only one space after the colon is ignored, none at the end"
    count: Annotated[int, Range(1, 1000), "How many spaces."] = 1

    def changes(self) -> tuple[Change, Change]:
        """Add the spaces to each line of data."""

        def changed(block: bytes) -> bytes:
            texts, ends = lines(block)
            more = b" " * self.count
            return joined([text + more if text.startswith(b"data:") else text for text in texts], ends)

        return changed, unchanged


@dataclass(frozen=True, slots=True)
class BareField(StreamFault):
    """A field without a colon in each event, which has an empty value: `data` adds a line feed to the data."""

    name: ClassVar[str] = "bare_field"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a line without a colon is a field with an empty value"
    field: Annotated[Literal["data", "id", "event", "retry"], "The field."] = "data"

    def changes(self) -> tuple[Change, Change]:
        """Add the field."""
        return lambda block: with_lines(block, last=self.field.encode()) if has_data(block) else block, unchanged


@dataclass(frozen=True, slots=True)
class DataLines(StreamFault):
    """JSON in several `data` lines, broken where JSON allows white space."""

    name: ClassVar[str] = "data_lines"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: the data lines of an event are joined with line feeds"
    lines: Annotated[int, Range(2, 100), "The most lines of one event."] = 2

    def changes(self) -> tuple[Change, Change]:
        """Break the JSON of each event."""

        def changed(block: bytes) -> bytes:
            texts, ends = lines(block)
            out, out_ends = [], []
            for text, end in zip(texts, ends, strict=True):
                pieces = self._pieces(text[5:].removeprefix(b" ")) if text.startswith(b"data:") else []
                written = [b"data: " + piece for piece in pieces] or [text]
                out += written
                out_ends += [end] * len(written)
            return joined(out, out_ends)

        return changed, unchanged

    def _pieces(self, data: bytes) -> list[bytes]:
        """Return the pieces of a JSON text; it itself if it is not JSON."""
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            return []
        pieces: list[bytes] = []
        begin, quoted, escaped = 0, False, False
        for at, byte in enumerate(data):
            if len(pieces) == self.lines - 1:
                break
            if escaped:
                escaped = False
            elif quoted and byte == ord("\\"):
                escaped = True
            elif byte == ord('"'):
                quoted = not quoted
            elif not quoted and byte in SPLITTABLE and at + 1 < len(data):
                pieces.append(data[begin : at + 1])
                begin = at + 1
        return [*pieces, data[begin:]]


@dataclass(frozen=True, slots=True)
class _Field(StreamFault):
    field: ClassVar[str]
    value: Value = ""

    def changes(self) -> tuple[Change, Change]:
        """Add the field to each event."""
        line = self.field.encode() + b": " + _line(self.value)
        return lambda block: with_lines(block, first=line) if has_data(block) else block, unchanged


@dataclass(frozen=True, slots=True)
class EventId(_Field):
    """An id in each event; a stream's ids may be any text, and one with NUL is ignored."""

    name: ClassVar[str] = "event_id"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: an id is any text without NUL; one with NUL is ignored"
    field: ClassVar[str] = "id"
    value: Value = "1"


@dataclass(frozen=True, slots=True)
class EventName(_Field):
    """A type for each event; `message` is what an event without one has."""

    name: ClassVar[str] = "event_name"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: `event` is the type of the event; without it, it is `message`"
    field: ClassVar[str] = "event"
    value: Value = "message"


@dataclass(frozen=True, slots=True)
class EventRetry(_Field):
    """A reconnection time in each event; one that is not only digits is ignored."""

    name: ClassVar[str] = "event_retry"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a `retry` that is not only ASCII digits is ignored"
    field: ClassVar[str] = "retry"
    value: Value = "3000"


@dataclass(frozen=True, slots=True)
class UnknownField(StreamFault):
    """A field in each event that no specification knows."""

    name: ClassVar[str] = "unknown_field"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a field of any other name is ignored"
    line: Annotated[str, Range(1, 10_000), "The line; line ends in it are left out."] = "mockbot: 1"

    def changes(self) -> tuple[Change, Change]:
        """Add the field."""
        return lambda block: with_lines(block, first=_line(self.line)) if has_data(block) else block, unchanged


@dataclass(frozen=True, slots=True)
class BadUtf8(StreamFault):
    """A byte that is not UTF-8 inside a text of one event; a decoder makes U+FFFD of it."""

    name: ClassVar[str] = "bad_utf8"
    rule: ClassVar[str] = "WHATWG HTML 9.2.5: a stream is decoded as UTF-8, in which an invalid byte becomes U+FFFD"
    after: Annotated[int, Range(0, 1_000_000), "Events to leave unchanged first."] = 0

    @property
    def kind(self) -> Kind:
        """Return that it breaks a rule."""
        return "violation"

    @property
    def expects(self) -> Expects:
        """Return that the recovery and an error are both right."""
        return "either"

    def changes(self) -> tuple[Change, Change]:
        """Put the byte into the last text of the event."""
        left = [self.after]

        def changed(block: bytes) -> bytes:
            if not has_data(block):
                return block
            left[0] -= 1
            at = block.rfind(b'"')
            return block[:at] + b"\xff" + block[at:] if left[0] == -1 and at >= 0 else block

        return changed, unchanged


@dataclass(frozen=True, slots=True)
class NoBlankLine(StreamFault):
    """The last event is not ended by an empty line."""

    name: ClassVar[str] = "no_blank_line"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: an event that no empty line ends is discarded; many clients deliver it"

    @property
    def kind(self) -> Kind:
        """Return that well-known clients disagree."""
        return "disputed"

    def changes(self) -> tuple[Change, Change]:
        """Send each empty line only with the next block."""
        kept = [b""]

        def changed(block: bytes) -> bytes:
            ends = lines(block)[1]
            before, kept[0] = kept[0], ends[-1]
            return before + block[: len(block) - len(ends[-1])]

        return changed, lambda rest: kept[0] + rest if rest else rest
