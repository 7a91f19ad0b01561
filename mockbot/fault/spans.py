"""The values in a JSON text and where they are written, so that one can be changed and all others stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from mockbot.dataclass import dataclass

Kind: TypeAlias = Literal["object", "array", "string", "number", "boolean", "null"]
Edit: TypeAlias = tuple[int, int, str]
"""Characters from, up to, and what to write in their place."""

TOKEN = re.compile(r'("(?:[^"\\]++|\\.)*+"?|[{}\[\]:,]|[^ \t\r\n{}\[\]:,"]++)')
KINDS: dict[str, Kind] = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean", "n": "null"}
"""The kinds of values by their first characters; all others are numbers."""
POINTER = r"(?:/(?:[^~/]|~[01])*)*"
"""A JSON pointer (RFC 6901), as a regular expression."""


@dataclass(slots=True)
class Value:
    """One value of a JSON text, with its place in characters."""

    source: str
    """The whole text."""
    path: tuple[str, ...]
    name: str
    """The key of the nearest member around it; empty when there is none."""
    kind: Kind
    first: int
    """Where it begins, with its key."""
    start: int
    """Where it begins, without its key."""
    end: int
    within: Value | None
    """The object or array that has it."""
    items: int = 0
    """How many members or items it has."""

    @property
    def text(self) -> str:
        """Return the text of the value."""
        return self.source[self.start : self.end]


def values(text: str) -> list[Value]:
    """Return all values of a JSON text in their order, an object or array before its content.

    Raise ValueError if the text is not JSON (RFC 8259), or nested too deeply for Python's own parser.
    """
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_not_json)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found: list[Value] = []
    within: Value | None = None
    key, first = "", -1
    for match in TOKEN.finditer(text):
        token, start = match[1], match.start(1)
        if token in ("}", "]"):
            assert within is not None
            within.end, within = match.end(), within.within
        elif token == "," or token == ":":
            continue
        elif within is not None and within.kind == "object" and first < 0:
            key, first = json.loads(token), start
        else:
            value = _value(text, within, key, token, start if first < 0 else first, start)
            found.append(value)
            first = -1
            if value.kind in ("object", "array"):
                within = value
    return found


def _value(source: str, within: Value | None, key: str, token: str, first: int, start: int) -> Value:
    path: tuple[str, ...] = ()
    name = ""
    if within is not None:
        in_object = within.kind == "object"
        path = (*within.path, key if in_object else str(within.items))
        name = key if in_object else within.name
        within.items += 1
    kind = KINDS.get(token[0], "number")
    return Value(source, path, name, kind, first, start, start + len(token), within)


def _not_json(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def at(found: Sequence[Value], pointer: str) -> list[Value]:
    """Return the values at a JSON pointer, in which `*` is every member or item."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return [
        each
        for each in found
        if len(each.path) == len(steps) and all(step in ("*", key) for step, key in zip(steps, each.path, strict=True))
    ]


def contents(found: Sequence[Value]) -> dict[int, list[Value]]:
    """Return the members or items of each object and array by its `id`; those of None is the whole document."""
    found_in: dict[int, list[Value]] = {}
    for each in found:
        found_in.setdefault(id(each.within), []).append(each)
    return found_in


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits that do not overlap."""
    pieces, done = [], 0
    for start, end, new in sorted(edits):
        pieces += [text[done:start], new]
        done = end
    return "".join([*pieces, text[done:]])


def without(found: Sequence[Value], dropped: Sequence[Value]) -> list[Edit]:
    """Return the edits that remove members and items, each with one comma."""
    edits: list[Edit] = []
    gone = {id(each) for each in dropped}
    content_of = contents(found)
    for container in {id(each.within) for each in dropped}:
        content = content_of[container]
        kept_before: Value | None = None
        for index, each in enumerate(content):
            if id(each) not in gone:
                kept_before = each
            elif kept_before is not None:
                edits.append((content[index - 1].end, each.end, ""))
            else:
                edits.append((each.first, content[index + 1].first if index + 1 < len(content) else each.end, ""))
    return edits


def quoted(text: str) -> str:
    """Return a text as JSON with raw UTF-8; all non-ASCII is escaped if it has a lone surrogate."""
    written = json.dumps(text, ensure_ascii=False)
    return json.dumps(text) if any("\ud800" <= char <= "\udfff" for char in written) else written
