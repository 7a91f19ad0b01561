"""Durations as people write them, in scripts, requests, options and tests: `600ms`, `20s`, `1m` or a number."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
PATTERN = r"[0-9]{1,7}(\.[0-9]{1,3})?ms|[0-9]{1,4}(\.[0-9]{1,6})?s|[0-9]{1,2}(\.[0-9]{1,6})?m"
"""Matches a duration with a unit; the schema of script files has the same."""
EXAMPLES = "a duration such as 150ms, 2s or 1m"
_TEXT = re.compile(PATTERN)


def is_duration(value: object) -> bool:
    """Return whether a value is a text such as `600ms`."""
    return isinstance(value, str) and _TEXT.fullmatch(value) is not None


def seconds(duration: str | float) -> float:
    """Return a duration, or a number of seconds, as seconds; raise ValueError if a text is no duration."""
    return _parsed(duration, "s")


def milliseconds(duration: str | float) -> float:
    """Return a duration, or a number of milliseconds, as milliseconds; raise ValueError if a text is no duration."""
    return _parsed(duration, "ms")


def _parsed(duration: str | float, unit: str) -> float:
    if not isinstance(duration, str):
        return float(duration)
    if not is_duration(duration):
        raise ValueError(f"{duration[:40]!r} is not {EXAMPLES}")
    number = duration.rstrip("ms")
    given = duration.removeprefix(number)
    return float(number) if given == unit else float(number) * UNITS[given] / UNITS[unit]
