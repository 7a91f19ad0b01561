"""Plain requests, read with one regular expression, and the heads of ordinary responses.

Both may only accept: what h11 could read, or would write, in another way is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.types import Message

from mockbot.dataclass import dataclass

Fields = Sequence[tuple[bytes, bytes]]
MOST = 16 * 1024
"""Bytes of a head that the lane reads."""
REQUEST = re.compile(
    rb"(GET|POST) (/[!-\"$&->@-~]*)(?:\?([!-~]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+: ?[!-~](?:[ -~]*[!-~])?\r\n)+)\r\n"
)
"""A part of what h11 accepts (RFC 9112): no percent-encoding in the path, no empty, folded or non-ASCII fields."""
FIELD = re.compile(rb"([A-Za-z0-9-]+): ?([^\r]*)\r\n")
OTHERS = frozenset({b"transfer-encoding", b"expect", b"connection", b"upgrade"})
"""Fields that make h11 read a request in another way."""
HEADS = {status: b"HTTP/1.1 %d \r\n" % status for status in range(200, 600) if status not in (204, 304)}
"""The status lines of responses with a body."""
LINES = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [!-~](?:[\t -~]*[!-~])?\r\n)*")
"""A part of the fields that h11 writes unchanged."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A whole request."""

    method: bytes
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    """With names in lower case."""
    body: bytes


def read(data: bytes) -> Plain | None:
    """Return the request that `data` is; None if it is not exactly one that the lane takes."""
    found = REQUEST.match(data, 0, MOST)
    if found is None:
        return None
    headers = [(name.lower(), value) for name, value in FIELD.findall(found[4])]
    hosts = length = 0
    for name, value in headers:
        if name in OTHERS:
            return None
        if name == b"host":
            hosts += 1
        elif name == b"content-length":
            if length or len(value) > 8 or not value.isdigit():
                return None
            length = int(value) or -1  # a second field is seen, also after a zero
    if hosts != 1 or len(data) - found.end() != max(length, 0):
        return None
    return Plain(found[1], found[2], found[3] or b"", headers, data[found.end() :])


def head_of(message: Message) -> tuple[bytes, int | None] | None:
    """Return the bytes of the head of a response, and how long its body is (None: in chunks).

    None if h11 has to write it: an unusual status or framing, a field that it would refuse or change.
    """
    line, length = HEADS.get(message["status"]), None
    lines = []
    for name, value in message.get("headers", ()):
        if type(name) is not bytes or type(value) is not bytes or b":" in name:  # a field ends its name at the first
            return None
        key = name.lower()
        if key == b"content-length":
            if length is not None or not value.isdigit() or len(value) > 18:
                return None
            length = int(value)
        elif key == b"transfer-encoding" or (key == b"connection" and value != b"keep-alive"):
            return None
        lines.append(b"%b: %b\r\n" % (name, value))
    block = b"".join(lines)
    if line is None or block.count(b"\r\n") != len(lines) or LINES.fullmatch(block) is None:
        return None
    end = b"Transfer-Encoding: chunked\r\n\r\n" if length is None else b"\r\n"
    return line + block + end, length
