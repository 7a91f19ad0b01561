"""Placeholders in a script's texts: `{message}`, `{uuid:4}` (its first four characters), a regex group.

`{{` and `}}` are plain braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

from mockbot.jsontext import JSON, escape

REQUEST_NAMES = frozenset({"message", "username", "session_id", "umo", "n"})
NAMES = REQUEST_NAMES | {"now", "uuid", "request"}
BRACES = re.compile(r"\{\{|\}\}|\{(\w[\w.-]*)(?::(\d{1,3}))?\}|[{}]")

Values: TypeAlias = Mapping[str, Callable[[], str]]


def fill(text: str, values: Values) -> str:
    """Return `text` with each placeholder replaced; the value is computed again for each occurrence."""

    if "{" not in text and "}" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        name, length = found.groups()
        if name is None:
            return found[0][0]
        value = values[name]()
        return value[: int(length)] if length else value

    return BRACES.sub(one, text)


def fill_all(value: JSON, values: Values) -> JSON:
    """Return `value` with the placeholders in every string replaced; keys are left unchanged."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, list):
        return [fill_all(item, values) for item in value]
    if isinstance(value, dict):
        return {key: fill_all(item, values) for key, item in value.items()}
    return value


def mistakes(value: JSON, names: Collection[str], at: str = "") -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, sentence) for each unknown placeholder in `value` and each single brace."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from mistakes(item, names, f"{at}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from mistakes(item, names, f"{at}/{escape(key)}")
    elif isinstance(value, str):
        for found in BRACES.finditer(value):
            if found[1] and found[1] not in names:
                known = ", ".join(f"{{{name}}}" for name in sorted(names))
                yield (
                    at,
                    f"there is no placeholder {{{found[1]}}}; known are {known} (write {{{{ or }}}} for a plain brace)",
                )
            elif len(found[0]) == 1:
                yield at, f"a single {found[0]!r}; write {found[0] * 2} for a plain brace"
