"""The socket to listen on, and the URL that reaches it."""

from __future__ import annotations

import errno
import os
import socket

from mockbot.errors import UserError

BACKLOG = 2048
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # what it listens on is what the user has asked for
"""The addresses that stand for all of a machine, and those that reach it from itself."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; raise UserError if that is not possible."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
    except UnicodeError:
        raise UserError(f"--host {host}: that is not a host name") from None
    except OSError as error:
        raise UserError(f"--host {host}: {error.strerror}") from None
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        is_elsewhere = error.errno == errno.EADDRNOTAVAIL
        hint = "choose another with --port, or --port 0 for a free one"
        hint = "name an address of this machine with --host" if is_elsewhere else hint
        raise UserError(f"cannot listen on {host} port {port}: {error.strerror}; {hint}") from None
    return listener


def is_everywhere(listener: socket.socket) -> bool:
    """Return whether a socket listens on all addresses of the machine."""
    return listener.getsockname()[0] in EVERYWHERE


def url(listener: socket.socket) -> str:
    """Return the URL of a listening socket for clients on this machine, also if it listens on all addresses."""
    host, port = listener.getsockname()[:2]
    host = EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
