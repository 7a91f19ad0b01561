"""What a test wishes for by `@pytest.mark.mockbot(...)`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.journal.finding import SEVERITIES
from mockbot.testing.scripts import SUFFIXES
from mockbot.testing.sendable import Given

KEYWORDS = (
    *("fixture", "scripts", "contract", "seed", "strict_scripts", "pace", "frozen"),
    *("allow_violations", "verdict"),
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The world that a test wishes for, and what is let pass at its end."""

    world: Mapping[str, Any]
    """Keywords for `Backend.world`."""
    allowed: bool | Collection[str]
    """Whether the client may break the contract, or the operations in which it may."""
    verdict: str
    """The severity from which on a finding fails the test; `off`: none does."""

    def allow(self, operation: str) -> bool:
        """Tell whether a client may break the contract in an operation."""
        return self.allowed if isinstance(self.allowed, bool) else operation in self.allowed


def wishes_of(node: pytest.Item) -> Wishes:
    """Read a test's markers: of each keyword the nearest to the test counts; UserError on an unknown one."""
    said: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("mockbot"))):
        if marker.args:
            raise UserError("@pytest.mark.mockbot takes keywords only, such as fixture='empty'")
        if unknown := sorted(marker.kwargs.keys() - KEYWORDS):
            raise UserError(f"@pytest.mark.mockbot has no keyword {unknown[0]!r}; it has {', '.join(KEYWORDS)}")
        said |= marker.kwargs
    allowed = said.pop("allow_violations", None) or False
    verdict = said.pop("verdict", node.config.getini("mockbot_verdict"))
    if verdict not in ("off", *SEVERITIES):
        raise UserError(f"a verdict of {verdict!r}: use one of off, {', '.join(SEVERITIES)}")
    if "fixture" in said:
        said["fixture"] = _found(said["fixture"], node.path.parent)
    if "scripts" in said:
        given = [said["scripts"]] if isinstance(said["scripts"], str | Path | Mapping) else said["scripts"]
        said["scripts"] = list(_files(given, node.path.parent))
    return Wishes({"seed": node.name} | said, {allowed} if isinstance(allowed, str) else allowed, verdict)


def _files(scripts: Iterable[Any], folder: Path) -> Iterable[Any]:
    return (folder / script if isinstance(script, str | Path) else script for script in scripts)


def _found(fixture: Given, folder: Path) -> Given:
    """Return a fixture; a file's path counts from the test's folder."""
    is_file = isinstance(fixture, Path) or (isinstance(fixture, str) and fixture.endswith(SUFFIXES))
    return folder / fixture if isinstance(fixture, str | Path) and is_file else fixture
