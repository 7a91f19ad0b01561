"""The folder that a recording is written to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mockbot import yamltext
from mockbot.errors import UserError
from mockbot.jsontext import JSON

FIXTURE, SCRIPTS = "fixture.yaml", "scripts"
LONGEST = 48


class Folder:
    """A folder for `fixture.yaml` and `scripts/NAME.yaml`. What is there is kept, unless `force` is set."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Make the folder; raise UserError if it cannot be written, or if a recording is there already."""
        self.path, self._force = path, force
        try:
            (path / SCRIPTS).mkdir(parents=True, exist_ok=True)
            found = [path / FIXTURE, *sorted((path / SCRIPTS).iterdir())]
            there = next((file for file in found if file.exists()), None)
            draft = path / f".{FIXTURE}.new"
            draft.write_text("", encoding="utf-8")
            draft.unlink()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"--to {path}: cannot be written: {reason}") from None
        if there is not None and not force:
            raise UserError(f"--to {path}: {there} is there already; name another folder, or overwrite with --force")

    def write(
        self,
        fixture: Mapping[str, JSON],
        scripts: Mapping[str, Sequence[JSON] | Sequence[dict[str, JSON]]],
        comment: str,
    ) -> list[Path]:
        """Write a fixture and script files by their names; return the files, the fixture first.

        What has appeared since the start is kept: the recording then goes into a new folder inside this one. Raise
        UserError if a file cannot be written.
        """
        path = self.path
        number = 2
        while not self._force and (path / FIXTURE).exists():
            path, number = self.path / f"recording-{number}", number + 1
        files: dict[Path, object] = {path / FIXTURE: fixture} | {
            path / SCRIPTS / name: script for name, script in scripts.items()
        }
        for file, value in files.items():
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                draft = file.with_name(f".{file.name}.new")
                draft.write_text(f"# {comment}\n{yamltext.dump(_plain(value), compact=True)}", encoding="utf-8")
                draft.replace(file)
            except OSError as error:
                raise UserError(f"{file}: cannot be written: {error.strerror}") from None
        return list(files)


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
