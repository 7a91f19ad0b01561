"""An HTTP client that sends requests unchanged, also invalid ones, and keeps the borders of received chunks.

h11 parses the responses. It does not write the requests, because it refuses to send many that AstrBot accepts.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import h11

from mockbot.errors import NoAnswer, UserError

MAX_RESPONSE = 64 * 1024 * 1024
CONNECT_SECONDS = 5
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
            self._connect(CONNECT_SECONDS).close()
        except OSError as error:
            raise NoAnswer(f"{self.base_url} does not answer: {error.strerror or error}") from None

    def send(self, sent: Sent, limit: float, enough: Enough | None = None) -> Received:
        """Send a request and return its response. Raise NoResponseError if none is complete within `limit` seconds.

        `enough` is called with the body so far whenever a part of it has come; when it returns true, the connection is
        closed and the response is what has come.
        """
        try:
            with self._connect(limit) as connection:
                return self._exchange(connection, sent, time.monotonic() + limit, enough)
        except TimeoutError:
            raise NoResponseError(f"no complete response within {limit:g} s") from None
        except (OSError, h11.ProtocolError) as error:
            raise NoResponseError(f"no complete response: {error}") from None

    def _connect(self, limit: float) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=limit)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # send head and body without delay
        return self._tls.wrap_socket(connection, server_hostname=self._address[0]) if self._tls else connection

    def _exchange(self, connection: socket.socket, sent: Sent, deadline: float, enough: Enough | None) -> Received:
        connection.sendall(sent.head(self._host))
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may respond before it has read a large body
            connection.sendall(sent.body)
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method=sent.method, target="/", headers=[("Host", "-")]))
        reader.send(h11.EndOfMessage())
        response: h11.Response | None = None
        pieces = _Pieces(self.max_response)
        while True:
            match reader.next_event():
                case h11.Response() as response:
                    pass
                case h11.Data() as data:
                    pieces.add(data)
                    if response is not None and enough is not None and enough(b"".join(pieces.whole)):
                        return _received(response, pieces.whole)
                case h11.EndOfMessage() if response is not None:
                    return _received(response, pieces.whole)
                case h11.ConnectionClosed():
                    raise OSError("the connection was closed")
                case h11.NEED_DATA:
                    connection.settimeout(max(deadline - time.monotonic(), 0.001))
                    reader.receive_data(connection.recv(65536))
            if time.monotonic() > deadline:
                raise TimeoutError


class _Pieces:
    """Joins the parts that h11 returns of each chunk."""

    def __init__(self, most: int) -> None:
        self.whole: list[bytes] = []
        self._most = most
        self._size = 0
        self._ended = True

    def add(self, data: h11.Data) -> None:
        """Start a new piece, or extend the last one."""
        self._size += len(data.data)
        if self._size > self._most:
            raise OSError(f"it is longer than {self._most} bytes")
        if self._ended or data.chunk_start:
            self.whole.append(bytes(data.data))
        else:
            self.whole[-1] += data.data
        self._ended = data.chunk_end


def _received(response: h11.Response, pieces: list[bytes]) -> Received:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
    chunked = any(name == "transfer-encoding" and "chunked" in value for name, value in headers)
    reason = response.reason.decode("latin-1")
    return Received(response.status_code, reason, headers, b"".join(pieces), tuple(pieces) if chunked else None)


def allowed(header: str) -> str:
    """Return the methods of an Allow header, a set (RFC 9110, 10.2.1), in alphabetical order without repetitions."""
    return ", ".join(sorted({method for each in header.split(",") if (method := each.strip())}))
