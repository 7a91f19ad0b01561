"""The file that shows other programs that a server is ready, and where."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mockbot.errors import UserError


class ReadyFile:
    """A file that is either complete or absent, and is removed at the end."""

    def __init__(self, path: Path) -> None:
        """Check that `path` can be written, and remove an old file; raise UserError if it cannot be written."""
        if not path.name:
            raise UserError(f"--ready-file {path}: that is a directory; name a file")
        self.path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        with self._writing():
            self._draft.write_text("", encoding="utf-8")
            path.unlink(missing_ok=True)

    def write(self, base_url: str, key: str) -> None:
        """Write URL, process id and API key; called when the server can answer its first request."""
        content = {"base_url": base_url, "pid": os.getpid(), "key": key}
        with self._writing():
            self._draft.write_text(json.dumps(content) + "\n", encoding="utf-8")
            self._draft.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file."""
        self._draft.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                self._draft.unlink()
            raise UserError(f"--ready-file {self.path}: cannot be written: {error.strerror}") from None
