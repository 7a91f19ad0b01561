"""The lines of the values and keys in a JSON text, for errors that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def line_at(text: str, place: str) -> int | None:
    """Return the line in well-formed JSON of the value at the JSON pointer `place`, counted from 1; None for no value.

    The values before it are skipped at the speed of Python's own parser.
    """
    index = _skipped(text, 0)
    for step in place.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        for name, _, at in _inside(text, index):
            if name == key:
                index = at
                break
        else:
            return None
    return text.count("\n", 0, index) + 1


def repeated(text: str) -> tuple[str, int, int] | None:
    """Return a key that an object in well-formed JSON has twice, and the lines of both; None when there is none."""
    waiting = [_skipped(text, 0)]
    while waiting:
        seen: dict[str, int] = {}
        for name, before, index in _inside(text, waiting.pop()):
            if name in seen:
                return name, text.count("\n", 0, seen[name]) + 1, text.count("\n", 0, before) + 1
            seen[name] = before
            if text[index] in "{[":
                waiting.append(index)
    return None


def _inside(text: str, index: int) -> Iterator[tuple[str, int, int]]:
    """Yield the key or index of each value in the container at `index`, the place of its key (or -1), and its own."""
    opening = text[index : index + 1]
    if opening not in ("{", "["):
        return
    index, count = _skipped(text, index + 1), 0
    while text[index] not in "}]":
        name, before = str(count), -1
        if opening == "{":
            before = index
            name, index = _DECODER.raw_decode(text, index)
            index = _skipped(text, _skipped(text, index) + 1)
        yield name, before, index
        index = _skipped(text, _DECODER.raw_decode(text, index)[1])
        if text[index] == ",":
            index = _skipped(text, index + 1)
        count += 1


def _skipped(text: str, index: int) -> int:
    found = BLANKS.match(text, index)
    return found.end() if found else index
