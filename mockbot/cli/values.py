"""The types of option values, whose errors say which values are allowed."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from mockbot.duration import EXAMPLES, is_duration, milliseconds, seconds

VERSIONS = ("4.19.4", "4.29.3")
"""The versions of AstrBot, as values of options; the first is the default."""

NO_ANSWER = 3
"""The exit status of every command that asks a server if none answers."""


class Whole(click.IntRange):
    """A whole number, in a range or not."""

    def _describe_range(self) -> str:
        """Return the range for the help; click shows `x<=None` if there is none."""
        return "" if self.min is None and self.max is None else super()._describe_range()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; raise BadParameter if the value is none, or out of range."""
        try:
            number: int = super().convert(value, param, ctx)
            return number
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not a whole number{limits(self)}.", param, ctx)


class Duration(click.FloatRange):
    """A number of the option's unit, or a text such as 150ms, 2s or 1m; never infinite."""

    def __init__(self, unit: str, least: float | None = None, most: float | None = None) -> None:
        """`unit` is that of a plain number and of the value: `seconds` or `milliseconds`."""
        super().__init__(least, most)
        self.unit = unit
        self._parse = {"seconds": seconds, "milliseconds": milliseconds}[unit]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; raise BadParameter if the value is none, or out of range."""
        try:
            number: float = super().convert(self._parse(value) if is_duration(value) else value, param, ctx)
        except click.BadParameter:
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{str(value)!r} is not a number{limits(self)}, or {EXAMPLES}.", param, ctx)
        return number


class Flag(click.types.BoolParamType):
    """On or off, for flags that are set by a variable."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return the value as a boolean; raise BadParameter if it is none."""
        try:
            return bool(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not 1 (on) or 0 (off).", param, ctx)


class Patterned(click.types.StringParamType):
    """A text that matches a pattern."""

    def __init__(self, pattern: str, mistake: str) -> None:
        """Take a regular expression for the whole text, and the sentence about one that does not match.

        `{value!r}` in the sentence is the text.
        """
        self.pattern, self._mistake = pattern, mistake

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; raise BadParameter if it does not match."""
        text = str(super().convert(value, param, ctx))
        if not re.fullmatch(self.pattern, text):
            self.fail(self._mistake.format(value=text), param, ctx)
        return text


ORIGIN = Patterned(
    r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s]+", "{value!r} is not an origin such as https://example.org:8443, or *."
)
TOKEN = Patterned("[!-~]*", "A token consists of printable ASCII characters without spaces.")


def limits(numbers: click.IntRange | click.FloatRange) -> str:
    """Return the end of a phrase such as `a number from 0 to 9`, empty if there are no limits."""
    of = f" of {numbers.unit}" if isinstance(numbers, Duration) else ""
    match numbers.min, numbers.max:
        case None, None:
            return of
        case least, None:
            return f"{of} of at least {least:.12g}"
        case None, most:
            return f"{of} of at most {most:.12g}"
        case least, most:
            return f"{of} from {least:.12g} to {most:.12g}"
