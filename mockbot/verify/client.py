"""An HTTP client that sends requests unchanged, also invalid ones, and keeps the borders of received chunks.

h11 parses the responses. It does not write the requests, because it refuses to send many that AstrBot accepts.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import urlsplit

import h11

from mockbot.dataclass import dataclass
from mockbot.errors import NoAnswer, UserError
from mockbot.limited import Limit, connected

MAX_RESPONSE = 64 * 1024 * 1024
"""Bytes of a response with its head and the sizes of its chunks."""
CONNECT_SECONDS = 5
PART = 64
"""Bytes that each chunk counts in addition to its own, because Python takes more memory than that for it."""
Enough: TypeAlias = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to send: `target` as on the wire, headers without Host and Content-Length."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self, host: str) -> bytes:
        """Return everything before the body."""
        given = {name.lower() for name, _ in self.headers}
        framed = not self.body or given & {"content-length", "transfer-encoding"}
        length = [] if framed else [("Content-Length", str(len(self.body)))]
        fields = [("Host", host), *self.headers, *length]
        lines = [f"{self.method} {self.target} HTTP/{self.version}", *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join([*lines, "", ""]).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Received:
    """A received response."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    chunks: tuple[bytes, ...] | None
    """The body's chunks; None if it was not sent in chunks."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


class NoResponseError(Exception):
    """The server closed the connection early, was too slow or did not send HTTP; the text has the reason."""


class TooSlowError(NoResponseError):
    """The response was not complete in time."""


class RawClient:
    """A client for one server; each request has its own connection."""

    def __init__(self, base_url: str, max_response: int = MAX_RESPONSE) -> None:
        """Raise UserError if `base_url` is not an `http` or `https` URL."""
        url = urlsplit(base_url)
        try:
            host, port = url.hostname, url.port
        except ValueError:
            host = port = None
        if url.scheme not in ("http", "https") or not host:
            raise UserError(f"{base_url}: not a URL such as http://127.0.0.1:6185")
        self.base_url, self.max_response = base_url.rstrip("/"), max_response
        self.path = url.path.rstrip("/")
        self._address = host, port or (443 if url.scheme == "https" else 80)
        self._host = url.netloc.rpartition("@")[2]
        self._tls = ssl.create_default_context() if url.scheme == "https" else None

    def reach(self) -> None:
        """Raise UserError if the server accepts no connection."""
        try:
            self._connect(Limit(CONNECT_SECONDS, self.max_response)).close()
        except OSError as error:
            raise NoAnswer(f"{self.base_url} does not answer: {error.strerror or error}") from None

    def send(self, sent: Sent, limit: float, enough: Enough | None = None) -> Received:
        """Send a request and return its response. Raise NoResponseError if none is complete within `limit` seconds.

        `enough` is called with each part of the body that has come; when it returns true, the connection is closed and
        the response is what has come.
        """
        within = Limit(limit, self.max_response)
        try:
            with self._connect(within) as connection:
                return self._exchange(connection, sent, within, enough)
        except TimeoutError:
            raise TooSlowError(within.late) from None
        except (OSError, h11.ProtocolError) as error:
            raise NoResponseError(f"no complete response: {error}") from None

    def _connect(self, limit: Limit) -> socket.socket:
        connection = connected(self._address, limit)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # send head and body without delay
        return self._tls.wrap_socket(connection, server_hostname=self._address[0]) if self._tls else connection

    def _exchange(self, connection: socket.socket, sent: Sent, limit: Limit, enough: Enough | None) -> Received:
        connection.settimeout(limit.seconds())
        connection.sendall(sent.head(self._host))
        connection.settimeout(limit.seconds())
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may respond before it has read a large body
            connection.sendall(sent.body)
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method=sent.method, target="/", headers=[("Host", "-")]))
        reader.send(h11.EndOfMessage())
        response: h11.Response | None = None
        pieces = _Pieces()
        while True:
            match reader.next_event():
                case h11.Response() as response:
                    pass
                case h11.Data() as data:
                    limit.take(pieces.add(data))
                    if response is not None and enough is not None and enough(bytes(data.data)):
                        return _received(response, pieces)
                case h11.EndOfMessage() if response is not None:
                    return _received(response, pieces)
                case h11.ConnectionClosed():
                    raise OSError("the connection was closed")
                case h11.NEED_DATA:
                    connection.settimeout(limit.seconds())
                    received = connection.recv(65536)
                    if not received and response is None:
                        raise OSError("the server closed the connection")
                    limit.take(len(received))
                    reader.receive_data(received)
            limit.seconds()


class _Pieces:
    """Joins the parts that h11 returns of each chunk."""

    def __init__(self) -> None:
        self._pieces: list[list[bytes]] = []
        self._ended = True

    def add(self, data: h11.Data) -> int:
        """Start a new piece, or extend the last one; return what a part weighs in addition to its bytes."""
        if self._ended or data.chunk_start:
            self._pieces.append([])
        self._pieces[-1].append(bytes(data.data))
        self._ended = data.chunk_end
        return PART

    def whole(self) -> tuple[bytes, ...]:
        """Return the pieces."""
        return tuple(map(b"".join, self._pieces))


def _received(response: h11.Response, pieces: _Pieces) -> Received:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
    chunked = any(name == "transfer-encoding" and "chunked" in value for name, value in headers)
    reason, whole = response.reason.decode("latin-1"), pieces.whole()
    return Received(response.status_code, reason, headers, b"".join(whole), whole if chunked else None)


def allowed(header: str) -> str:
    """Return the methods of an Allow header, a set (RFC 9110, 10.2.1), in alphabetical order without repetitions."""
    return ", ".join(sorted({method for each in header.split(",") if (method := each.strip())}))
