"""Texts of a recording as scripts write them: identifiers and times become placeholders, braces are doubled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

UUID = r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])"
TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
STORED = r"(?<![0-9])[0-9]{17}_[0-9a-f]{4}(?![0-9a-f])"
"""Begins the name under which AstrBot 4.29.3 stores a file (BEHAVIOUR.md section 9.1)."""
NEAR_SECONDS = 600.0
"""How far a time in a reply may be from that of the request to be the time of the reply."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Texts:
    """How the texts of one exchange are written.

    `names` are texts with the placeholder that stands for them. `kept` are identifiers that stay as they are, because
    the request or the fixture has them. `moment` is the time of the exchange, in seconds since 1970.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    kept: Collection[str] = frozenset()
    moment: float = 0.0

    def text(self, text: str) -> str:
        """Return a text as a script writes it."""
        parts, last = [], 0
        for found in self._pattern().finditer(text):
            placeholder = self._placeholder(found[0])
            if placeholder is not None:
                parts += [escaped(text[last : found.start()]), placeholder]
                last = found.end()
        return "".join([*parts, escaped(text[last:])])

    def value(self, value: JSON) -> JSON:
        """Return a JSON value as a script writes it; the names in objects stay as they are."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {name: self.value(item) for name, item in value.items()}
        return value

    def _pattern(self) -> re.Pattern[str]:
        names = sorted((name for name in self.names if 0 < len(name) <= LONGEST_NAME), key=len, reverse=True)
        words = [rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names]
        return re.compile("|".join([*words, UUID, TIME]))

    def _placeholder(self, found: str) -> str | None:
        if found in self.names:
            return self.names[found]
        if re.fullmatch(TIME, found):
            return "{now}" if self._is_now(found) else None
        return None if found in self.kept else "{uuid}"

    def _is_now(self, text: str) -> bool:
        try:
            return abs(datetime.fromisoformat(text).timestamp() - self.moment) <= NEAR_SECONDS
        except ValueError:
            return False


def escaped(text: str) -> str:
    """Return a text without placeholders: each brace is doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def identifiers(text: str) -> set[str]:
    """Return the UUIDs in a text."""
    return set(re.findall(UUID, text))


def without_identifiers(value: JSON) -> JSON:
    """Return a value in which all UUIDs are equal, and all times."""
    match value:
        case str():
            return re.sub(TIME, "<time>", re.sub(f"{UUID}|{STORED}", "<id>", value))
        case list():
            return [without_identifiers(item) for item in value]
        case dict():
            return {name: without_identifiers(item) for name, item in value.items()}
    return value


def two_digits(seconds: float) -> float:
    """Return a time rounded to two digits."""
    return float(f"{seconds:.2g}")


def duration(seconds: float) -> str:
    """Return a time as scripts write it, rounded to two digits: `40ms`, `1.2s`."""
    rounded = two_digits(seconds)
    return f"{rounded * 1000:g}ms" if rounded < 1 else f"{rounded:g}s"
