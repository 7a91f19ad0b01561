"""A log that never makes the server wait, whoever reads it."""

from __future__ import annotations

import io
import logging
import os
import select
from typing import Any, TextIO

PATIENCE = 0.2
"""Seconds that a reader has to catch up, once; after that, lines are lost until it reads on."""
PIECE = 512
"""Bytes that a writable pipe takes without waiting, on any POSIX system (PIPE_BUF)."""
NOWHERE = -1
log = logging.getLogger("mockbot")


def patient(stream: TextIO | None) -> TextIO:
    """Return what to write lines to in place of `stream`: itself where it is no file of a POSIX system."""
    try:
        descriptor = NOWHERE if stream is None else stream.fileno()
    except (OSError, ValueError):
        descriptor = NOWHERE
    if stream is not None and (descriptor == NOWHERE or os.name != "posix"):
        return stream
    return io.TextIOWrapper(Lines(descriptor), "utf-8", "backslashreplace", write_through=True)


class Lines(io.BufferedIOBase):
    """Takes a line with each `write`; a reader that is too slow loses lines, and one that has gone loses all.

    A harness that starts a server with a pipe and never reads it would otherwise stop it after 64 KiB of log.
    """

    name = "log"

    def __init__(self, descriptor: int, patience: float = PATIENCE) -> None:
        self._descriptor, self._patience = descriptor, patience
        self._rest = b""
        self._stuck = False
        self._lost = 0

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, line: Any) -> int:
        """Write a line as far as that is possible now; what is left of it goes before the next one."""
        if self._send() and self._lost:
            lost, self._lost = self._lost, 0
            log.warning("%d lines of the log are lost: nobody read them", lost)
        if self._rest:
            self._lost += 1
        else:
            self._rest = bytes(line)
            self._send()
        return len(line)

    def _send(self) -> bool:
        try:
            while self._rest and self._ready():
                self._rest = self._rest[os.write(self._descriptor, self._rest[:PIECE]) :]
        except (OSError, ValueError):
            self._rest = b""
        return not self._rest

    def _ready(self) -> bool:
        writable = select.select((), (self._descriptor,), (), 0 if self._stuck else self._patience)[1]
        self._stuck = not writable
        return not self._stuck
