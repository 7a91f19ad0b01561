"""What one response may take, for the two clients of `check`: schemathesis' own, and that of the server's state.

schemathesis has a limit between two bytes of a response only, and reads any number of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

import httpx
from schemathesis.core.transport import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

from mockbot.jsontext import DEEPEST, TooDeep, read
from mockbot.limited import Limit, LimitedSocket, TooLong, opener, reason, whole
from mockbot.verify.client import MAX_RESPONSE

SECONDS = 70.0
"""The limit for a response of a client that sets none."""


class LimitedConnection(HTTPConnection):
    """A connection of urllib3; its timeout is the limit for a whole response, not for the time between two bytes."""

    limit = Limit(SECONDS, MAX_RESPONSE)

    def connect(self) -> None:
        """Connect, and read within the limit."""
        super().connect()
        self.sock: Any = LimitedSocket(self.sock, self.limit)

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request; its time begins now."""
        self.limit = Limit(self.timeout or SECONDS, MAX_RESPONSE)
        if self.sock is not None:
            self.sock.limit = self.limit
        super().request(*arguments, **options)

    def getresponse(self) -> Any:
        """Return the response; also its decompressed body is limited."""
        response: Any = super().getresponse()
        try:
            urlsplit(response.headers.get("location", ""))
        except ValueError as error:
            raise ProtocolError(f"the header Location is not a URL: {error}") from None
        most = Limit(SECONDS, MAX_RESPONSE)
        stream, read1 = response.stream, response.read1
        response.stream = lambda *a, **b: _counted(stream(*a, **b), most, response)
        response.read1 = lambda *a, **b: next(_counted((read1(*a, **b) for _ in range(1)), most, response))
        return response


class LimitedSecureConnection(LimitedConnection, HTTPSConnection):
    """The same over TLS."""


def _counted(pieces: Any, most: Limit, response: Any) -> Iterator[bytes]:
    try:
        for piece in pieces:
            most.take(len(piece))
            yield piece
    except (TooLong, ValueError) as error:  # ValueError: a chunk has a negative size
        response.close()
        raise ProtocolError(reason(error)) from None


@contextmanager
def limited() -> Iterator[None]:
    """Limit the responses on all connections that urllib3 opens meanwhile, and how deep they are nested.

    schemathesis makes sessions in several places, and takes none; and it reads any JSON, which Python does not.
    """
    before, make = (HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls), Response.__init__

    def made(response: Response, status_code: int, headers: Any, content: bytes, *rest: Any, **named: Any) -> None:
        make(response, status_code, headers, shallow(content), *rest, **named)

    HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls = LimitedConnection, LimitedSecureConnection
    Response.__init__ = made  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        HTTPConnectionPool.ConnectionCls, HTTPSConnectionPool.ConnectionCls = before
        Response.__init__ = make  # type: ignore[method-assign]


def shallow(content: bytes) -> bytes:
    """Return a body; of JSON that is nested too deep to be read, only the beginning, which is no JSON."""
    if content.count(b"[") + content.count(b"{") <= DEEPEST:
        return content
    try:
        read(content)
    except TooDeep:
        return content[:DEEPEST]
    except ValueError:
        pass
    return content


class LimitedTransport(httpx.BaseTransport):
    """Sends the requests of httpx; each response has `seconds`, and at most MAX_RESPONSE bytes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return a response whose body has been read, and is not decompressed; raise httpx.TransportError."""
        if request.url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{request.url.scheme or 'no'} protocol")
        sent = Request(str(request.url), headers=dict(request.headers), method=request.method)
        try:
            with opener(Limit(self._seconds, MAX_RESPONSE)).open(sent, timeout=self._seconds) as response:
                headers = [pair for pair in response.getheaders() if pair[0].lower() != "content-encoding"]
                return httpx.Response(response.status, headers=headers, content=whole(response))
        except (OSError, ValueError, HTTPException) as error:
            raise httpx.TransportError(reason(error)) from None
