"""JSON in the two forms that AstrBot writes, and JSON pointers (RFC 6901).

The bodies of AstrBot's responses are compact ASCII with one line feed at the end; the frames of its streams have spaces
and raw UTF-8 (BEHAVIOUR.md sections 1 and 8.4).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import unquote

JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None


def compact(value: JSON) -> bytes:
    """Return JSON as the body of a response: no spaces, non-ASCII characters escaped, a line feed at the end."""
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def spaced(value: JSON) -> str:
    """Return JSON as the data of a frame: separators `", "` and `": "`, non-ASCII characters unescaped.

    A text with a lone surrogate has no UTF-8 form; then all non-ASCII characters are escaped.
    """
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
    """Return the value at the JSON pointer `place` in `document`; raise LookupError if there is none."""
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
    """Return the target of a local reference, `#/a/b` (RFC 6901 section 6); raise LookupError if there is none."""
    if not reference.startswith("#"):
        raise LookupError(reference)
    return find(document, unquote(reference[1:]))
