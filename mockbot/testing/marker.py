"""The options of `@pytest.mark.mockbot(...)`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.journal.finding import SEVERITIES
from mockbot.openapi.fetch import is_url
from mockbot.testing.scripts import SUFFIXES
from mockbot.testing.sendable import FixtureLike
from mockbot.wording import near

FLAG, TEXT, FILE = (bool, "True or False"), (str, "a text"), (str | Path, "a text or a path")
VALUES: Mapping[str, tuple[Any, str]] = {
    "fixture": (str | Path | Mapping, "a name, a path or an object as in a fixture file"),
    "scripts": (str | Path | Mapping | list | tuple, "a script, a path or a list of these"),
    "contract": TEXT,
    "seed": (str | int, "a text or a number"),
    "strict_scripts": FLAG,
    "pace": (str | int | float, "a number of milliseconds, or a duration such as 50ms"),
    "frozen": FLAG,
    "allow_violations": (bool | str | list | tuple | set | frozenset, "True, an operation or a list of them"),
    "verdict": TEXT,
    "spec": FILE,
    "astrbot": (str | list | tuple, "a version or a list of them"),
    "stateful": FLAG,
    "unhandled": TEXT,
}
"""What the value of each keyword must be: types, and words for an error. Other code looks at the values themselves."""
KEYWORDS = tuple(VALUES)
OWN = ("spec", "stateful", "unhandled")
"""The keywords that need a server of their own."""
SERVER = (*OWN, "astrbot")
"""Those and the keywords that then go to that server."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The world that a test asks for, and what does not fail the test at its end."""

    world: Mapping[str, Any]
    """Keywords for `Backend.world`."""
    allowed: bool | Collection[str]
    """Whether violations by the client are allowed, or the operations in which they are."""
    verdict: str
    """The least severity of a finding that fails the test; `note`: as `warning`, and notes are shown; `off`: none."""
    server: Mapping[str, Any]
    """Settings of a server with another document; empty for the server of the session."""

    def allows(self, operation: str) -> bool:
        """Return whether violations in an operation are allowed."""
        return self.allowed if isinstance(self.allowed, bool) else operation in self.allowed


def versions_of(node: pytest.Item | pytest.Function) -> list[str]:
    """Return the versions of AstrBot that a test runs with; empty if its markers do not list any."""
    for marker in node.iter_markers("mockbot"):
        if "astrbot" in marker.kwargs:
            given = marker.kwargs["astrbot"]
            return list(given) if isinstance(given, list | tuple) else []
    return []


def read_marker(node: pytest.Item, version: str | None = None) -> Marked:
    """Return the options of a test's markers; the nearest marker takes precedence. Raise UserError on a mistake.

    `version` is the one of several versions of AstrBot that the test runs with now.
    """
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("mockbot"))):
        if marker.args:
            raise UserError("@pytest.mark.mockbot takes keywords only, such as fixture='empty'")
        if unknown := sorted(marker.kwargs.keys() - KEYWORDS):
            raise UserError(f"@pytest.mark.mockbot has no keyword `{unknown[0]}`; {near(unknown[0], KEYWORDS)}")
        for name, value in marker.kwargs.items():
            kinds, wanted = VALUES[name]
            if not (value is None or isinstance(value, kinds)):
                raise UserError(f"@pytest.mark.mockbot: `{name}` must be {wanted}, not {value!r:.60}")
        options |= marker.kwargs
    allowed = options.pop("allow_violations", None) or False
    verdict = options.pop("verdict", node.config.getini("mockbot_verdict"))
    if verdict not in ("off", *SEVERITIES):
        raise UserError(f"a verdict of {verdict!r}: {near(str(verdict), ('off', *SEVERITIES))}")
    if "fixture" in options:
        options["fixture"] = _found(options["fixture"], node.path.parent)
    if "scripts" in options:
        given = [options["scripts"]] if isinstance(options["scripts"], str | Path | Mapping) else options["scripts"]
        options["scripts"] = list(_files(given, node.path.parent))
    if version is not None:
        options["astrbot"] = version
    own = SERVER if "spec" in options else OWN
    server = {name: options.pop(name) for name in own if name in options}
    if "spec" in server and not is_url(str(server["spec"])):
        server["spec"] = str(node.path.parent / server["spec"])
    allows = {allowed} if isinstance(allowed, str) else allowed
    return Marked({"seed": node.name} | options, allows, verdict, server)


def _files(scripts: Iterable[Any], folder: Path) -> Iterable[Any]:
    return (folder / script if isinstance(script, str | Path) else script for script in scripts)


def _found(fixture: FixtureLike, folder: Path) -> FixtureLike:
    """Return a fixture; a file's path is relative to the test's folder."""
    is_file = isinstance(fixture, Path) or (isinstance(fixture, str) and fixture.endswith(SUFFIXES))
    return folder / fixture if isinstance(fixture, str | Path) and is_file else fixture
