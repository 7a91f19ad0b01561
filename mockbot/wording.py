"""Parts of messages for people: values, short and on one line, and suggestions for a misspelt name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice

from mockbot.jsontext import JSON

LONGEST = 64
"""Characters of a name that is compared with the known ones."""
MOST_COMPARED = 200
"""How many known names it is compared with."""


def cut(value: object, depth: int = 3) -> JSON:
    """Return `value` shortened to 120 characters, ten items and three levels; for bytes, only their number."""
    match value:
        case str():
            return value if len(value) <= 120 else f"{value[:117]}..."
        case bool() | None:
            return value
        case int() if value.bit_length() > 10_000:  # Python writes at most 4300 digits
            return "a huge number"
        case int():
            return value if value.bit_length() < 64 else cut(str(value))
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return f"({len(value)} bytes)"
        case list() | dict() if depth == 0 and value:
            return "..."
        case list():
            return [cut(item, depth - 1) for item in value[:10]] + (["..."] if len(value) > 10 else [])
        case dict():
            keys = list(value)[:10]
            short = {str(cut(key)): cut(value[key], depth - 1) for key in keys}
            return short | ({"...": f"{len(value) - 10} more"} if len(value) > 10 else {})
    return cut(str(value))


def shown(value: object) -> str:
    """Return a value for use in a sentence: text quoted and shortened, numbers unchanged, containers by their kind."""
    match value:
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
        case bool() | None:
            return str(value).lower().replace("none", "null")
        case dict():
            return "an object"
        case list():
            return "an array" if value else "an empty array"
    return str(cut(value))


def near(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that suggests the known name closest to `name`, or else lists all of them."""
    names = list(known)
    if match := closest(name, names):
        return f"did you mean `{match}`?"
    return f"expected one of {', '.join(names)}" if names else "none are defined"


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name of which `name` may be a misspelling, or None."""
    from difflib import get_close_matches

    name = name[:LONGEST]
    found = get_close_matches(name, list(islice(known, MOST_COMPARED)), n=3)
    letters = sorted(name)  # of `dealy`, two letters are in the wrong order; of `early`, one is another
    return next((each for each in found if sorted(each) == letters), next(iter(found), None))


def printable(text: str) -> str:
    """Return a text for a terminal: control, format and bidi characters are escaped (Unicode categories C and Z)."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def readable(text: str) -> str:
    """Return a text of several lines for a terminal; all other control characters are escaped."""
    return "\n".join(map(printable, text.split("\n")))
