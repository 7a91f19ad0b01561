"""JSON the two ways AstrBot writes it, and the pointers that name a value's place in it.

AstrBot's answers are compact ASCII with one line feed at the end, its stream frames are spaced and raw UTF-8
(BEHAVIOUR.md sections 1 and 8.4).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None


def compact(value: JSON) -> bytes:
    """Write an answer's body: no blanks, non-ASCII as escapes, a line feed at the end."""
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def spaced(value: JSON) -> str:
    """Write a frame's data: `", "` and `": "`, non-ASCII as it is, but escaped where a lone surrogate has no UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def escape(key: str) -> str:
    """Return `key` as a reference token of a JSON pointer (RFC 6901 section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path of keys and indexes; the whole document is the empty string."""
    return "".join(f"/{escape(str(part))}" for part in path)


def find(document: JSON, place: str) -> Any:
    """Return the value at the JSON pointer `place` in `document`; LookupError when there is none."""
    node: Any = document
    for step in place.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdecimal():
            node = node[int(key)]
        elif isinstance(node, dict):
            node = node[key]
        else:
            raise LookupError(place)
    return node


def follow(document: JSON, reference: str) -> Any:
    """Return what a local reference, `#/a/b` (RFC 6901 section 6), leads to in `document`; LookupError when nowhere."""
    if not reference.startswith("#"):
        raise LookupError(reference)
    return find(document, unquote(reference[1:]))
