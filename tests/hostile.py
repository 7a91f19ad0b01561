"""A server that breaks HTTP, or never comes to an end: what it sends to each client, by the name of the case."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from threading import Event, Thread

HEAD = b"HTTP/1.1 200 OK\r\n"
JSON = HEAD + b"Content-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
STREAM = HEAD + b"Content-Type: text/event-stream\r\n\r\n"
BLOCK = 64 * 1024
SECOND = 1.0
Pieces = Iterator[bytes]


def whole(head: bytes, body: bytes) -> bytes:
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def _drip(text: bytes) -> Pieces:
    """Yield a text, then its last byte for ever; the server waits after each piece."""
    yield from (text[index : index + 1] for index in range(len(text)))
    yield from repeat(text[-1:])


ONCE: dict[str, bytes] = {
    "a million [": whole(JSON, b"[" * 1_000_000),
    "900 levels": whole(JSON, b"[" * 900 + b"]" * 900),
    "a number of 5000 digits": whole(JSON, b"1" * 5000),
    "a chunk of 2^60 bytes": CHUNKED + b"1000000000000000\r\nabc",
    "a chunk size that is none": CHUNKED + b"-5\r\nabc\r\n0\r\n\r\n",
    "a body that is cut": JSON + b'Content-Length: 500\r\n\r\n{"status": "ok"',
    "chunks that are cut": CHUNKED + b'f\r\n{"status": "ok"',
    "a content-length that is too short": JSON + b'Content-Length: 5\r\n\r\n{"status": "ok"}',
    "a content-length of 2^60": JSON + b"Content-Length: 1152921504606846976\r\n\r\nabc",
    "a negative content-length": JSON + b"Content-Length: -1\r\n\r\n{}",
    "two content-lengths": JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "NUL in a header": HEAD + b"X-Evil: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status that is none": b"HTTP/1.1 banana OK\r\n\r\n",
    "status 999": b"HTTP/1.1 999 \x1b[31m\r\nContent-Length: 2\r\n\r\n{}",
    "closed at once": b"",
    "not UTF-8": whole(JSON, b'{"status": "\xff\xfe"}'),
    "a gzip bomb": whole(JSON + b"Content-Encoding: gzip\r\n", gzip.compress(bytes(100 * 1024 * 1024), 9)),
    "gzip that is none": whole(JSON + b"Content-Encoding: gzip\r\n", b"not gzip"),
    "escape sequences": whole(
        b"HTTP/1.1 500 \x1b[31m\r\nContent-Type: application/json\r\n",
        json.dumps({"status": "error", "detail": "\x1b[31m\x9b2J\u202e\0\r", "message": "\x1b]0;x\x07"}).encode(),
    ),
}
"""Cases that end: the connection is closed after these bytes."""

ENDLESS: dict[str, Callable[[], Pieces]] = {
    "endless headers": lambda: _many(HEAD, b"".join(b"X-%d: y\r\n" % number for number in range(1000))),
    "one endless header": lambda: _many(HEAD + b"X-Long: ", b"y" * BLOCK),
    "an endless status line": lambda: _many(b"HTTP/1.1 200 ", b"y" * BLOCK),
    "endless interim responses": lambda: _many(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "endless early hints": lambda: _many(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 1000),
    "a flood": lambda: _many(JSON + b"\r\n", b" " * BLOCK),
    "a flood of chunks": lambda: _many(CHUNKED, b"1\r\n \r\n" * 10_000),
    "endless chunk extensions": lambda: _many(CHUNKED + b"1;", b"x" * BLOCK),
    "endless trailers": lambda: _many(CHUNKED + b"0\r\n", b"X: y\r\n" * 10_000),
    "a stream of events": lambda: _many(STREAM, b'data: {"type": "plain", "data": "x"}\n\n' * 1000),
    "one endless event": lambda: _many(STREAM, b"data: x\n" * 1000),
    "a stream of comments": lambda: _many(STREAM, b": x\n\n" * 1000),
}
"""Cases that send as fast as the client reads."""

SLOW: dict[str, Callable[[], Pieces]] = {
    "a drip": lambda: _drip(JSON + b"\r\n "),
    "dripping interim responses": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a dripping stream": lambda: _drip(STREAM),
    "nothing": lambda: repeat(b""),
}
"""Cases that wait after each piece."""

REDIRECTS = ("a redirect to itself", "redirects to new places", "a redirect to a file", "a redirect to nowhere")
CASES = (*ONCE, *ENDLESS, *SLOW, *REDIRECTS)


def _many(first: bytes, rest: bytes) -> Pieces:
    yield first
    yield from repeat(rest)


def _pieces(case: str, path: str) -> Pieces:
    if case in ONCE:
        return iter([ONCE[case]])
    if case in REDIRECTS:
        targets = (path, f"{path}x", "file:///etc/hostname", "http://[::\x01")
        target = targets[REDIRECTS.index(case)]
        return iter([f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()])
    return ENDLESS[case]() if case in ENDLESS else SLOW[case]()


@contextmanager
def hostile(case: str, good: dict[str, bytes] | None = None, pause: float = SECOND) -> Iterator[str]:
    """Yield the URL of a server that treats each client according to the case, except for the paths in `good`."""
    over = Event()
    threads: list[Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(0.5)
                head = b""
                while b"\r\n\r\n" not in head and (read := connection.recv(65536)):
                    head += read
                path = head.split(b" ", 2)[1].decode("latin-1") if b" " in head else ""
                if good and path in good:
                    connection.sendall(good[path])
                    return
                for piece in _pieces(case, path):
                    while piece and not over.is_set():
                        with suppress(TimeoutError):
                            piece = piece[connection.send(piece) :]
                    if over.is_set() or (case in SLOW and over.wait(pause)):
                        return
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):  # a reset would take back what was sent
                    pass

        def accept() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    threads.append(Thread(target=serve, args=(listener.accept()[0],), daemon=True))
                    threads[-1].start()

        accepting = Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            for thread in (accepting, *threads):
                thread.join(5)
