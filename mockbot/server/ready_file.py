"""The file that shows other programs that a server is ready, and where."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mockbot.errors import UserError
from mockbot.written import refuse_others

OPTION = "--ready-file"


class ReadyFile:
    """A file that is either complete or absent, and is removed at the end.

    It is made before anything slow, so that the file of a server that was killed is not taken for that of this one.
    """

    def __init__(self, path: Path) -> None:
        """Check that `path` can be written, and remove a stale file; raise UserError if it cannot be written.

        The file of a server that still runs stays until `claim`, because this one may not be able to listen.
        """
        if not path.name:
            raise UserError(f"{OPTION} {path}: that is a directory; name a file")
        refuse_others(path, OPTION)
        self.path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        self._claimed = False
        with self._writing():
            self._write_draft("")
            if not _runs(_process(path)):
                path.unlink(missing_ok=True)

    def claim(self) -> None:
        """Remove any old file; called when this server listens."""
        self._claimed = True
        refuse_others(self.path, OPTION)
        with self._writing():
            self.path.unlink(missing_ok=True)

    def write(self, base_url: str, key: str) -> None:
        """Write URL, process id and API key; called when the server can answer its first request."""
        self._claimed = True
        content = {"base_url": base_url, "pid": os.getpid(), "key": key}
        with self._writing():
            self._write_draft(json.dumps(content) + "\n")
            refuse_others(self.path, OPTION)
            self._draft.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file, unless it is still that of another server."""
        self._draft.unlink(missing_ok=True)
        if self._claimed:
            self.path.unlink(missing_ok=True)

    def _write_draft(self, text: str) -> None:
        """Write the draft as a new file, so that nothing that lies in its way is followed."""
        self._draft.unlink(missing_ok=True)
        with self._draft.open("x", encoding="utf-8") as file:
            file.write(text)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, UserError) as error:
            with suppress(OSError):
                self._draft.unlink()
            if isinstance(error, UserError):
                raise
            raise UserError(f"{OPTION} {self.path}: cannot be written: {error.strerror}") from None


def _process(path: Path) -> int:
    """Return the id of the process that wrote a ready file; 0 if it names none."""
    try:
        found = json.loads(path.read_text("utf-8"))["pid"]
    except (OSError, ValueError, LookupError, TypeError):
        return 0
    return found if isinstance(found, int) else 0


def _runs(process: int) -> bool:
    """Return whether another process with that id runs, where that can be asked (POSIX)."""
    if process <= 0 or process == os.getpid() or os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
