"""The `scripts` of a fixture file: scripts, and the names of files with scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.reads import note
from mockbot.source import Source, load

if TYPE_CHECKING:
    from mockbot.contract.contract import Contract
    from mockbot.script.model import Script

FORMAT = "script"


def scripts_of(items: list[Any], source: Source, folder: Path | None, contract: Contract | None) -> Sequence[Script]:
    """Return the scripts of a fixture: those of script files, relative to `folder`, and those written in the fixture.

    Raise UserError for a script file if `folder` is None, and for a script that violates `contract`. Files that mockbot
    ships have no mistakes; they are read when a script is first needed.
    """
    shipped = None if folder is None or contract is None or contract.chat is None else _shipped(items, folder)
    return tuple(_scripts(items, source, folder, contract)) if shipped is None else ChatScripts(shipped, contract)


class ChatScripts(Sequence["Script"]):
    """Scripts for chat messages, from files that are known to have no mistakes."""

    def __init__(self, files: Sequence[Source], contract: Contract | None) -> None:
        self._files, self._contract = files, contract

    @cached_property
    def _scripts(self) -> tuple[Script, ...]:
        from mockbot.script.load import read

        return tuple(script for each in self._files for script in read(each, self._contract, Path(each.name).parent))

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._scripts)

    @overload
    def __getitem__(self, index: int) -> Script: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Script]: ...
    def __getitem__(self, index: int | slice) -> Script | Sequence[Script]:
        return self._scripts[index]


def _shipped(items: list[Any], folder: Path) -> list[Source] | None:
    """Return the files that a fixture names if mockbot ships all of them, and each script in them is for chats."""
    found = []
    for item in items:
        if not isinstance(item, str) or not (folder / item).is_file():
            return None
        file = load(folder / item)
        if file.format != FORMAT or any("operation" in each.get("when", {}) for each in _rows(file.value)):
            return None
        found.append(file)
    return found


def _rows(value: Any) -> list[Any]:
    rows: list[Any] = value["scripts"] if isinstance(value, dict) else value
    return rows


def _scripts(items: list[Any], source: Source, folder: Path | None, contract: Contract | None) -> Iterator[Script]:
    from mockbot.script.load import load as load_scripts
    from mockbot.script.load import read

    placeholder: JSON = {"command": []}  # stands for a file, so that other scripts keep their pointers
    files = {index for index, item in enumerate(items) if isinstance(item, str)}
    rows = [placeholder if index in files else item for index, item in enumerate(items)]
    written = iter(read(Source(source.name, {"scripts": rows}, source.lines), contract, folder, files))
    for index, item in enumerate(items):
        at = f"/scripts/{index}"
        if not isinstance(item, str):
            yield next(written)
        elif folder is None:
            raise UserError(
                f"{source.place(at)}: {at}: a fixture sent over HTTP cannot name files; write the script here"
            )
        elif not os.path.exists(folder / item):
            note(folder / item, None)
            raise UserError(f"{source.place(at)}: {at}: there is no file or folder {folder / item}")
        else:
            yield from load_scripts(folder / item, contract)
