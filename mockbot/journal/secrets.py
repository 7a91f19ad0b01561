"""Keys never leave: what carries one is masked before it is kept or shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode

from mockbot.journal.entry import Chunk
from mockbot.jsontext import JSON
from mockbot.violation import Violation

HEADERS = frozenset(
    {b"x-api-key", b"api-key", b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-auth-token"}
)
QUERY = frozenset({"api_key", "key", "token", "apikey", "access_token"})
MASK = "***"
SHORTEST = 6
"""Characters of a key from which on it is also looked for inside other texts; shorter ones are words."""
SHOWN = 4
"""Characters that are shown of a key longer than eight: enough to tell `abk_` from a password."""
ANY_KEY = r"abk_[A-Za-z0-9_-]{8,}"
"""A key as AstrBot makes them (BEHAVIOUR.md section 2), known to the world or not."""


def mask(secret: str) -> str:
    """Return what may be shown of a key: a scheme and the first four characters of a long one."""
    scheme, blank, rest = secret.partition(" ")
    shown, hidden = (f"{scheme} ", rest) if blank and scheme.isalpha() else ("", secret)
    return shown + (hidden[:SHOWN] if len(hidden) > 8 else "") + MASK


def credentials(query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """Return the secrets that a request carries where secrets belong, as they are; never to be kept or shown."""
    named = [value.decode("latin-1").strip() for name, value in headers if name.lower() in HEADERS]
    asked = [value.strip() for name, value in _pairs(query) if name.lower() in QUERY]
    return (*named, *asked)


class Secrets:
    """Masks a world's `keys`, and what one request has `carried`, wherever they stand.

    What is masked keeps its length, so that pieces of a stream stay pieces.
    """

    def __init__(self, keys: Iterable[str], carried: Iterable[str] = ()) -> None:
        known = frozenset(key for key in keys if len(key) >= SHORTEST)
        words = {word for text in carried for word in (text, text.rpartition(" ")[2]) if len(word) >= SHORTEST}
        self._pattern, longest = _pattern(known)
        self._carried = sorted({form for word in words - known for form in _forms(word)}, key=len, reverse=True)
        self._longest = max([longest, *map(len, self._carried)])

    def text(self, text: str) -> str:
        """Return a text without keys."""
        text = self._pattern.sub(lambda found: _veil(found[0]), text)
        for form in self._carried:  # not into a pattern: each wrong key would cost a compilation
            text = text.replace(form, _veil(form))
        return text

    def data(self, data: bytes, kept: int | None = None) -> bytes:
        """Return the first `kept` bytes, without keys, also without one that ends beyond them."""
        text = (data if kept is None else data[: kept + self._longest]).decode("latin-1")
        return self.text(text)[:kept].encode("latin-1")

    def json(self, value: JSON) -> JSON:
        """Return a JSON value without keys in its texts."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {self.text(name): self.json(item) for name, item in value.items()}
        return value

    def violations(self, violations: Iterable[Violation]) -> tuple[Violation, ...]:
        """Return violations without keys in what they quote."""
        return tuple(
            replace(each, at=self.text(each.at), message=self.text(each.message), value=self.json(each.value))
            for each in violations
        )

    def chunks(self, chunks: list[Chunk]) -> None:
        """Mask the last chunk, and a key that began in those before it, in place."""
        first, size = len(chunks) - 1, 0
        while first > 0 and size < self._longest:
            first -= 1
            size += len(chunks[first].data)
        whole = b"".join(chunk.data for chunk in chunks[first:])
        masked = self.data(whole)
        if masked == whole:
            return
        for index in range(first, len(chunks)):
            length = len(chunks[index].data)
            chunks[index], masked = Chunk(chunks[index].at, masked[:length]), masked[length:]

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
        """Return headers as text without keys, whatever header they are in."""
        return tuple((self.text(name), self.text(value)) for name, value in mask_headers(headers))

    def query(self, query: bytes) -> str:
        """Return a query string without keys, whatever parameter they are in and however they are escaped."""
        pairs = _pairs(query)
        if all(self.text(part) == part for pair in pairs for part in pair):
            return self.text(mask_query(query))
        masked = [(name, mask(value) if name.lower() in QUERY else value) for name, value in pairs]
        return urlencode([(self.text(name), self.text(value)) for name, value in masked], safe="*")


def mask_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Return headers as text, secrets masked."""
    return tuple(
        (name.decode("latin-1"), mask(value.decode("latin-1")) if name.lower() in HEADERS else value.decode("latin-1"))
        for name, value in headers
    )


def mask_query(query: bytes) -> str:
    """Return a query string, secrets masked; the rest stays as it was sent."""
    pairs = _pairs(query)
    if not any(name.lower() in QUERY for name, _ in pairs):
        return query.decode("latin-1")
    return urlencode([(name, mask(value) if name.lower() in QUERY else value) for name, value in pairs], safe="*")


def _pairs(query: bytes) -> Sequence[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)


@lru_cache(maxsize=128)
def _pattern(keys: frozenset[str]) -> tuple[re.Pattern[str], int]:
    """Return a pattern of all forms of all keys, and the longest form's length."""
    forms = sorted({form for key in keys for form in _forms(key)}, key=len, reverse=True)
    pattern = "|".join([*map(re.escape, forms), ANY_KEY])
    return re.compile(pattern), max([64, *map(len, forms)])


def _forms(key: str) -> Iterator[str]:
    """Yield a key as it stands in texts, in bytes read as Latin-1, in JSON, and in a query."""
    yield key
    yield key.encode("utf-8", "replace").decode("latin-1")
    yield json.dumps(key)[1:-1]
    yield quote(key, safe="", errors="replace")


def _veil(key: str) -> str:
    shown = key[:SHOWN] if len(key) > 8 else ""
    return shown + "*" * (len(key) - len(shown))
