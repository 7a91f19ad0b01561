"""The headers and query parameters that carry secrets: what they carry, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode

HEADERS = frozenset(
    {b"x-api-key", b"api-key", b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-auth-token"}
)
QUERY = frozenset({"api_key", "key", "token", "apikey", "access_token"})
MASK = "***"
SHOWN = 4
"""Characters that are shown of a key longer than eight: enough to distinguish a key from a password."""


def mask(secret: str) -> str:
    """Return a secret with its scheme and, if it is long, its first four characters visible."""
    scheme, blank, rest = secret.partition(" ")
    shown, hidden = (f"{scheme} ", rest) if blank and scheme.isalpha() else ("", secret)
    return shown + (hidden[:SHOWN] if len(hidden) > 8 else "") + MASK


def credentials(query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """Return the secrets in the headers and parameters that carry them, unmasked; never to be stored or shown."""
    in_headers = [value.decode("latin-1").strip() for name, value in headers if name.lower() in HEADERS]
    in_query = [value.strip() for name, value in query_pairs(query) if name.lower() in QUERY]
    return (*in_headers, *in_query)


def mask_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Return headers as text, with secrets masked."""
    return tuple(
        (name.decode("latin-1"), mask(value.decode("latin-1")) if name.lower() in HEADERS else value.decode("latin-1"))
        for name, value in headers
    )


def mask_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return names and values of query parameters, with secrets masked."""
    return [(name, mask(value) if name.lower() in QUERY else value) for name, value in pairs]


def mask_query(query: bytes) -> str:
    """Return a query string with secrets masked; without secrets, byte for byte as it was sent."""
    pairs = query_pairs(query)
    if not any(name.lower() in QUERY for name, _ in pairs):
        return query.decode("latin-1")
    return urlencode(mask_pairs(pairs), safe="*")


def query_pairs(query: bytes) -> Sequence[tuple[str, str]]:
    """Return the names and values in a query string, unescaped."""
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)
