"""A server that writes the bytes of a wire to its connections, whatever they are."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from tests.fuzz.zoo.wires import Step, Wire

CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
MOST_REQUESTS = 200
RESET = struct.pack("ii", 1, 0)


class WireServer:
    """Plays one wire, as a context manager; its requests are in `requests`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self.requests: list[bytes] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/w/x"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in [*self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in [*self._threads]:
            thread.join(10)

    def _start(self, act: object, *arguments: object) -> None:
        assert callable(act)
        thread = threading.Thread(target=act, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        """Answer the requests of a connection until it ends."""
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := _request(connection)) and len(self.requests) < MOST_REQUESTS:
                number = len(self.requests)
                self.requests.append(request)
                turns = (*self._wire.before, self._wire.steps)
                if not self._play(connection, turns[min(number, len(turns) - 1)]):
                    return

    def _play(self, connection: socket.socket, steps: Sequence[Step]) -> bool:
        """Do the steps; return whether the connection goes on."""
        for step in steps:
            match step:
                case bytes():
                    connection.sendall(step)
                case float():
                    self._over.wait(step)
                case "cut":
                    connection.shutdown(socket.SHUT_WR)
                    return False
                case "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    return False
                case "hold":
                    connection.recv(1)  # until the client leaves
                    return False
        return True


def _request(connection: socket.socket) -> bytes:
    """Return the next request; nothing at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    found = CONTENT_LENGTH.search(head)
    while len(body) < (int(found[1]) if found else 0):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
