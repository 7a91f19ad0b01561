"""The verdicts on all worlds of a server, those included that are gone already."""

from __future__ import annotations

from collections.abc import Iterable

from mockbot.journal.entry import Entry
from mockbot.journal.finding import Limits, Verdict
from mockbot.journal.verdict import DEFAULT, verdict

MOST = 1000
"""Worlds with findings that are kept in mind; of more only the number is told."""


class Report:
    """Collects verdicts; nobody's findings are lost because a test has thrown its world away."""

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._told: list[tuple[str, Verdict]] = []
        self._worlds = self._untold = 0
        self.failed = False
        """Whether there is a finding of severity error."""

    def add(self, world: str, entries: Iterable[Entry]) -> None:
        """Judge a world that says no more."""
        judged = verdict(entries, self._limits)
        self._worlds += 1
        self.failed = self.failed or judged.failed
        if judged.findings and len(self._told) < MOST:
            self._told.append((world, judged))
        elif judged.findings:
            self._untold += 1

    def as_text(self) -> str:
        """Return the findings of each world that has any, or one line that there are none."""
        lines = [f"world {world}: {judged.as_text()}" for world, judged in self._told]
        if self._untold:
            lines.append(f"and {self._untold} more worlds with findings")
        worlds = f"{self._worlds} world{'' if self._worlds == 1 else 's'}"
        return "\n".join(lines) if lines else f"nothing to complain about in {worlds}"
