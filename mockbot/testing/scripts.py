"""The scripts of a world, from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockbot.errors import UserError
from mockbot.source import load
from mockbot.testing.control import Control

Written = Mapping[str, Any] | str | Path
"""A script as in a script file, or the path of such a file or of a folder of them."""
SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Script:
    """A script of a world and its use."""

    name: str
    place: str
    """File and line."""
    used: int
    """How often it was chosen."""
    left: int | None
    """How often it still can be; None: always."""
    written: Any
    """As in a script file."""


class Scripts:
    """What a world answers; `added` names the scripts that came through here."""

    def __init__(self, control: Control, place: str) -> None:
        self._control, self._place = control, place
        self.added: set[str] = set()

    def add(self, *scripts: Written) -> tuple[Script, ...]:
        """Put scripts, or those of files, in front of all others, in the order given; UserError on a mistake."""
        __tracebackhide__ = True  # pytest shows the line of the test
        wanted = [one for each in scripts for one in written(each)]
        if not wanted:
            return ()
        listed = _read(self._control.ask("POST", f"{self._place}/scripts", wanted))[: len(wanted)]
        self.added |= {script.name for script in listed}
        return listed

    def list(self) -> tuple[Script, ...]:
        """Return the scripts in the order they are tried."""
        return _read(self._control.ask("GET", f"{self._place}/scripts"))

    def unused(self) -> tuple[Script, ...]:
        """Return the scripts added here that have some of their `times` left."""
        if not self.added:
            return ()
        return tuple(script for script in self.list() if script.left and script.name in self.added)

    def clear(self, name: str | None = None) -> None:
        """Remove the scripts of that name, or all."""
        self._control.ask("DELETE", f"{self._place}/scripts", **({} if name is None else {"name": name}))

    def set_states(self, **states: str) -> None:
        """Replace the named states that scripts require and set."""
        self._control.ask("PUT", f"{self._place}/states", states)


def _read(answer: Mapping[str, Any]) -> tuple[Script, ...]:
    rows = answer["scripts"]
    return tuple(Script(row["name"], row["place"], row["used"], row["left"], row["script"]) for row in rows)


def written(given: Written) -> list[Any]:
    """Return the scripts of a file or of a folder of them, or the one given; UserError when a file has none."""
    if not isinstance(given, str | Path):
        return [given]
    path = Path(given)
    if path.is_dir():
        return [one for file in sorted(path.iterdir()) if file.suffix in SUFFIXES for one in written(file)]
    value = load(path).value
    scripts = value.get("scripts") if isinstance(value, dict) else value
    if not isinstance(scripts, list):
        raise UserError(f"{path}: a script file is a list of scripts")
    return scripts
