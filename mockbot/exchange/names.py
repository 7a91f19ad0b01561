"""Names in braces: parts of an exchange that are filled in when it is played."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mockbot.jsontext import JSON, escape

NAME = re.compile(r"\{(?:(?P<name>[a-z_][a-z0-9_]*)|(?P<letter>.)\*(?P<times>[0-9]{1,8}))\}")

FRESH = {"user": "ann", "session": "talk"}
"""Names with a new value for each play of an exchange, and the prefixes of these values."""


def fresh(mark: str) -> dict[str, str]:
    """Return values for the names in FRESH; `mark` must be unique for each play."""
    return {name: f"{beginning}-{mark}" for name, beginning in FRESH.items()}


def fill(value: JSON, names: Mapping[str, JSON]) -> JSON:
    """Replace names by their values; unknown names are left unchanged.

    A text that consists of `{name}` alone becomes the value itself, of any type. Within other text the value is
    inserted as text. `{a*300}` becomes the letter a, 300 times.
    """
    if isinstance(value, str):
        whole = NAME.fullmatch(value)
        if whole and whole["name"] in names:
            return names[whole["name"]]
        return NAME.sub(lambda found: _replacement(found, names), value)
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    return value


def text(value: JSON, names: Mapping[str, JSON]) -> str:
    """Return `fill` of a value as text."""
    return str(fill(value, names))


def mentioned(value: JSON, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield each name in a value, with the JSON pointer of the text that contains it."""
    if isinstance(value, str):
        yield from ((found["name"], pointer) for found in NAME.finditer(value) if found["name"])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from mentioned(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from mentioned(item, f"{pointer}/{escape(key)}")


def _replacement(found: re.Match[str], names: Mapping[str, JSON]) -> str:
    if found["letter"]:
        return found["letter"] * int(found["times"])
    return str(names[found["name"]]) if found["name"] in names else found[0]
