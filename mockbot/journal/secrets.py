"""Keys never leave: what carries one is masked before it is kept or shown."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

HEADERS = frozenset({b"x-api-key", b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"})
QUERY = frozenset({"api_key", "key", "token"})
MASK = "***"


def mask(secret: str) -> str:
    """Return what may be shown of a key: a scheme and the first four characters of a long one."""
    scheme, blank, rest = secret.partition(" ")
    shown, hidden = (f"{scheme} ", rest) if blank and scheme.isalpha() else ("", secret)
    return shown + (hidden[:4] if len(hidden) > 8 else "") + MASK


def mask_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Return headers as text, secrets masked."""
    return tuple(
        (name.decode("latin-1"), mask(value.decode("latin-1")) if name.lower() in HEADERS else value.decode("latin-1"))
        for name, value in headers
    )


def mask_query(query: bytes) -> str:
    """Return a query string, secrets masked; the rest stays as it was sent."""
    text = query.decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True)
    if not any(name in QUERY for name, _ in pairs):
        return text
    return urlencode([(name, mask(value) if name in QUERY else value) for name, value in pairs])
