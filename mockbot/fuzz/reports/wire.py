"""The writes of a response as a report shows them: the first ones, with their times, and how much is left out."""

from __future__ import annotations

from mockbot.dataclass import dataclass
from mockbot.fuzz.sent import Sent

ENDS = {
    "closed": "mockbot closed the connection",
    "reset": "mockbot reset the connection",
    "left": "the client closed the connection",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """The beginning of one write."""

    ms: float
    """Milliseconds since the first write of the response."""
    data: bytes
    left_out: int
    """How many more bytes the write has."""

    @property
    def cut(self) -> str:
        """Return that there are more bytes, in words; empty if there are not."""
        return f" ... {count(self.left_out, 'more byte')}" if self.left_out else ""


@dataclass(frozen=True, slots=True)
class Shortened:
    """The part of a response that is shown."""

    cells: tuple[Cell, ...]
    writes: int
    """How many more writes there are."""
    size: int
    """How many bytes these have."""
    end: str
    """How the connection ended, in words; empty if it is open."""

    @property
    def rest(self) -> str:
        """Return what is left out, in words; empty if nothing is."""
        return f"... and {count(self.writes, 'more write')}, {count(self.size, 'byte')}" if self.writes else ""


def shortened(sent: Sent, most_bytes: int, most_writes: int) -> Shortened:
    """Return the first writes of a response."""
    cells: list[Cell] = []
    left = most_bytes
    for write in sent.raw[:most_writes]:
        if left <= 0:
            break
        shown = bytes(write.data[:left])
        left -= len(shown)
        cells.append(Cell(1000 * (write.at - sent.raw[0].at), shown, len(write.data) - len(shown)))
    rest = sent.raw[len(cells) :]
    end = "" if sent.complete and sent.ended == "left" else ENDS.get(sent.ended, "")
    return Shortened(tuple(cells), len(rest), sum(len(each.data) for each in rest), end)


def count(number: int, what: str) -> str:
    """Return a number with a noun."""
    return f"{number} {what}{'' if number == 1 else 's'}"
