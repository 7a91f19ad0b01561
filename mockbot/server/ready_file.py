"""The file that tells other programs where a server is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mockbot.errors import UserError


class ReadyFile:
    """Complete or absent, and removed with the server."""

    def __init__(self, path: Path) -> None:
        """Make sure that `path` can be written and that none is left from before; UserError when it cannot."""
        if not path.name:
            raise UserError(f"--ready-file {path}: that is a directory; name a file")
        self.path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}")
        with self._writing():
            self._draft.write_text("", encoding="utf-8")
            path.unlink(missing_ok=True)

    def write(self, base_url: str, key: str) -> None:
        """Say that the first request can be answered."""
        facts = {"base_url": base_url, "pid": os.getpid(), "key": key}
        with self._writing():
            self._draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
            self._draft.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the file away."""
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
