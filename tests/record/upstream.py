"""A server written by hand: each connection runs a function that reads and writes bytes as it likes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

SECONDS = 20.0


class Connection:
    """One connection of a client."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._read = b""
        sock.settimeout(SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self) -> bytes:
        """Return the head of the next request, up to and with the blank line."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def exactly(self, size: int) -> bytes:
        """Return the next `size` bytes of a body."""
        while len(self._read) < size:
            self._more()
        found, self._read = self._read[:size], self._read[size:]
        return found

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._sock.sendall(data)

    def chunk(self, data: bytes) -> None:
        """Send a chunk."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def ends(self) -> bool:
        """Wait for the end of the connection; return whether it came, and not more bytes."""
        with suppress(ConnectionResetError):
            return self._sock.recv(1) == b""
        return True

    def _more(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise EOFError
        self._read += data


Serve = Callable[[Connection], None]


@contextmanager
def upstream(serve: Serve) -> Iterator[str]:
    """Run `serve` for each connection in a thread of its own, and yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sockets: list[socket.socket] = []

        def run(sock: socket.socket) -> None:
            with sock, suppress(EOFError, OSError):
                serve(Connection(sock))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    sockets.append(sock)
                    threading.Thread(target=run, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
