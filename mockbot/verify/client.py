"""A client that keeps what other clients smooth over: what is sent as it stands, and where chunks begin and end.

h11 reads the answers. Requests it writes by itself, because h11 refuses to send much of what AstrBot answers politely.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from mockbot.errors import UserError

MAX_ANSWER = 64 * 1024 * 1024
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, ready to leave: `target` as on the wire, headers without Host and Content-Length."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self, host: str) -> bytes:
        """Write everything before the body."""
        given = {name.lower() for name, _ in self.headers}
        framed = not self.body or given & {"content-length", "transfer-encoding"}
        length = [] if framed else [("Content-Length", str(len(self.body)))]
        fields = [("Host", host), *self.headers, *length]
        lines = [f"{self.method} {self.target} HTTP/{self.version}", *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join([*lines, "", ""]).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as it came."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    chunks: tuple[bytes, ...] | None
    """The body's pieces; None when it was not sent in chunks."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


class NoAnswerError(Exception):
    """The server broke off, was too slow, or spoke no HTTP; the text says which."""


class RawClient:
    """The way to a server; each request has a connection of its own."""

    def __init__(self, base_url: str) -> None:
        """Take an `http` or `https` URL; UserError when it is none."""
        url = urlsplit(base_url)
        try:
            host, port = url.hostname, url.port
        except ValueError:
            host = port = None
        if url.scheme not in ("http", "https") or not host:
            raise UserError(f"{base_url}: not a URL such as http://127.0.0.1:6185")
        self.base_url = base_url.rstrip("/")
        self.path = url.path.rstrip("/")
        self._address = host, port or (443 if url.scheme == "https" else 80)
        self._host = url.netloc.rpartition("@")[2]
        self._tls = ssl.create_default_context() if url.scheme == "https" else None

    def reach(self) -> None:
        """Raise UserError when nobody listens there."""
        try:
            self._connect(CONNECT_SECONDS).close()
        except OSError as error:
            raise UserError(f"{self.base_url} does not answer: {error.strerror or error}") from None

    def ask(self, sent: Sent, limit: float) -> Received:
        """Send a request and read its answer to the end, within `limit` seconds; NoAnswerError when there is none."""
        try:
            with self._connect(limit) as connection:
                return self._exchange(connection, sent, time.monotonic() + limit)
        except TimeoutError:
            raise NoAnswerError(f"no whole answer within {limit:g} s") from None
        except (OSError, h11.ProtocolError) as error:
            raise NoAnswerError(f"no whole answer: {error}") from None

    def _connect(self, limit: float) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=limit)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body leave one by one, unheld
        return self._tls.wrap_socket(connection, server_hostname=self._address[0]) if self._tls else connection

    def _exchange(self, connection: socket.socket, sent: Sent, deadline: float) -> Received:
        connection.sendall(sent.head(self._host))
        with suppress(BrokenPipeError, ConnectionResetError):  # answered before it was read: a body that is too large
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
                    pieces.add(data)
                case h11.EndOfMessage() if response is not None:
                    return _answer(response, pieces.whole)
                case h11.ConnectionClosed():
                    raise OSError("the connection was closed")
                case h11.NEED_DATA:
                    connection.settimeout(max(deadline - time.monotonic(), 0.001))
                    reader.receive_data(connection.recv(65536))
            if time.monotonic() > deadline:
                raise TimeoutError


class _Pieces:
    """Puts together what h11 hands out of each chunk."""

    def __init__(self) -> None:
        self.whole: list[bytes] = []
        self._size = 0
        self._ended = True

    def add(self, data: h11.Data) -> None:
        """Begin a piece, or go on with the last."""
        self._size += len(data.data)
        if self._size > MAX_ANSWER:
            raise OSError(f"it is longer than {MAX_ANSWER} bytes")
        if self._ended or data.chunk_start:
            self.whole.append(bytes(data.data))
        else:
            self.whole[-1] += data.data
        self._ended = data.chunk_end


def _answer(response: h11.Response, pieces: list[bytes]) -> Received:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
    chunked = any(name == "transfer-encoding" and "chunked" in value for name, value in headers)
    reason = response.reason.decode("latin-1")
    return Received(response.status_code, reason, headers, b"".join(pieces), tuple(pieces) if chunked else None)
