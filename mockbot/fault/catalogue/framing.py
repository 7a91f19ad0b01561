"""An event stream in other bytes: its line ends, comments, spaces and data lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import BOM, Block, Line
from mockbot.fault.fault import Expects, Kind, Range
from mockbot.fault.stream import ONE_LINE, Piece, Seen, StreamFault, frame, written

ENDS: Mapping[str, tuple[bytes, ...]] = {"crlf": (b"\r\n",), "cr": (b"\r",), "mixed": (b"\n", b"\r\n", b"\r")}
STRING = re.compile(rb'"(?P<text>(?:[^"\\]|\\.)*+)(?P<end>"(?P<colon>[ \t]*+:)?)?')
"""A string of JSON, and the colon after a name; without an end if the line ends in it."""
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[,:\[\]{}](?P<space>[ \t]*+)')
"""A string of JSON, or a structural character with the spaces after it."""


@dataclass(frozen=True, slots=True)
class LineEnds(StreamFault):
    """Lines end with CRLF, with CR, or with LF, CRLF and CR in turn."""

    name: ClassVar[str] = "line_ends"
    rule: ClassVar[str] = "WHATWG HTML 9.2.5: a line ends with CRLF, LF or CR"
    ends: Annotated[Literal["crlf", "cr", "mixed"], "The line ends; mixed: LF, CRLF and CR in turn."] = "crlf"

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block with other line ends."""
        if block.late:
            return
        ends = ENDS[self.ends]
        lines: list[Line] = []
        for at, line in enumerate(block.lines):
            end = line.end and ends[(seen.lines + at) % len(ends)]
            if end == b"\n" and not line.text and lines and lines[-1].end == b"\r":
                end = b"\r\n"  # CR and LF together would be one line end
            lines.append(Line(line.text, end))
        yield block.with_lines(lines)


@dataclass(frozen=True, slots=True)
class Bom(StreamFault):
    """The stream begins with a byte order mark."""

    name: ClassVar[str] = "bom"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: UTF-8 decode removes one byte order mark from the beginning"
    midstream: ClassVar[bool] = False

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block, the first one after the mark."""
        if not seen.lines and not seen.bom:
            yield Block((), bom=BOM)
        yield block


@dataclass(frozen=True, slots=True)
class Comments(StreamFault):
    """Comments before events, or within them."""

    name: ClassVar[str] = "comments"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a line that begins with a colon is ignored"
    text: Annotated[str, ONE_LINE, Range(0, 10_000), "The text after the colon."] = " ping"
    every: Annotated[int, Range(1, 1_000_000), "The first event has a comment, and then each one after so many."] = 1
    inside: Annotated[bool, "Whether the comment is a line of the event, not a block of its own before it."] = False

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block, with a comment if its turn has come."""
        comment = b":" + written(self.text)
        if not block.is_event or seen.events % self.every:
            yield block
        elif self.inside:
            yield block.beginning(comment)
        else:
            yield frame(Block.of(comment))
            yield block


@dataclass(frozen=True, slots=True)
class ColonSpace(StreamFault):
    """No space, or several, after the colon of each field; all but the first belong to the value."""

    name: ClassVar[str] = "colon_space"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: one space after the colon is removed, if there is one"
    spaces: Annotated[
        int, Range(0, 8), "Spaces after the colon. 0 leaves one where the value itself begins with a space."
    ] = 0

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block with other spaces."""
        yield block.with_lines(self._line(line) if line.name and b":" in line.text else line for line in block.lines)

    def _line(self, line: Line) -> Line:
        spaces = self.spaces or line.value.startswith(b" ")
        return Line(line.name + b":" + b" " * spaces + line.value, line.end)


@dataclass(frozen=True, slots=True)
class TrailingSpace(StreamFault):
    """Spaces at the end of data, to which they belong."""

    name: ClassVar[str] = "trailing_space"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: no space is removed from the end of a value"
    count: Annotated[int, Range(1, 1000), "Spaces at the end of each data line."] = 1

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block with spaces after its data."""
        more = b" " * self.count
        yield block.with_lines(
            Line(line.text + more, line.end) if line.text.startswith(b"data:") and line.end else line
            for line in block.lines
        )


