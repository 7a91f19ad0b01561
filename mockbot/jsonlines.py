"""The lines of the values and keys in a JSON text, for errors that name them."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Places:
    """Where the values are in a well-formed JSON text. Each container is read once, when a place in it is looked for.

    The values in it are skipped at the speed of Python's own parser.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._inside: dict[int, dict[str, int]] = {}
        """The places in each container by their names or indexes, by its own place."""

    def line(self, pointer: str) -> int | None:
        """Return the line of the value at a JSON pointer, counted from 1; None for no value."""
        index = _skipped(self._text, 0)
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if index not in self._inside:
                self._inside[index] = {name: at for name, _, at in _inside(self._text, index)}
            if key not in self._inside[index]:
                return None
            index = self._inside[index][key]
        return bisect_left(self._ends, index) + 1

    @cached_property
    def _ends(self) -> list[int]:
        """The places of the line feeds."""
        return [found.start() for found in re.finditer("\n", self._text)]


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
