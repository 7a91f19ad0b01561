"""The types of option values, whose errors say which values are allowed."""

from __future__ import annotations

from typing import Any

import click

VERSIONS = ("4.19.4", "4.29.3")
"""The versions of AstrBot, as values of options; the first is the default."""

NO_ANSWER = 3
"""The exit status of every command that asks a server if none answers."""


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


class Flag(click.types.BoolParamType):
    """On or off, for flags that are set by a variable."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return the value as a boolean; raise BadParameter if it is none."""
        try:
            return bool(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{str(value)!r} is not 1 (on) or 0 (off).", param, ctx)


def token(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return the value of --control-token; raise BadParameter if no header can have it."""
    if not all("!" <= char <= "~" for char in value):
        raise click.BadParameter("A token consists of printable ASCII characters without spaces.")
    return value


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
