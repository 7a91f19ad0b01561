"""What a client really got: the responses on a connection, read from the bytes that were sent.

The reader accepts any bytes. It does not ask what mockbot meant to send.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import cached_property
from itertools import accumulate
from typing import Literal

from mockbot.dataclass import dataclass
from mockbot.server.tap import Tapped, Written
from mockbot.sse import EVENT_STREAM, Event, Parser

STATUS_LINE = re.compile(rb"HTTP/1\.\d (\d{3})[^\r\n]*\r\n")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[^\r\n]*\r\n")
REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) (\S+) HTTP/1\.[01]\r\n")
MOST_DIGITS = 19
"""Digits of a length that are read."""
Ended = Literal["open", "closed", "reset", "left"]


@dataclass(frozen=True)
class Sent:
    """One response as it left."""

    method: str
    """Of the request that it answers; empty if there was none."""
    path: str
    status: int
    """0: nothing that looks like a response was sent."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, in order."""
    interim: tuple[int, ...] = ()
    """The 1xx before it."""
    chunks: tuple[Written, ...] = ()
    """The pieces of the body: HTTP chunks, or the writes of a body without them."""
    complete: bool = False
    """Whether its HTTP is complete."""
    broken: bool = False
    """Whether what followed is not HTTP, such as an illegal chunk header."""
    extra: bytes = b""
    """Bytes after the end that no request asked for."""
    ended: Ended = "open"
    """How the connection ended; `left`: the client closed it."""
    chunked: bool = False
    early: bool = False
    """Whether it was sent before the request's body had arrived."""
    accepts: str = ""
    """The request's Accept-Encoding."""
    raw: tuple[Written, ...] = field(default=(), repr=False)
    """The writes on the connection from the first byte of the response."""

    def header(self, name: str) -> str | None:
        """Return the value of a header by its name in lower case; None if there is none."""
        return next((value for key, value in self.headers if key == name), None)

    @cached_property
    def media_type(self) -> str:
        """Return the media type in lower case, without parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def is_stream(self) -> bool:
        """Return whether it is a stream of events by its media type."""
        return self.media_type == EVENT_STREAM

    @cached_property
    def wire_body(self) -> bytes:
        """Return the bytes of the body, still encoded by Content-Encoding."""
        return b"".join(chunk.data for chunk in self.chunks)

    @cached_property
    def body(self) -> bytes:
        """Return the bytes of the body, decoded as far as they can be."""
        body = self.wire_body
        if (self.header("content-encoding") or "") != "gzip":
            return body
        try:
            return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(body, 64 * 1024 * 1024)
        except (zlib.error, gzip.BadGzipFile):
            return b""

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Return the events of the body by WHATWG HTML 9.2.6."""
        return tuple(Parser().feed(self.body))

    @cached_property
    def values(self) -> tuple[object, ...]:
        """Return the JSON value of the body, or of each event that has one."""
        texts = [event.data for event in self.events] if self.is_stream else [self.body.decode("utf-8", "replace")]
        found = []
        for text in texts:
            with suppress(ValueError, RecursionError):
                found.append(json.loads(text))
        return tuple(found)


def responses(connections: Sequence[Tapped]) -> tuple[Sent, ...]:
    """Return the responses of all connections that had a request, in order of their first byte."""
    found = [sent for tapped in connections for sent in _responses(tapped)]
    return tuple(sorted(found, key=lambda sent: sent.raw[0].at if sent.raw else float("inf")))


def _responses(tapped: Tapped) -> Iterator[Sent]:
    received = bytes(tapped.received)
    requests = list(REQUEST_LINE.finditer(received))
    data = b"".join(piece.data for piece in tapped.sent)
    ends = list(accumulate(len(piece.data) for piece in tapped.sent))
    at = 0
    for index, request in enumerate(requests):
        reader = _Reader(tapped, data, ends, at)
        last = index == len(requests) - 1
        sent, end = reader.response(request[1].decode(), request[2].decode("latin-1"), last=last)
        end_of_head = received.find(b"\r\n\r\n", request.start()) % (len(received) + 1)
        head = dict(_headers(received[request.end() : end_of_head]))
        early = last and len(received) - end_of_head - 4 < _number(head.get("content-length", "0"))
        yield replace(sent, early=early, accepts=head.get("accept-encoding", ""))
        at = end
        if sent.broken or not sent.complete:
            return


