"""The scripts of a world, over the control API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.script.inline import inline
from mockbot.source import load
from mockbot.testing.control import Control
from mockbot.testing.mistakes import Written, sentences_first

ScriptLike = Mapping[str, Any] | str | Path
"""A script as in a script file, the path of a script file, or the path of a folder of script files."""
SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Script:
    """A script of a world, and how often it was used."""

    name: str
    place: str
    """File and line."""
    used: int
    """How often it was played."""
    left: int | None
    """How often it can still be played; None means without limit."""
    written: Any
    """The script, as in a script file."""


class Scripts:
    """The scripts of a world; `added` has the names of those that were added here."""

    def __init__(self, control: Control, place: str) -> None:
        self._control, self._place = control, place
        self.added: set[str] = set()

    def add(self, *scripts: ScriptLike) -> tuple[Script, ...]:
        """Insert scripts, or those of files, before all others, in the given order. Raise UserError on a mistake."""
        __tracebackhide__ = True  # pytest shows the line of the test
        wanted = [one for each in scripts for one in written_in(each)]
        if not wanted:
            return ()
        try:
            answer = self._control.ask("POST", f"{self._place}/scripts", [each.script for each in wanted])
        except UserError as error:
            raise UserError(sentences_first(str(error), wanted)) from None
        listed = _read(answer)[: len(wanted)]
        self.added |= {script.name for script in listed}
        return listed

    def list(self) -> tuple[Script, ...]:
        """Return the scripts in the order in which they are tried."""
        return _read(self._control.ask("GET", f"{self._place}/scripts"))

    def unused(self) -> tuple[Script, ...]:
        """Return the scripts added here that were played less often than their `times`."""
        if not self.added:
            return ()
        return tuple(script for script in self.list() if script.left and script.name in self.added)

    def clear(self, name: str | None = None) -> None:
        """Remove the script of that name, or all scripts."""
        self._control.ask("DELETE", f"{self._place}/scripts", **({} if name is None else {"name": name}))

    def set_states(self, **states: str) -> None:
        """Replace the states that scripts require and set."""
        self._control.ask("PUT", f"{self._place}/states", states)


def _read(response: Mapping[str, Any]) -> tuple[Script, ...]:
    rows = response["scripts"]
    return tuple(Script(row["name"], row["place"], row["used"], row["left"], row["script"]) for row in rows)


def scripts_in(given: ScriptLike) -> list[Any]:
    """Return the scripts of a file or folder, or the given one. Raise UserError if a file has none."""
    return [each.script for each in written_in(given)]


def written_in(given: ScriptLike) -> list[Written]:
    """Return the scripts of a file or folder, or the given one, and where they are written.

    Scripts of files that have no name get their file and line as their name. Raise UserError if a file has none.
    """
    if not isinstance(given, str | Path):
        return [Written(given)]
    path = Path(given)
    if path.is_dir():
        return [one for file in sorted(path.iterdir()) if file.suffix in SUFFIXES for one in written_in(file)]
    file = load(path)
    within = isinstance(file.value, dict)
    scripts = file.value.get("scripts") if isinstance(file.value, dict) else file.value
    if not isinstance(scripts, list):
        raise UserError(f"{path}: a script file is a list of scripts")
    places = [f"/scripts/{index}" if within else f"/{index}" for index in range(len(scripts))]
    return [
        Written(_named(inline(script, path.parent), f"{path.name}:{file.line(at)}"), file, at)
        for script, at in zip(scripts, places, strict=True)
    ]


def _named(script: Any, place: str) -> Any:
    return {"name": place, **script} if isinstance(script, dict) else script
