"""The header Range as AstrBot 4.29.3 reads it, which is how Starlette does (BEHAVIOUR.md section 9.2)."""

from __future__ import annotations

from mockbot.dataclass import dataclass

MOST = 100
"""A request for more ranges gets the whole file."""


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A range begins outside of the file."""


def ranges_of(header: str, size: int) -> list[tuple[int, int]] | Unsatisfiable | str:
    """Return the ranges as start and end (exclusive), sorted and without overlaps; none means the whole file.

    A text says what is wrong with the header. `size` is in bytes.
    """
    unit, equals, text = header.partition("=")
    if not equals:
        return "Malformed range header."
    if unit.strip().lower() != "bytes":
        return "Only support bytes range"
    asked = text.split(",")
    if len(asked) > MOST:
        return []
    found = [each for one in asked if (each := _range(one, size)) is not None]
    if not found:
        return "Range header: range must be requested"
    if any(not 0 <= start < size for start, _ in found):
        return Unsatisfiable()
    if any(start >= end for start, end in found):
        return "Range header: start must be less than end"
    return _joined(found)


def _range(text: str, size: int) -> tuple[int, int] | None:
    """Return one range, or None for a text that is ignored."""
    first, dash, last = (part.strip() for part in text.strip().partition("-"))
    if not dash or not first + last:
        return None
    try:
        if not first:
            return max(size - int(last), 0), size
        return int(first), min(int(last) + 1, size) if last else size
    except ValueError:
        return None


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(joined.pop()[1], end)
        joined.append((start, end))
    return joined
