"""Texts with their escapes decoded, and where each character was: in JSON, in queries and in forms."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from mockbot.dataclass import dataclass
from mockbot.journal.key_forms import Span

ESCAPE = re.compile(
    r"(%[0-9A-Fa-f]{2}|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[\"\\/])"
)
LEVELS = 3
"""How many times a text may be escaped."""
WIDEST = 6
"""Characters of the longest escape of a character that a key is likely to have."""


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text without its escapes; `ends` and `raw_ends` are where each escape ends in it and in the escaped text."""

    text: str
    ends: list[int]
    raw_ends: list[int]

    def raw(self, at: int) -> int:
        """Return the offset in the escaped text of an offset in this one."""
        index = bisect_right(self.ends, at) - 1
        return at if index < 0 else self.raw_ends[index] + at - self.ends[index]


def unescaped(text: str) -> Unescaped | None:
    """Return a text with its escapes decoded once; None if it has none."""
    if not has_escapes(text):
        return None
    parts = ESCAPE.split(text)
    if len(parts) == 1:
        return None
    raw_ends = list(accumulate(map(len, parts)))[1::2]
    escapes = parts[1::2]
    parts[1::2] = map(_Decoded().__getitem__, escapes)
    ends = list(accumulate(map(len, parts)))[1::2]
    return Unescaped("".join(parts), ends, raw_ends)


def levels(text: str) -> Iterator[tuple[str, list[Unescaped]]]:
    """Yield a text, then decoded once, twice and so on, each with the steps from the first to it."""
    steps: list[Unescaped] = []
    yield text, steps
    while len(steps) < LEVELS and (step := unescaped(steps[-1].text if steps else text)):
        steps = [*steps, step]
        yield step.text, steps


def raw_span(span: Span, steps: list[Unescaped]) -> Span:
    """Return the span in the first text of a span in the last."""
    start, end = span
    for step in reversed(steps):
        start, end = step.raw(start), step.raw(end)
    return start, end


def has_escapes(text: str) -> bool:
    """Return whether a text may have escapes."""
    return "%" in text or "\\" in text


class _Decoded(dict[str, str]):
    """The characters of escapes; a text has a few of them many times."""

    def __missing__(self, escape: str) -> str:
        found = self[escape] = _decoded(escape)
        return found


def _decoded(escape: str) -> str:
    if escape[0] == "%":
        return chr(int(escape[1:], 16))
    if len(escape) == 2:
        return escape[1]
    if len(escape) == 6:
        return chr(int(escape[2:], 16))
    return chr(0x10000 + ((int(escape[2:6], 16) & 0x3FF) << 10) + (int(escape[8:], 16) & 0x3FF))