@dataclass(frozen=True, slots=True)
class BareField(StreamFault):
    """A field without colon in each event, which has an empty value; `data` adds one line feed to the data."""

    name: ClassVar[str] = "bare_field"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: a line without colon is the name of a field with an empty value"
    field: Annotated[
        Literal["data", "id", "event", "retry"], "The field: `data` after the others, any other one before them."
    ] = "data"

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block, with the field if it is an event."""
        if not block.is_event:
            yield block
        else:
            yield block.ending(b"data") if self.field == "data" else block.beginning(self.field.encode())


@dataclass(frozen=True, slots=True)
class DataLines(StreamFault):
    """The JSON of each event in several data lines, split where JSON allows white space."""

    name: ClassVar[str] = "data_lines"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6: the data lines of an event are joined with line feeds"
    lines: Annotated[int, Range(2, 100), "Data lines of each event, or fewer if its JSON has not enough places."] = 2

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:  # noqa: ARG002  # whatever came before
        """Yield the block in more lines, if its data is JSON."""
        yield self._split(block) if block.is_event and _is_json(block.data) else block

    def _split(self, block: Block) -> Block:
        places = [
            (index, found.end() - len(found["space"]), found.end())
            for index, line in enumerate(block.lines)
            if line.text.startswith(b"data:")
            for found in TOKEN.finditer(line.text, len(b"data:"))
            if found["space"] is not None and found.end() < len(line.text)
        ]
        cuts = min(self.lines - sum(line.name == b"data" for line in block.lines), len(places))
        chosen = [places[(cut + 1) * len(places) // (cuts + 1)] for cut in range(cuts)]
        lines: list[Line] = []
        for index, line in enumerate(block.lines):
            begin, lead = 0, b""
            for _, end, following in (place for place in chosen if place[0] == index):
                lines.append(Line(lead + line.text[begin:end], next(each.end for each in block.lines if each.end)))
                begin, lead = following, b"data: " if line.text.startswith(b"data: ") else b"data:"
            lines.append(Line(lead + line.text[begin:], line.end))
        return block.with_lines(lines)


@dataclass(frozen=True, slots=True)
class BadUtf8(StreamFault):
    """The byte 0xFF at the end of the longest text in one event's JSON; it is not UTF-8, and is read as U+FFFD."""

    name: ClassVar[str] = "bad_utf8"
    rule: ClassVar[str] = "WHATWG HTML 9.2.5: a stream is UTF-8; 9.2.6: UTF-8 decode reads other bytes as U+FFFD"
    after: Annotated[int, Range(0, 1_000_000), "Events to leave unchanged first."] = 0

    @property
    def kind(self) -> Kind:
        """Return `violation`."""
        return "violation"

    @property
    def expects(self) -> Expects:
        """Return `either`, because U+FFFD and an error are both right."""
        return "either"

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block, with the byte if it is the one."""
        yield self._bad(block) if block.is_event and seen.events == self.after else block

    def _bad(self, block: Block) -> Block:
        texts = [
            (found["colon"] is None, len(found["text"]), -index, found.end("text"))
            for index, line in enumerate(block.lines)
            if line.text.startswith(b"data:")
            for found in STRING.finditer(line.text)
            if found["end"]
        ]
        ends = [(True, 0, -index, len(line.text)) for index, line in enumerate(block.lines) if line.name == b"data"]
        _, _, index, at = max(texts or ends)
        lines = list(block.lines)
        text, end = lines[-index]
        lines[-index] = Line(text[:at] + (b"" if b":" in text else b":") + b"\xff" + text[at:], end)
        return block.with_lines(lines)


@dataclass(frozen=True, slots=True)
class NoBlankLine(StreamFault):
    """The last event is not ended by a blank line; each event is sent when the next one is ready."""

    name: ClassVar[str] = "no_blank_line"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6 discards an event that no blank line ends; many clients deliver it"

    @property
    def kind(self) -> Kind:
        """Return `disputed`."""
        return "disputed"

    def change(self, block: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the block before."""
        if seen.block is not None and not block.late:
            yield seen.block

    def rest(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the last block, and the rest."""
        yield from (rest,) if seen.block is None else (seen.block, rest)

    def end(self, rest: Block, seen: Seen) -> Iterator[Piece]:
        """Yield the last block without its blank line, unless an incomplete block follows."""
        if rest.lines or seen.block is None:
            yield from self.rest(rest, seen)
        else:
            yield seen.block.with_lines(seen.block.lines[:-1])


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True
