"""A request as a curl command, with the key masked."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

KEY = '"$MOCKBOT_KEY"'
"""Replaces a key; the shell inserts its value."""
OMITTED = {
    "accept", "accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent",
    "x-schemathesis-testcaseid",
}  # fmt: skip
"""Headers that curl adds itself, or that do not belong to the request."""

LONGEST = 2000
"""The most characters of a line in a report."""


def curl_line(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None, key: str) -> str:
    """Return the command that sends this request again."""
    shown = [(name, value) for name, value in headers if name.lower() not in OMITTED]
    words = ["curl", *(["--head"] if method == "HEAD" else ["-X", method]), _quoted(url, key)]
    for name, value in shown:
        words += ["-H", _quoted(f"{name}: {value}" if value else f"{name};", key)]
    if not body:
        return " ".join(words)
    if not any(name.lower() == "content-type" for name, _ in shown):
        words += ["-H", "Content-Type:"]
    text = _text(body)
    if text is None:
        return f"printf {_printf(body)} | {' '.join([*words, '--data-binary', '@-'])}"
    return " ".join([*words, "--data-raw", _quoted(text, key)])


def masked(text: str, key: str) -> str:
    """Return `text` with the key replaced by `$MOCKBOT_KEY`."""
    return text.replace(key, "$MOCKBOT_KEY") if key else text


def shortened(line: str) -> str:
    """Return a line for a report; a long one is truncated, and its length is added."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}... ({len(line)} characters)"


def _quoted(text: str, key: str) -> str:
    pieces = text.split(key) if key else [text]
    return KEY.join(_quoted_piece(piece) if piece or len(pieces) == 1 else "" for piece in pieces)


def _quoted_piece(text: str) -> str:
    """Quote for a POSIX shell, or with `$'...'` if there are characters that a terminal would change."""
    if text.isprintable() and text.isascii():
        return shlex.quote(text)
    return f"$'{''.join(_escaped(text))}'"


def _escaped(text: str) -> Iterator[str]:
    for char in text:
        if char in "\\'":
            yield f"\\{char}"
        elif char.isprintable():
            yield char
        else:
            yield "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def _text(body: bytes) -> str | None:
    """Return the body as text, or None if it cannot be a command's argument."""
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None


def _printf(body: bytes) -> str:
    """Return any bytes as a format of printf(1)."""
    pieces = (chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\%'" else f"\\{byte:03o}" for byte in body)
    return f"'{''.join(pieces)}'"
