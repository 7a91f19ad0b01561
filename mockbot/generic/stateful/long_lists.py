"""Long lists of rows, which are written while other tasks run."""

from __future__ import annotations

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, compact, parts, plainly_compact
from mockbot.turns import Work, listed

FEW, SMALL = 200, 256 * 1024
"""Rows of a world, and their bytes, that can be listed without other tasks in between."""


@dataclass(frozen=True, slots=True)
class Written:
    """A JSON text in pieces."""

    pieces: list[bytes]
    is_exact: bool
    """Whether every parser reads it as the value that it was written from."""


def written(body: JSON, within: str | None) -> Work[Written]:
    """Return the work that writes a body: the rows in the property `within`, or the whole body, one by one."""
    inexact: list[JSON] = []

    def write(value: JSON, _: int) -> bytes:
        exact = plainly_compact(value)
        if exact is None:
            inexact.append(value)
            return compact(value)[:-1]
        return exact

    pieces = yield from listed(parts(body, 1 if within is None else 2, write))
    return Written([*pieces, b"\n"], not inexact)
