"""Which headers a request and a response keep on their way through the proxy (RFC 9110, section 7.6.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from mockbot.contract.content_coding import SUPPORTED

Fields: TypeAlias = list[tuple[bytes, bytes]]
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
NEEDED = frozenset((b"content-length", b"content-type", b"host"))
"""Headers that stay even if Connection names them: the next hop could not read the message without them."""
OWN = frozenset((b"date", b"server"))
"""Headers of responses that the server adds itself."""
CODINGS = frozenset((*SUPPORTED, "x-gzip", "identity", "*"))
"""What the proxy can read of Accept-Encoding; `*` is replaced, because it stands for other codings, too."""


def request_headers(headers: Iterable[tuple[bytes, bytes]], host: bytes) -> Fields:
    """Return the headers of a request for the server at `host`.

    A body without a length keeps its chunks. The codings in Accept-Encoding are those that the proxy can read.
    """
    found = [(name.lower(), value) for name, value in headers]
    kept = [(b"host", host)]
    for name, value in _end_to_end(found):
        if name == b"accept-encoding":
            kept.append((name, _readable(value)))
        elif name not in (b"host", b"expect"):  # the server has answered `expect` itself
            kept.append((name, value))
    chunked = any(name == b"transfer-encoding" for name, _ in found)
    return [*kept, (b"transfer-encoding", b"chunked")] if chunked else kept


def response_headers(headers: Iterable[tuple[bytes, bytes]], base_url: str) -> Fields:
    """Return the headers of a response for the client.

    A Location below `base_url` becomes a path, so that a client that follows it stays with the proxy. A length beside
    chunks is left out (RFC 9112, section 6.3).
    """
    found = [(name.lower(), value) for name, value in headers]
    chunked = any(name == b"transfer-encoding" for name, _ in found)
    kept = [(name, value) for name, value in _end_to_end(found) if not (chunked and name == b"content-length")]
    return [
        (name, _below(value, base_url.encode()) if name == b"location" else value)
        for name, value in kept
        if name not in OWN
    ]


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    found = list(headers)
    named = {part.strip().lower() for name, value in found if name == b"connection" for part in value.split(b",")}
    return [each for each in found if each[0] not in HOP_BY_HOP | (named - NEEDED)]


def _readable(value: bytes) -> bytes:
    codings = [each.strip() for each in value.decode("latin-1").split(",")]
    known = [each for each in codings if each.partition(";")[0].strip().lower() in CODINGS - {"*"}]
    if any(each.partition(";")[0].strip() == "*" for each in codings):
        known.append("gzip")
    return (", ".join(dict.fromkeys(known)) or "identity").encode("latin-1")


def _below(location: bytes, base: bytes) -> bytes:
    rest = location.removeprefix(base)
    return (rest if rest.startswith(b"/") else b"/" + rest) if rest != location and rest[:1] in b"/?#" else location
