"""Fixtures as a test names them, made self-contained to be sent to a server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mockbot.script.inline import inline
from mockbot.source import load
from mockbot.testing.scripts import SUFFIXES, scripts_in

if TYPE_CHECKING:
    from mockbot.world.fixture import Fixtures

VERSION = re.compile(r"astrbot-([0-9.]+)")
FixtureLike = str | Path | Mapping[str, Any]
"""The name of a shipped fixture, the path of a fixture file, or a fixture as in such a file."""


def self_contained(given: FixtureLike, astrbot: str | None = None) -> str | Mapping[str, Any]:
    """Return a name, or a fixture that refers to no files. Raise UserError with file and line of a mistake.

    A file is validated for the version `astrbot`, or else for the one that it names itself.
    """
    if isinstance(given, str) and not given.endswith(SUFFIXES):
        return given
    if isinstance(given, Mapping):
        return given
    from mockbot.astrbot import versions
    from mockbot.world.fixture import Fixtures

    path = Path(given)
    version = astrbot or (_named(load(path).value) if path.is_file() else None)
    fixtures = Fixtures(versions.blueprint(version))
    fixtures.load(str(given))
    return _rows(Path(given), fixtures)


def _named(value: Any) -> str | None:
    """Return the version of AstrBot that a fixture file says it is for."""
    rows = value if isinstance(value, Mapping) else {}
    names = (rows.get("server"), rows.get("extends"))
    found = (VERSION.match(name) for name in names if isinstance(name, str))
    return next((match[1] for match in found if match), None)


def _rows(path: Path, fixtures: Fixtures) -> dict[str, Any]:
    """Return the content of a valid file, with files that it names replaced by their content."""
    rows: dict[str, Any] = cast(dict[str, Any], load(path).value or {})
    if "scripts" in rows:
        items = (path.parent / item if isinstance(item, str) else item for item in rows["scripts"])
        rows["scripts"] = [inline(script, path.parent) for item in items for script in scripts_in(item)]
    if "extends" in rows and rows["extends"] not in fixtures.names:
        rows = _rows(fixtures.find(rows.pop("extends"), path.parent), fixtures) | rows
    return rows
