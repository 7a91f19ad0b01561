"""Answers plain requests at once, without a task and without h11, if the application can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.types import Scope

from mockbot.response import Response
from mockbot.server.plain import Fields, Plain, head_of
from mockbot.short_way.answer import Answer, Begun
from mockbot.short_way.asked import Asked
from mockbot.short_way.short_way import ShortWay

MOST, LONGEST = 256, 2048
"""How many requests are kept as they were read, and how many bytes each may have."""
CHUNKED = b"Transfer-Encoding: chunked\r\n"
Kind: TypeAlias = tuple[int, tuple[tuple[str, str], ...]]
"""A status, and the headers that are kept with it."""


class AtOnce:
    """Answers the requests of all connections; `common_headers` returns the headers that end every response.

    Clients often send the same bytes again, so what was read and validated of a request is kept for the next one.
    """

    def __init__(self, short_way: ShortWay, common_headers: Callable[[], Fields]) -> None:
        self._short_way, self._common_headers = short_way, common_headers
        self._common: Fields = ()
        self._end = b""
        """The lines of the common headers."""
        self._known: dict[bytes, Asked] = {}
        self._heads: dict[Kind, bytes | None] = {}

    def again(self, data: bytes) -> Answer | Begun | None:
        """Return the response to a request whose bytes are known; None if they are not, or if the layers are needed."""
        asked = self._known.get(data)
        if asked is None:
            return None
        answer = self._short_way.answer(asked)
        if answer is None:
            del self._known[data]
        return answer

    def first(self, data: bytes, plain: Plain, scope: Scope) -> Answer | Begun | None:
        """Return the response to a request that was just read; None if the layers are needed."""
        asked = self._short_way.asked(scope, plain.body)
        answer = None if asked is None else self._short_way.answer(asked)
        if answer is not None and asked is not None and len(data) <= LONGEST:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[data] = asked
        return answer

    def written(self, answer: Answer) -> bytes | None:
        """Return the bytes of a response; None if it is one that h11, or a further layer, has to write."""
        if answer.pieces is not None:
            return self._in_chunks(answer, answer.pieces)
        sendable = answer.sendable
        head = sendable.head
        if head is None:
            head = sendable.head = self._head(sendable.response)
            if head is None:
                return None
        return b"%b%b%b\r\n%b" % (head, _lines(answer.more), self._last(), sendable.response.body)

    def _head(self, response: Response) -> bytes | None:
        """Return the status line and the headers of a response; None if h11 has to write them."""
        kind = response.status, tuple(response.headers[:-1])
        if kind not in self._heads:
            self._keep(kind, self._begin_of_head(response))
        begin, length = self._heads[kind], str(len(response.body))
        if begin is None or response.headers[-1] != ("content-length", length):
            return None
        return b"%bcontent-length: %b\r\n" % (begin, length.encode())

    def _in_chunks(self, answer: Answer, pieces: Sequence[bytes]) -> bytes | None:
        """Return the bytes of a stream."""
        response = answer.sendable.response
        kind = response.status, tuple(response.headers)
        if kind not in self._heads:
            self._keep(kind, self._head_of_stream(response))
        head = self._heads[kind]
        if head is None:
            return None
        chunks = b"".join([b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces])
        return b"%b%b%b%b\r\n%b0\r\n\r\n" % (head, _lines(answer.more), self._last(), CHUNKED, chunks)

    def _last(self) -> bytes:
        """Return the lines of the headers that end every response."""
        common = self._common_headers()
        if common is not self._common:
            self._common, self._end = common, _lines(common)
        return self._end

    def _keep(self, kind: Kind, head: bytes | None) -> None:
        if len(self._heads) >= MOST:
            self._heads.clear()
        self._heads[kind] = head

    def _begin_of_head(self, response: Response) -> bytes | None:
        """Return the status line and the headers before Content-Length; None if h11 has to write them."""
        found = head_of({"status": response.status, "headers": response.raw_headers})
        if found is None or tuple(response.headers[-1:]) != (("content-length", str(found[1])),):
            return None
        if len(b"".join(map(b"".join, response.raw_headers))) > LONGEST:
            return None
        return found[0].rpartition(b"content-length: ")[0]

    def _head_of_stream(self, response: Response) -> bytes | None:
        """Return the status line and the headers of a response in chunks; None if h11 has to write them."""
        found = head_of({"status": response.status, "headers": response.raw_headers})
        if found is None or found[1] is not None or len(found[0]) > LONGEST:
            return None
        return found[0].removesuffix(CHUNKED + b"\r\n")


def _lines(fields: Fields) -> bytes:
    return b"".join([b"%b: %b\r\n" % field for field in fields])
