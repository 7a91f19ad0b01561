"""Fixtures as a test names them, made self-contained to be sent to a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mockbot.script.inline import inline
from mockbot.source import load
from mockbot.testing.scripts import SUFFIXES, scripts_in

if TYPE_CHECKING:
    from mockbot.world.fixture import Fixtures

FixtureLike = str | Path | Mapping[str, Any]
"""The name of a shipped fixture, the path of a fixture file, or a fixture as in such a file."""


def self_contained(given: FixtureLike) -> str | Mapping[str, Any]:
    """Return a name, or a fixture that refers to no files. Raise UserError with file and line of a mistake."""
    if isinstance(given, str) and not given.endswith(SUFFIXES):
        return given
    if isinstance(given, Mapping):
        return given
    from mockbot.astrbot.v4_19_4.profile import BLUEPRINT
    from mockbot.world.fixture import Fixtures

    fixtures = Fixtures(BLUEPRINT)
    fixtures.load(str(given))
    return _rows(Path(given), fixtures)


def _rows(path: Path, fixtures: Fixtures) -> dict[str, Any]:
    """Return the content of a valid file, with files that it names replaced by their content."""
    rows: dict[str, Any] = cast(dict[str, Any], load(path).value or {})
    if "scripts" in rows:
        items = (path.parent / item if isinstance(item, str) else item for item in rows["scripts"])
        rows["scripts"] = [inline(script, path.parent) for item in items for script in scripts_in(item)]
    if "extends" in rows and rows["extends"] not in fixtures.names:
        rows = _rows(fixtures.find(rows.pop("extends"), path.parent), fixtures) | rows
    return rows
