"""The headers and query parameters that carry secrets: what they carry, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

from mockbot.contract.wire.message import pairs_of
from mockbot.dataclass import dataclass

HEADERS = frozenset(
    {b"x-api-key", b"api-key", b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-auth-token"}
)
QUERY = frozenset({"api_key", "key", "token", "apikey", "access_token"})
PUBLIC = frozenset({"algorithm", "charset", "nc", "qop", "realm", "uri", "userhash"})
"""Parameters of an Authorization header that are not secret (RFC 7616 section 3.4)."""
MASK = "***"
SHOWN = 4
"""Characters that are shown of a key longer than eight: enough to distinguish a key from a password."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """The names, in lower case, of the headers and query parameters that carry secrets."""

    headers: frozenset[bytes] = HEADERS
    query: frozenset[str] = QUERY

    def with_names(self, headers: Iterable[str], query: Iterable[str]) -> Carriers:
        """Return these and further names, in any case."""
        more = frozenset(name.lower().encode("latin-1", "replace") for name in headers)
        return Carriers(self.headers | more, self.query | frozenset(name.lower() for name in query))


COMMON = Carriers()
"""The carriers that every server has."""


def mask(secret: str) -> str:
    """Return a secret with its scheme and, if it is long, its first four characters visible."""
    scheme, blank, rest = secret.partition(" ")
    shown, hidden = (f"{scheme} ", rest) if blank and scheme.isalpha() else ("", secret)
    return shown + (hidden[:SHOWN] if len(hidden) > 8 else "") + MASK


def credentials(query: bytes, headers: Iterable[tuple[bytes, bytes]], carriers: Carriers = COMMON) -> tuple[str, ...]:
    """Return the secrets in the headers and parameters that carry them, unmasked; never to be stored or shown."""
    in_headers = [value.decode("latin-1").strip() for name, value in headers if name.lower() in carriers.headers]
    if not query:
        return tuple(in_headers)
    in_query = [value.strip() for name, value in query_pairs(query) if name.lower() in carriers.query]
    return (*in_headers, *in_query)


def parts(text: str) -> Iterator[str]:
    """Yield the secrets within a credential: tokens, the values of cookies and of parameters, without their quotes."""
    fields = re.split(r"[\s,;]+", text)
    if len(fields) > 1 and fields[0].isalpha():
        del fields[0]
    for field in fields:
        name, _, value = field.partition("=")
        if not value.strip("=\"'"):
            yield field.strip("\"'")
        elif name.lower() not in PUBLIC:
            yield value.strip("\"'")


def mask_headers(headers: Iterable[tuple[bytes, bytes]], carriers: Carriers = COMMON) -> tuple[tuple[str, str], ...]:
    """Return headers as text, with secrets masked."""
    texts = ((name.decode("latin-1"), value.decode("latin-1"), name.lower()) for name, value in headers)
    return tuple((name, mask(value) if lower in carriers.headers else value) for name, value, lower in texts)


def mask_pairs(pairs: Iterable[tuple[str, str]], carriers: Carriers = COMMON) -> list[tuple[str, str]]:
    """Return names and values of query parameters, with secrets masked."""
    return [(name, mask(value) if name.lower() in carriers.query else value) for name, value in pairs]


def mask_query(query: bytes, carriers: Carriers = COMMON) -> str:
    """Return a query string with secrets masked; without secrets, byte for byte as it was sent."""
    return mask_query_of(query, query_pairs(query), carriers)


def mask_query_of(query: bytes, pairs: Sequence[tuple[str, str]], carriers: Carriers) -> str:
    """Return a query string with secrets masked; `pairs` are its names and values."""
    if not any(name.lower() in carriers.query for name, _ in pairs):
        return query.decode("latin-1")
    return urlencode(mask_pairs(pairs, carriers), safe="*")


def query_pairs(query: bytes) -> Sequence[tuple[str, str]]:
    """Return the names and values in a query string, unescaped."""
    return pairs_of(query.decode("latin-1"))
