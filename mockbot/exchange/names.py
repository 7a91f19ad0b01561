"""Names in braces: what an exchange leaves open until it is played."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mockbot.jsontext import JSON, escape

NAME = re.compile(r"\{(?:(?P<name>[a-z_][a-z0-9_]*)|(?P<letter>.)\*(?P<times>[0-9]{1,8}))\}")

FRESH = {"user": "ann", "session": "talk"}
"""Names that stand for something else whenever an exchange is played, and how their values begin."""


def fresh(mark: str) -> dict[str, str]:
    """Return values of the names in FRESH; `mark` is what no other play of an exchange has."""
    return {name: f"{beginning}-{mark}" for name, beginning in FRESH.items()}


def fill(value: JSON, names: Mapping[str, JSON]) -> JSON:
    """Put values in the place of names; what `names` does not have stays as it is.

    A text that is nothing but `{name}` becomes the value itself, within other text the value is written out;
    `{a*300}` is 300 letters a.
    """
    if isinstance(value, str):
        whole = NAME.fullmatch(value)
        if whole and whole["name"] in names:
            return names[whole["name"]]
        return NAME.sub(lambda found: _written(found, names), value)
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    return value


def text(value: JSON, names: Mapping[str, JSON]) -> str:
    """Return `fill` of a value as text."""
    return str(fill(value, names))


def mentioned(value: JSON, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield each name that a value mentions, with the JSON pointer of the text around it."""
    if isinstance(value, str):
        yield from ((found["name"], pointer) for found in NAME.finditer(value) if found["name"])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from mentioned(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from mentioned(item, f"{pointer}/{escape(key)}")


def _written(found: re.Match[str], names: Mapping[str, JSON]) -> str:
    if found["letter"]:
        return found["letter"] * int(found["times"])
    return str(names[found["name"]]) if found["name"] in names else found[0]
