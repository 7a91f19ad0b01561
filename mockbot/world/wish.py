"""Wishes: what a request asks of its response, in `Prefer` headers (RFC 7240) and `__prefer` query parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import islice
from urllib.parse import unquote_plus

from mockbot.dataclass import dataclass
from mockbot.fault.fault import Fault

SCOPE_WISH = "mockbot.wish"
NAMES = ("code", "example", "script", "fault", "dynamic")
"""The preferences that are wishes; others are ignored."""
TWIN = "__prefer"
"""The name of the query parameter with the same syntax as the header."""
MOST = 20
"""How many faults one request can wish for."""
MOST_READ = 500
"""How many preferences of a request are read, and how many parameters of each; no fault has as many."""
PIECES = {
    separator: re.compile(rf'(?:[^"{separator}]|"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z))*+', re.DOTALL) for separator in ",;"
}
"""What is between two separators that are not within quotes, by separator."""
NOT_SENT = re.compile(r"[^\x20-\x7e]")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference: `fault=delay;seconds=2` has the name `fault`, the value `delay` and a parameter."""

    name: str
    """In lower case."""
    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        pairs = [(self.name, self.value), *self.parameters.items()]
        return ";".join(f"{name}={_word(value)}" if value else name for name, value in pairs)


@dataclass(slots=True)
class Wish:
    """The wishes of one request, and what became of them."""

    asked: tuple[Preference, ...]
    due: list[Fault] = field(default_factory=list)
    """The faults to apply to the response; the API adds them when it grants the wish."""
    granted: bool = False
    """Set by the API."""

    def get(self, name: str) -> Preference | None:
        """Return the preference of that name; None if the request does not have it."""
        return next((each for each in self.asked if each.name == name), None)

    @property
    def faults(self) -> tuple[Preference, ...]:
        """Return the faults that the request wishes for."""
        return tuple(each for each in self.asked if each.name == "fault")

    def __str__(self) -> str:
        return shown(self.asked)


def shown(wishes: Iterable[Preference]) -> str:
    """Return wishes as a header writes them."""
    return NOT_SENT.sub("?", ", ".join(map(str, wishes)))


def wishes(texts: Iterable[str]) -> tuple[Preference, ...]:
    """Return the wishes in the values of headers: of each name the first, as RFC 7240 has it, but all faults."""
    found: list[Preference] = []
    for preference in islice((each for text in texts for each in preferences(text)), MOST_READ):
        many = preference.name == "fault" and len(found) < MOST
        if preference.name in NAMES and (many or all(preference.name != each.name for each in found)):
            found.append(preference)
    return tuple(found)


def preferences(text: str) -> Iterator[Preference]:
    """Yield the preferences in the value of one Prefer header (RFC 7240, section 2); leave out malformed ones."""
    for piece in filter(str.strip, _split(text, ",")):
        pairs = [_pair(part) for part in islice(_split(piece, ";"), MOST_READ)]
        (name, value), *rest = pairs
        if TOKEN.fullmatch(name):
            yield Preference(name.lower(), value, dict(reversed([(key, each) for key, each in rest if key])))


def without_twins(query: str) -> tuple[str, list[str]]:
    """Return a query string without its `__prefer` parameters, and their decoded values."""
    kept, twins = [], []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if unquote_plus(name) == TWIN:
            twins.append(unquote_plus(value))
        else:
            kept.append(pair)
    return "&".join(kept), twins


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return name.strip(), value


def _split(text: str, separator: str) -> Iterator[str]:
    """Yield what is between separators that are not within quotes."""
    start, piece = 0, PIECES[separator]
    while start <= len(text) and (found := piece.match(text, start)) is not None:
        yield found[0]
        start = found.end() + 1


def _word(value: str) -> str:
    """Return a value as a token, or quoted."""
    return value if TOKEN.fullmatch(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