def _number(text: str) -> int:
    """Return a length; 0 if it is none that a server reads."""
    return int(text) if text.isdecimal() and len(text) < MOST_DIGITS else 0


class _Reader:
    """Reads one response from the bytes of a connection."""

    def __init__(self, tapped: Tapped, data: bytes, ends: Sequence[int], start: int) -> None:
        self._tapped, self._data, self._start, self._at = tapped, data, start, start
        self._ends = ends

    def response(self, method: str, path: str, *, last: bool) -> tuple[Sent, int]:
        """Return the response and where its bytes end."""
        interim: list[int] = []
        status, headers = 0, tuple[tuple[str, str], ...]()
        while (found := STATUS_LINE.match(self._data, self._at)) is not None:
            end = self._data.find(b"\r\n\r\n", found.start())
            if end < 0:
                break
            status, headers = int(found[1]), _headers(self._data[found.end() : end])
            self._at = end + 4
            if status >= 200:
                break
            interim.append(status)
            status = 0
        broken = not status and self._at < len(self._data)
        chunked = any(name == "transfer-encoding" and value.lower() == "chunked" for name, value in headers)
        chunks: list[Written] = []
        complete = False
        if status:
            complete, broken = self._body(method, status, dict(headers), chunked, chunks)
        end = self._at
        extra = self._data[end:] if last and complete else b""
        sent = Sent(
            method=method,
            path=path,
            status=status,
            headers=headers,
            interim=tuple(interim),
            chunks=tuple(chunks),
            complete=complete,
            broken=broken,
            extra=extra,
            ended=self._tapped.ended,
            chunked=chunked,
            raw=tuple(self._writes(self._start, len(self._data) if last else end)),
        )
        return sent, end

    def _body(
        self, method: str, status: int, headers: dict[str, str], chunked: bool, chunks: list[Written]
    ) -> tuple[bool, bool]:
        """Read the body into `chunks`; return whether it is complete, and whether it is broken."""
        if method == "HEAD" or status in (204, 304):
            return True, False
        if chunked:
            return self._chunked(chunks)
        written = headers.get("content-length", "")
        length = written if len(written) < MOST_DIGITS else ""
        rest = len(self._data) - self._at
        size = int(length) if length.isdecimal() else rest
        chunks += self._writes(self._at, self._at + min(size, rest))
        self._at += min(size, rest)
        return (rest >= size if length.isdecimal() else self._tapped.ended == "closed"), False

    def _chunked(self, chunks: list[Written]) -> tuple[bool, bool]:
        while (found := CHUNK.match(self._data, self._at)) is not None:
            size = int(found[1], 16)
            begin, end = found.end(), found.end() + size
            if not size:
                self._at = begin + 2
                return self._data[begin : begin + 2] == b"\r\n", False
            chunks.append(Written(self._time(found.start()), self._data[begin:end]))
            if self._data[end : end + 2] != b"\r\n":
                self._at = len(self._data)
                return False, len(self._data) >= end + 2
            self._at = end + 2
        return False, self._at < len(self._data)

    def _writes(self, begin: int, end: int) -> Iterator[Written]:
        """Yield the writes between two offsets."""
        first = bisect_right(self._ends, begin)
        for piece, stop in zip(self._tapped.sent[first:], self._ends[first:], strict=True):
            start = stop - len(piece.data)
            if start >= end:
                return
            data = piece.data[max(0, begin - start) : max(0, end - start)]
            if data:
                yield Written(piece.at, data)

    def _time(self, offset: int) -> float:
        index = bisect_right(self._ends, offset)
        return self._tapped.sent[index].at if index < len(self._ends) else self._tapped.last


def _headers(data: bytes) -> tuple[tuple[str, str], ...]:
    pairs = [line.partition(b":") for line in data.split(b"\r\n") if line]
    return tuple((name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()) for name, _, value in pairs)
