"""The blocks of an event stream: each is the lines up to and including a blank line (WHATWG HTML 9.2.5 and 9.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from mockbot.dataclass import dataclass

BOM = b"\xef\xbb\xbf"
LINE = re.compile(rb"([^\r\n]*+)(\r\n|\n|\r)")


class Line(NamedTuple):
    """One line and its end."""

    text: bytes
    end: bytes = b"\n"
    """LF, CR or CRLF; empty if the stream stops within the line."""

    @property
    def name(self) -> bytes:
        """Return the name of its field; it is empty for a comment and for a blank line."""
        return self.text.partition(b":")[0]

    @property
    def value(self) -> bytes:
        """Return the value of its field, without the one space that may follow the colon."""
        return self.text.partition(b":")[2].removeprefix(b" ")


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of an event, of comments, or of fields without data."""

    lines: tuple[Line, ...]
    late: bool = False
    """Whether it is only the LF of a CRLF whose CR has already ended the block before."""
    bom: bytes = b""
    """The byte order mark before the first block of a stream."""

    @classmethod
    def of(cls, *texts: bytes) -> Block:
        """Return a block of these lines and a blank one, all ended by LF."""
        return cls((*map(Line, texts), Line(b"")))

    @property
    def is_event(self) -> bool:
        """Return whether it has data, without which it is not dispatched."""
        return any(line.name == b"data" for line in self.lines)

    @property
    def is_complete(self) -> bool:
        """Return whether a blank line ends it."""
        return bool(self.lines) and not self.lines[-1].text and bool(self.lines[-1].end)

    @property
    def data(self) -> bytes:
        """Return its data: the values of its data lines, joined with LF."""
        return b"\n".join(line.value for line in self.lines if line.name == b"data")

    def with_lines(self, lines: Iterable[Line]) -> Block:
        """Return it with other lines."""
        return replace(self, lines=tuple(lines))

    def beginning(self, text: bytes) -> Block:
        """Return it with one more line before its others."""
        end = next((line.end for line in self.lines if line.end), b"\n")
        return self.with_lines((Line(text, end), *self.lines))

    def ending(self, text: bytes) -> Block:
        """Return it with one more line before its blank line, or unchanged if it stops within a line."""
        if not self.lines or not self.lines[-1].end:
            return self
        at = len(self.lines) - self.is_complete
        end = self.lines[max(at - 1, 0)].end
        return self.with_lines((*self.lines[:at], Line(text, end), *self.lines[at:]))

    def __bytes__(self) -> bytes:
        return self.bom + b"".join(part for line in self.lines for part in line)


class Blocks:
    """Splits the bytes of a stream into blocks, whatever their pieces are.

    A block is complete with the CR or LF that ends its blank line; if an LF then follows a CR, it is a late block.
    `midstream` is whether the bytes before the first ones are unknown, so that there is no byte order mark.
    """

    def __init__(self, *, midstream: bool = False) -> None:
        self._bom = b""
        self._begun = midstream
        self._lines: list[Line] = []
        self._line: list[bytes] = []
        """The pieces of the incomplete line."""
        self._after_cr = False

    def feed(self, data: bytes) -> Iterator[Block]:
        """Yield the blocks that the next bytes complete."""
        if not data:
            return
        at = 0
        if self._after_cr and data[:1] == b"\n":
            at = 1
            if self._lines:
                self._lines[-1] = Line(self._lines[-1].text, b"\r\n")
            else:
                yield Block((Line(b""),), late=True)
        self._after_cr = data.endswith(b"\r")
        while (found := LINE.match(data, at)) is not None:
            at = found.end()
            self._line.append(found[1])
            self._lines.append(Line(self._text(), found[2]))
            if not self._lines[-1].text:
                yield self._block()
        if at < len(data):
            self._line.append(data[at:])

    def rest(self) -> Block:
        """Return the lines after the last complete block, perhaps none, and forget them."""
        if self._line and (text := self._text()):
            self._lines.append(Line(text, b""))
        return self._block()

    def _text(self) -> bytes:
        """Return the text of the incomplete line, without a byte order mark, and begin the next one."""
        text = b"".join(self._line)
        self._line.clear()
        if not self._begun and text.startswith(BOM):
            self._bom, text = BOM, text.removeprefix(BOM)
        self._begun = True
        return text

    def _block(self) -> Block:
        block = Block(tuple(self._lines), bom=self._bom)
        self._lines.clear()
        self._bom = b""
        return block
