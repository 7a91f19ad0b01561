"""The types of option values, whose errors say which values are allowed."""

from __future__ import annotations

from typing import Any

import click

from mockbot.duration import is_duration, milliseconds, seconds

VERSIONS = ("4.19.4", "4.29.3")
"""The versions of AstrBot, as values of options; the first is the default."""


class Whole(click.IntRange):
    """A whole number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; raise BadParameter if the value is none, or out of range."""
        try:
            number: int = super().convert(value, param, ctx)
            return number
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not a whole number{_limits(self)}.", param, ctx)


class Real(click.FloatRange):
    """A number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; raise BadParameter if the value is none, or out of range."""
        try:
            number: float = super().convert(value, param, ctx)
            return number
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not a number{_limits(self)}.", param, ctx)


class Duration(Real):
    """A number of the option's unit, or a duration such as 150ms, 2s or 1m."""

    def __init__(self, unit: str, least: float | None = None, most: float | None = None) -> None:
        """`unit` is that of a plain number and of the value: `s` or `ms`."""
        super().__init__(least, most)
        self._parse = {"s": seconds, "ms": milliseconds}[unit]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; raise BadParameter if the value is none, or out of range."""
        return super().convert(self._parse(value) if is_duration(value) else value, param, ctx)


class Flag(click.types.BoolParamType):
    """On or off, for flags that are set by a variable."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return the value as a boolean; raise BadParameter if it is none."""
        try:
            return bool(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not 1 (on) or 0 (off).", param, ctx)


def _limits(numbers: click.IntRange | click.FloatRange) -> str:
    match numbers.min, numbers.max:
        case None, None:
            return ""
        case least, None:
            return f" of at least {least:g}"
        case None, most:
            return f" of at most {most:g}"
        case least, most:
            return f" from {least:g} to {most:g}"
