"""Placeholders in a script's texts: `{message}`, `{uuid:4}` (its first four characters), a regex group.

`{{` and `}}` are plain braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

from mockbot.errors import UserError
from mockbot.jsontext import JSON, escape

REQUEST_NAMES = frozenset({"message", "username", "session_id", "umo", "n"})
NAMES = REQUEST_NAMES | {"now", "uuid", "request"}
BRACES = re.compile(r"\{\{|\}\}|\{(\w[\w.-]*)(?::(\d{1,3}))?\}|[{}]")

Values: TypeAlias = Mapping[str, Callable[[], str]]


MOST = 16 * 1024 * 1024
"""The most characters that the placeholders of one response are replaced by."""


class TooLong(UserError):
    """A script whose placeholders are replaced by too much text."""


class Filling(dict[str, Callable[[], str]]):
    """The values of the placeholders in one response, which together have at most MOST characters."""

    left = MOST

    def spend(self, characters: int) -> None:
        """Count characters that replace a placeholder; raise TooLong if there are too many."""
        self.left -= characters
        if self.left < 0:
            raise TooLong(
                f"the placeholders of this script are replaced by more than {MOST} characters; "
                "use fewer of them, or shorten their values, such as {message:100}"
            )


def fill(text: str, values: Values) -> str:
    """Return `text` with each placeholder replaced; the value is computed again for each occurrence.

    Raise TooLong when the values become too long, for a Filling those of all its texts.
    """
    if "{" not in text and "}" not in text:
        return text
    filling = values if isinstance(values, Filling) else Filling()

    def one(found: re.Match[str]) -> str:
        name, length = found.groups()
        if name is None:
            return found[0][0]
        value = values[name]()
        value = value[: int(length)] if length else value
        filling.spend(len(value))
        return value

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
