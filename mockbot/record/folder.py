"""The folder that a recording is written to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from mockbot import yamltext
from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.written import refuse_others

FIXTURE, SCRIPTS = "fixture.yaml", "scripts"
LONGEST = 48


class Folder:
    """A folder for `fixture.yaml` and `scripts/NAME.yaml`. What is there is kept, unless `force` is set."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Try to make the folder; raise UserError if it cannot be written, or if a recording is there already."""
        self.path, self._force = path, force
        missing = [each for each in (path / SCRIPTS, path, *path.parents) if not os.path.lexists(each)]
        try:
            (path / SCRIPTS).mkdir(parents=True, exist_ok=True)
            found = [path / FIXTURE, *sorted((path / SCRIPTS).iterdir())]
            there = next((file for file in found if os.path.lexists(file)), None)
            with TemporaryDirectory(prefix=".", dir=path):
                pass
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"--to {path}: cannot be written: {reason}") from None
        finally:
            for each in missing:
                with suppress(OSError, ValueError):
                    each.rmdir()
        if there is not None and not force:
            raise UserError(f"--to {path}: {there} is there already; name another folder, or overwrite with --force")
        if force:
            _refuse_others([path / FIXTURE, path / SCRIPTS])

    def write(
        self,
        fixture: Mapping[str, JSON],
        scripts: Mapping[str, Sequence[JSON] | Sequence[dict[str, JSON]]],
        comment: str,
    ) -> list[Path]:
        """Write a fixture and script files by their names; return the files, the fixture first.

        What has appeared since the start is kept: the recording then goes into a new folder inside this one. No file
        is replaced before all have been written. Raise UserError if a file cannot be written.
        """
        path = self.path
        number = 2
        while not self._force and os.path.lexists(path / FIXTURE):
            path, number = self.path / f"recording-{number}", number + 1
        files: dict[Path, object] = {path / FIXTURE: fixture} | {
            path / SCRIPTS / name: script for name, script in scripts.items()
        }
        try:
            (path / SCRIPTS).mkdir(parents=True, exist_ok=True)
            _refuse_others([path / SCRIPTS, *files])
            # the drafts are in a new folder, so that no link can lie in the way
            with TemporaryDirectory(prefix=".", dir=path) as drafts:
                for number, value in enumerate(files.values()):
                    text = f"# {comment}\n{yamltext.dump(_plain(value), compact=True)}"
                    Path(drafts, str(number)).write_text(text, encoding="utf-8")
                for number, file in enumerate(files):
                    Path(drafts, str(number)).replace(file)
        except OSError as error:
            raise UserError(f"{error.filename2 or path}: cannot be written: {error.strerror}") from None
        return list(files)


def _refuse_others(paths: Sequence[Path]) -> None:
    """Raise UserError for what is neither a regular file nor, for the scripts, a folder: a link, a pipe, a device."""
    for path in paths:
        if path.name != SCRIPTS:
            refuse_others(path, links=False)
        elif path.is_symlink() or (path.exists() and not path.is_dir()):
            raise UserError(f"{path}: not a folder, and is not written to; remove it, or name another folder")


def _plain(value: object) -> JSON:
    """Return a value with mappings as dicts and sequences as lists, and texts that UTF-8 can write."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value  # type: ignore[return-value]


class Names:
    """Gives each script a name of its own, which a file may have."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, text: str, fallback: str) -> str:
        """Return a name made of the words of a text: `what-is-the-weather`; the fallback if it has none."""
        words = "-".join(re.findall(r"[^\W_]+", text.lower()))
        short = words if len(words) <= LONGEST else words[:LONGEST].rpartition("-")[0] or words[:LONGEST]
        base = name = short or fallback
        number = 2
        while name.casefold() in self._given:
            name, number = f"{base}-{number}", number + 1
        self._given.add(name.casefold())
        return name
