"""Strings and numbers to try for a schema, the smallest first; callers must check each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import chain
from math import ceil, floor, isfinite, lcm
from typing import Any

from mockbot.sample.pattern import matching

MANY = 64
"""How many different values to try for one schema."""
LARGEST = sys.float_info.max
LONGEST_PLAIN = 1_000_000
"""How many characters a string may have."""

FORMATS: Mapping[str, Callable[[int, int], str]] = {
    "date-time": lambda n, _: f"1970-01-01T00:00:{n % 60:02}Z",
    "date": lambda n, _: f"1970-01-{n % 28 + 1:02}",
    "time": lambda n, _: f"00:00:{n % 60:02}Z",
    "duration": lambda n, _: f"PT{n}S",
    "uuid": lambda n, _: f"00000000-0000-4000-8000-{n:012}",
    "email": lambda n, least: f"{n}@example.com".rjust(least, "a"),
    "idn-email": lambda n, least: f"{n}@example.com".rjust(least, "a"),
    "hostname": lambda n, least: "a." * max(0, (least - 9) // 2) + f"h{n}.example",
    "idn-hostname": lambda n, least: "a." * max(0, (least - 9) // 2) + f"h{n}.example",
    "ipv4": lambda n, _: f"127.0.0.{n % 255 + 1}",
    "ipv6": lambda n, _: f"::{n + 1:x}",
    "byte": lambda n, least: (chr(65 + n % 26) + "AAA") * ceil(max(least, min(n, 1)) / 4),
    "json-pointer": lambda n, least: "/" * (n > 0 or least > 0) + "a" * max(n, least - 1),
    "relative-json-pointer": lambda n, _: str(n),
    "uri": lambda n, least: f"https://example.com/{n}".ljust(least, "a"),
    "iri": lambda n, least: f"https://example.com/{n}".ljust(least, "a"),
}
"""From n and a length: the nth string of a format, with at least that length if the format allows it."""

SHORTEST = {"email": "a@b.c", "idn-email": "a@b.c", "uri": "a:b", "iri": "a:b", "hostname": "a", "idn-hostname": "a"}


def strings(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield strings for the patterns, the format and the length of a schema."""
    least = int(schema.get("minLength", 0))
    if least > LONGEST_PLAIN:
        return
    form = schema.get("format", "byte" if schema.get("contentEncoding") == "base64" else "")
    for pattern in schema.get("patterns", ()):
        yield from matching(pattern, least)
    if form in FORMATS:
        yield from (FORMATS[form](n, least) for n in range(MANY))
    if form in SHORTEST:
        yield SHORTEST[form]
    yield "a" * least
    letters = chain(range(ord("a"), ord("z") + 1), range(ord("0"), ord("9") + 1))
    yield from (chr(letter).ljust(least, "a") for letter in letters)


def numbers(schema: Mapping[str, Any], whole: bool) -> Iterator[int | float]:
    """Yield numbers between the bounds of a schema, those closest to zero first; if `whole`, integers only."""
    low, high = _bound(schema, "inimum", max), _bound(schema, "aximum", min)
    step = _step(schema, whole)
    start = max(Fraction(0), low) if low is not None else Fraction(0)
    start = min(start, high) if high is not None else start
    if not step and low is not None and high is not None:
        yield from (_plain(number) for number in (start, low, high, (low + high) / 2))
    unit = step or Fraction(1)
    near = Fraction(floor(start / unit)) * unit
    yield from (_plain(near + sign * turn * unit) for turn in range(MANY) for sign in ((1, -1) if turn else (1,)))
    if not step:
        yield _plain(start + Fraction(1, 2))


def _bound(schema: Mapping[str, Any], name: str, tighter: Callable[..., Fraction]) -> Fraction | None:
    found = [_exact(schema[key]) for key in (f"m{name}", f"exclusiveM{name}") if key in schema]
    return tighter(found) if found else None


def _step(schema: Mapping[str, Any], whole: bool) -> Fraction | None:
    step = _exact(schema["multipleOf"]) if "multipleOf" in schema else None
    if not whole or step is None:
        return step or (Fraction(1) if whole else None)
    return Fraction(step.numerator)  # the integers among the multiples of p/q are the multiples of p


def common_multiple(one: float, other: float) -> int | float:
    """Return the smallest number that is a multiple of both."""
    a, b = _exact(one), _exact(other)
    both = a.denominator * b.denominator
    return _plain(Fraction(lcm(a.numerator * b.denominator, b.numerator * a.denominator), both))


def _exact(number: float) -> Fraction:
    """Return the number as written (0.1 is one tenth); for infinity, a number larger than any float."""
    if isinstance(number, int):
        return Fraction(number)
    return Fraction(str(number)) if isfinite(number) else Fraction(10) ** 309 * (1 if number > 0 else -1)


def _plain(number: Fraction) -> int | float:
    """Return an integer for a whole number, and for one beyond the range of a double, else a float."""
    return int(number) if number.denominator == 1 or abs(number) > LARGEST else float(number)
