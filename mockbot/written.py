"""Files that mockbot writes: regular ones only, at paths that a person has named."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TextIO

from mockbot.errors import UserError

ADVICE = "name another file"
KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "a device"),
)
NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def refuse_others(path: Path, option: str = "", *, links: bool = True) -> None:
    """Raise UserError if there is something at `path` that is no regular file, nor, with `links`, a link to one.

    A pipe would block, a device or a dangling link would be written where no file was meant. `option` is what named
    the path, for the message.
    """
    try:
        found = path.lstat()
        if links and stat.S_ISLNK(found.st_mode):
            found = path.stat()
    except FileNotFoundError:
        if os.path.lexists(path):
            raise UserError(f"{_place(option, path)}: a link to a file that is not there; {ADVICE}") from None
        return
    except (OSError, ValueError) as error:
        raise UserError(f"{_place(option, path)}: cannot be written: {_reason(error)}") from None
    if not stat.S_ISREG(found.st_mode):
        kind = next((kind for test, kind in KINDS if test(found.st_mode)), "not a regular file")
        raise UserError(f"{_place(option, path)}: {kind}, and is not written to; {ADVICE}")


def opened(path: Path, option: str = "") -> TextIO:
    """Open a file to write text in UTF-8, without what it had; raise UserError if it is not a regular file.

    Characters that UTF-8 cannot write are escaped.
    """
    refuse_others(path, option)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | NONBLOCKING, 0o666)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # something else has come there meanwhile
            os.close(descriptor)
            raise UserError(f"{_place(option, path)}: not a regular file, and is not written to; {ADVICE}")
        os.ftruncate(descriptor, 0)
        return open(descriptor, "w", encoding="utf-8", errors="backslashreplace")
    except (OSError, ValueError) as error:
        raise UserError(f"{_place(option, path)}: cannot be written: {_reason(error)}") from None


def write(path: Path, text: str, option: str = "") -> None:
    """Write a text file; raise UserError if the path is not that of a regular file, or cannot be written."""
    try:
        with opened(path, option) as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{_place(option, path)}: cannot be written: {_reason(error)}") from None


def _place(option: str, path: Path) -> str:
    return f"{option} {path}".strip()


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
