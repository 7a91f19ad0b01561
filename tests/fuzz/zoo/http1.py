"""One exchange over HTTP/1.1, as RFC 9110 and RFC 9112 say. It imports little, because it is started very often."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator, Mapping

REDIRECTS = 5
LONGEST_LINE = 65_536
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: .*)?", re.DOTALL)


class Wrong(Exception):
    """The response is not what was asked for."""


class Cut(Wrong):
    """The connection ended before the response."""


class BadChunk(Wrong):
    """A chunk does not begin with its size."""


class Connection:
    """A connection and the bytes that were received but not used yet."""

    def __init__(self, host: str, port: int, silence: float | None) -> None:
        self.socket = socket.create_connection((host, port), silence)
        self.buffer = bytearray()

    def receive(self) -> bool:
        """Wait for more bytes; return False at the end of the connection."""
        data = self.socket.recv(65_536)
        self.buffer += data
        return bool(data)

    def take(self, size: int) -> bytes:
        """Return up to `size` bytes of the buffer."""
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def line(self) -> bytes:
        """Return the next line without its end."""
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > LONGEST_LINE:
                raise Wrong("a line of HTTP is too long")
            if not self.receive():
                raise Cut("the connection ended within a line of HTTP")
        return self.take(end + 1)[:-1].removesuffix(b"\r")

    def exactly(self, size: int) -> bytes:
        """Return `size` bytes."""
        while len(self.buffer) < size:
            if not self.receive():
                raise Cut(f"the connection ended {size - len(self.buffer)} bytes too early")
        return self.take(size)


class Response:
    """The head of a response."""

    def __init__(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, headers

    def header(self, name: str) -> str | None:
        """Return a header; its lines are joined with commas."""
        found = [value for each, value in self.headers if each == name]
        return ", ".join(found) if found else None


class Exchange:
    """Sends a request and reads the response; a request is never sent again, except where a redirect asks for it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        found = re.fullmatch(r"http://([^/:]+):(\d+)(.*)", environ["MOCKBOT_URL"])
        if found is None:
            raise SystemExit("MOCKBOT_URL must be http://HOST:PORT")
        self.host, self.port, self.prefix = found[1], int(found[2]), found[3].rstrip("/")
        self.key, self.deadline = environ["MOCKBOT_KEY"], float(environ["MOCKBOT_DEADLINE"])
        self.silence: float | None = self.deadline / 2

    def run(self) -> int:
        """Do what the client is for; return the exit status."""
        try:
            self.work()
        except (Wrong, OSError) as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            return 1
        return 0

    def work(self) -> None:
        """Do what the client is for; raise Wrong or OSError."""
        raise NotImplementedError

    def ask(self, method: str, path: str, body: bytes = b"") -> Response:
        """Send a request, and again where a redirect asks for the same request on the same host."""
        for _ in range(REDIRECTS):
            response = self.exchange(method, path, body)
            place = self.redirect(response)
            if place is None:
                return response
            path = place
        raise Wrong("too many redirects")

    def exchange(self, method: str, path: str, body: bytes) -> Response:
        """Send a request on a new connection, and return the head of the response."""
        self.connection = Connection(self.host, self.port, self.silence)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nX-API-Key: {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nAccept-Encoding: gzip\r\n\r\n"
        )
        self.connection.socket.sendall(head.encode("latin-1") + body)
        return self.head()

    def head(self) -> Response:
        """Read the head of the final response; those before it are interim."""
        while True:
            line = self.connection.line()
            found = STATUS.fullmatch(line)
            if found is None:
                raise Wrong(f"not HTTP: {line[:40]!r}")
            headers: list[tuple[str, str]] = []
            while line := self.connection.line():
                name, colon, value = line.decode("latin-1").partition(":")
                if not colon or not name or name != name.strip():
                    raise Wrong(f"not a header: {line[:40]!r}")
                headers.append((name.lower(), value.strip(" \t")))
            response = Response(int(found[1]), headers)
            if not self.is_interim(response):
                return response

    def is_interim(self, response: Response) -> bool:
        """Return whether another response follows."""
        return 100 <= response.status < 200

    def redirect(self, response: Response) -> str | None:
        """Return the path to which the same request must be sent."""
        if response.status not in (307, 308):
            return None
        place = response.header("location") or ""
        path = place.removeprefix(f"http://{self.host}:{self.port}")
        if not path.startswith("/") or path.startswith("//"):
            raise Wrong(f"a redirect to {place!r}")
        return path

    def check(self, response: Response, media_type: str) -> None:
        """Raise Wrong if it is not a successful response of a media type."""
        if response.status != 200:
            raise Wrong(f"status {response.status}")
        if self.media_type(response) != media_type:
            raise Wrong(f"not {media_type} but {response.header('content-type')}")

    def media_type(self, response: Response) -> str:
        """Return the media type without parameters, in lower case."""
        return (response.header("content-type") or "").partition(";")[0].strip().lower()

    def content(self, response: Response) -> Iterator[bytes]:
        """Yield the pieces of the body, without their Content-Encoding."""
        encoding = (response.header("content-encoding") or "identity").lower()
        if encoding == "identity":
            yield from self.body(response)
        elif encoding == "gzip":
            import zlib  # few responses need it

            unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                for piece in self.body(response):
                    yield unpacker.decompress(piece)
            except zlib.error as error:
                raise Wrong(str(error)) from None
            if not unpacker.eof:
                raise Cut("the compressed content has no end")
        else:
            raise Wrong(f"Content-Encoding {encoding}")

    def body(self, response: Response) -> Iterator[bytes]:
        """Yield the pieces of the body: chunks, or what arrives together."""
        length = response.header("content-length")
        if (response.header("transfer-encoding") or "").lower() == "chunked":
            yield from self.chunks()
        elif length is not None:
            yield from self.known(length)
        else:
            while self.connection.receive():
                yield self.connection.take(len(self.connection.buffer))

    def chunks(self) -> Iterator[bytes]:
        """Yield the chunks, as RFC 9112 7.1 says."""
        while size := self.chunk_size(self.connection.line()):
            yield self.connection.exactly(size)
            if self.connection.exactly(2) != b"\r\n":
                raise BadChunk("bytes after a chunk")
        while self.connection.line():
            pass  # trailers

    def chunk_size(self, line: bytes) -> int:
        """Return the size in the first line of a chunk."""
        found = SIZE.fullmatch(line)
        if found is None:
            raise BadChunk(f"{line[:40]!r} is not the size of a chunk")
        return int(found[1], 16)

    def known(self, length: str) -> Iterator[bytes]:
        """Yield a body whose length is known."""
        if not (length.isascii() and length.isdigit()):
            raise Wrong(f"Content-Length {length!r}")
        rest = int(length)
        while rest:
            if not self.connection.buffer and not self.connection.receive():
                raise Cut(f"the body is {rest} bytes too short")
            piece = self.connection.take(rest)
            rest -= len(piece)
            yield piece
