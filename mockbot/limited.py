"""HTTP connections with limits: one deadline and one number of bytes for a whole response.

The timeout of a socket is one between two bytes, and one for each address of a host; `http.client` skips any number of
interim responses, reads any number of chunks and allocates what a Content-Length says.
"""

from __future__ import annotations

import io
import socket
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any
from urllib.request import (
    BaseHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from mockbot.steady import steady

PIECE = 65536


class TooLong(OSError):
    """A response has more bytes than are read."""


class Limit:
    """What one response may take: seconds from the connection to its last byte, and bytes with its head."""

    def __init__(self, seconds: float, most: int) -> None:
        """Begin now; `most` is the number of bytes."""
        self._seconds, self._most = seconds, most
        self._end, self._left = steady() + seconds, most

    def seconds(self) -> float:
        """Return the seconds that are left; raise TimeoutError if none are."""
        left = self._end - steady()
        if left <= 0:
            raise TimeoutError(self.late)
        return left

    def take(self, count: int) -> None:
        """Count bytes that were received; raise TooLong if there are too many."""
        self._left -= count
        if self._left < 0:
            raise TooLong(f"the response is longer than {self._most} bytes")

    @property
    def late(self) -> str:
        """Return the sentence about a response that is not complete at the deadline."""
        return f"no complete response within {self._seconds:g} s"


def connected(address: tuple[str, int], limit: Limit) -> socket.socket:
    """Return a connection to the first address of a host that accepts one, within a limit for all of them together.

    Its timeout is what is left then. Raise OSError.
    """
    failure = OSError("the name has no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        seconds = limit.seconds()
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(seconds)
            made.connect(place)
            made.settimeout(limit.seconds())
            return made
        except OSError as error:
            made.close()
            failure = TimeoutError(limit.late) if isinstance(error, TimeoutError) else error
    raise failure


class LimitedSocket:
    """A connected socket that is written to and read from within a limit."""

    def __init__(self, connected: socket.socket, limit: Limit) -> None:
        self._socket, self.limit = connected, limit

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """Return a file to read the response from."""
        return io.BufferedReader(_Reader(self._socket, self.limit), PIECE)

    def sendall(self, data: Any) -> None:
        """Send all bytes."""
        self._socket.settimeout(self.limit.seconds())
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise TimeoutError(self.limit.late) from None

    def __getattr__(self, name: str) -> Any:
        """Return another attribute of the socket."""
        return getattr(self._socket, name)


class _Reader(io.RawIOBase):
    def __init__(self, connected: socket.socket, limit: Limit) -> None:
        self._socket, self._limit = connected, limit
        self._file: Any = connected.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._limit.seconds())
        try:
            count: int = self._file.readinto(buffer)
        except TimeoutError:
            raise TimeoutError(self._limit.late) from None
        self._limit.take(count)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class Connection(HTTPConnection):
    """A connection whose responses are read within a limit."""

    def __init__(self, host: str, *arguments: Any, limit: Limit, **options: Any) -> None:
        super().__init__(host, *arguments, **options)
        self._limit = limit
        self._create_connection = lambda address, *_: connected(address, limit)  # what HTTPConnection calls

    def connect(self) -> None:
        """Connect within the limit."""
        super().connect()
        self.sock: Any = LimitedSocket(self.sock, self._limit)


class SecureConnection(Connection, HTTPSConnection):
    """A connection over TLS whose responses are read within a limit."""


class _Http(HTTPHandler):
    def __init__(self, limit: Limit) -> None:
        super().__init__()
        self._limit = limit

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(Connection, limit=self._limit), request)


class _Https(HTTPSHandler):
    def __init__(self, limit: Limit) -> None:
        super().__init__()
        self._limit = limit

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(SecureConnection, limit=self._limit), request)


def opener(limit: Limit, *, follow: bool = False) -> OpenerDirector:
    """Return an opener for HTTP, through the proxy of the environment if there is one, within a limit.

    With `follow`, the responses of redirects count, too, and a refusal is an error.
    """
    found = OpenerDirector()
    handlers: list[BaseHandler] = [ProxyHandler(), _Http(limit), _Https(limit), UnknownHandler()]
    if follow:
        handlers += [_Redirects(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()]
    for handler in handlers:
        found.add_handler(handler)
    return found


class _Redirects(HTTPRedirectHandler):
    """Follows redirects, and closes the response of one that cannot be followed."""

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except BaseException:
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def whole(response: HTTPResponse) -> bytes:
    """Return the body of a response; raise IncompleteRead if the connection ends before the body does."""
    pieces = []
    while piece := response.read(PIECE):
        pieces.append(piece)
    if left := getattr(response, "length", None):
        raise IncompleteRead(b"", left)
    return b"".join(pieces)


def reason(error: BaseException) -> str:
    """Return in one line why there is no response."""
    if isinstance(error, IncompleteRead):
        return "the response ends before its end"
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):
        return reason(inner)
    text = str(error).strip().partition("\n")[0].rstrip(":")
    if isinstance(error, HTTPException | ValueError) and not isinstance(error, OSError):
        return f"the response is not HTTP: {text or type(error).__name__}"
    return text or type(error).__name__
