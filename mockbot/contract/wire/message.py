"""The parts of a request that have parameters, split but not decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from urllib.parse import unquote, unquote_plus

from mockbot.contract.media_types import read_cookies


class Fields:
    """Names and values of a query, a form or a Cookie header, by their decoded names; `decode` decodes a value."""

    def __init__(self, pairs: Sequence[tuple[str, str]], decode: Callable[[str], str]) -> None:
        self._pairs, self.decode = pairs, decode

    @classmethod
    def of_query(cls, query: bytes) -> Fields:
        """Split a query or a form (application/x-www-form-urlencoded)."""
        pieces = (piece.partition("=") for piece in query.decode("utf-8", "replace").split("&") if piece)
        return cls([(form_decoded(name), value) for name, _, value in pieces], form_decoded)

    @cached_property
    def values(self) -> Mapping[str, list[str]]:
        """The values of each name."""
        found: dict[str, list[str]] = {}
        for name, value in self._pairs:
            found.setdefault(name, []).append(value)
        return found

    @cached_property
    def brackets(self) -> Mapping[str, list[tuple[list[str], str, str]]]:
        """For each name before a bracket: the steps in the brackets, the value, and the whole name."""
        from mockbot.contract.wire.brackets import steps

        found: dict[str, list[tuple[list[str], str, str]]] = {}
        for name, value in self._pairs:
            base, path = steps(name)
            if path:
                found.setdefault(base, []).append((path, value, name))
        return found


def form_decoded(text: str) -> str:
    """Return text without percent-encoding, in which `+` is a space."""
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return what `parse_qsl` returns with empty values; in a third of the time, because most are not encoded."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(form_decoded(name), form_decoded(value)) for name, _, value in parts]


def percent_decoded(text: str) -> str:
    """Return text without percent-encoding."""
    return unquote(text, errors="replace") if "%" in text else text


class Request:
    """What is read of a request, each part on first use."""

    def __init__(self, query: bytes, headers: Sequence[tuple[bytes, bytes]], path: Mapping[str, str]) -> None:
        self._query, self._headers, self.path = query, headers, path
        """`path` has the values of the path's parameters, decoded."""

    @property
    def text(self) -> str:
        """The whole query, not decoded."""
        return self._query.decode("utf-8", "replace")

    @cached_property
    def query(self) -> Fields:
        """The fields of the query."""
        return Fields.of_query(self._query)

    @cached_property
    def cookies(self) -> Fields:
        """The cookies."""
        return Fields([pair for value in self.header("cookie") for pair in read_cookies(value)], percent_decoded)

    @cached_property
    def joined_cookies(self) -> Fields | None:
        """The cookies where `&` separates them too, as the style `form` has it; None where there is no `&`."""
        texts = [value.replace("&", ";") for value in self.header("cookie") if "&" in value]
        return Fields([pair for value in texts for pair in read_cookies(value)], percent_decoded) if texts else None

    def header(self, name: str) -> list[str]:
        """Return the values of a header field, as UTF-8 where they are that."""
        return list(header_values(self._headers, name))


def header_values(headers: Sequence[tuple[bytes, bytes]], name: str) -> Iterator[str]:
    """Yield the values of a header field, as UTF-8 where they are that, else as Latin-1."""
    wanted = name.lower().encode("utf-8", "replace")
    for key, value in headers:
        if key.lower() == wanted:
            try:
                yield value.decode("utf-8")
            except UnicodeDecodeError:
                yield value.decode("latin-1")
