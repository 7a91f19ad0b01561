"""A log that never blocks the server, however slowly it is read."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TextIO, cast

WAIT_SECONDS = 0.2
"""How long one write waits for a slow reader; after that, lines are dropped until it reads again."""
TOGETHER_SECONDS, TOGETHER = 0.01, 1000
"""How long a line waits for others that are written with it, and for how many."""
PIECE = 512
"""Bytes that a writable pipe accepts without blocking on any POSIX system (PIPE_BUF)."""
NO_FILE = -1
log = logging.getLogger("mockbot")


def nonblocking(stream: TextIO | None) -> TextIO:
    """Return a stream that writes lines to the same file without blocking; `stream` itself if it has no POSIX file."""
    try:
        descriptor = NO_FILE if stream is None else stream.fileno()
    except (OSError, ValueError):
        descriptor = NO_FILE
    if stream is not None and (descriptor == NO_FILE or os.name != "posix"):
        return stream
    return cast(TextIO, LineWriter(descriptor))


class LineWriter(io.TextIOBase):
    """Writes lines without blocking: a slow reader loses lines, a closed one loses all.

    Otherwise a test that starts a server with a pipe and never reads it would stop the server after 64 KiB of log.
    """

    name = "log"

    def __init__(self, descriptor: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._descriptor, self._wait_seconds = descriptor, wait_seconds
        self._never_blocks = _is_file(descriptor)
        self._rest = b""
        self._blocked = False
        self._dropped = 0
        self._lines: list[str] = []
        """The lines that are not written yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop that has been asked to write them."""
        self._lock = RLock()  # a lost line is logged, too

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, line: str) -> int:
        """Write a line, together with all others of the next TOGETHER_SECONDS; at once if no event loop runs."""
        with self._lock:
            self._lines.append(line)
            if len(self._lines) >= TOGETHER:
                self._write()
            elif self._loop is None or not self._loop.is_running():
                self._loop = _running()
                if self._loop is None:
                    self._write()
                else:
                    self._loop.call_later(TOGETHER_SECONDS, self.drain)
        return len(line)

    def drain(self) -> None:
        """Write what is left."""
        with self._lock:
            self._loop = None
            self._write()

    def close(self) -> None:
        """Write what is left."""
        self.drain()
        super().close()

    def _write(self) -> None:
        """Write as much as possible; the rest of a line is written before the next one."""
        lines, self._lines = self._lines, []
        if lines and self._send() and self._dropped:
            dropped, self._dropped = self._dropped, 0
            log.warning("%d lines of the log were dropped because they were not read", dropped)
        if self._rest:
            self._dropped += len(lines)
        else:
            self._rest = "".join(lines).encode("utf-8", "backslashreplace")
            self._send()

    def _send(self) -> bool:
        try:
            while self._rest and self._ready():
                self._rest = self._rest[
                    os.write(self._descriptor, self._rest[: None if self._never_blocks else PIECE]) :
                ]
        except (OSError, ValueError):
            self._rest = b""
        return not self._rest

    def _ready(self) -> bool:
        if self._never_blocks:
            return True
        writable = select.select((), (self._descriptor,), (), 0 if self._blocked else self._wait_seconds)[1]
        self._blocked = not writable
        return not self._blocked


@contextmanager
def drained(stream: TextIO) -> Iterator[None]:
    """Write at the end what is left of a log: the event loop that would have written it has ended."""
    try:
        yield
    finally:
        if isinstance(stream, LineWriter):
            stream.drain()


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False
