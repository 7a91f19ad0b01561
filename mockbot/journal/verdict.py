"""The verdict on the client of one world, and the report on those of all worlds."""

from __future__ import annotations

from collections.abc import Iterable

from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES, Limits, Verdict
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.rules import RULES

DEFAULT = Limits()
MAX_WORLDS = 1000
"""How many worlds with findings a report keeps; it only counts the others."""


def verdict(entries: Iterable[Entry], limits: Limits = DEFAULT) -> Verdict:
    """Return the findings of all rules in the entries of a world; open entries count as far as they have come.

    A server cannot see what a client shows its user, nor what has not left a network's buffers.
    """
    parsed = [ParsedEntry(entry) for entry in entries]
    findings = [finding for rule in RULES for finding in rule(parsed, limits)]
    order = {each.entry.id: number for number, each in enumerate(parsed)}
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), order[finding.entries[0]]))
    return Verdict(tuple(findings), len(parsed))


class Report:
    """Collects the verdicts on all worlds of a server, including worlds that were removed."""

    def __init__(self, limits: Limits = DEFAULT, max_worlds: int = MAX_WORLDS) -> None:
        self._limits, self._max_worlds = limits, max_worlds
        self._kept: list[tuple[str, Verdict]] = []
        self._worlds = self._dropped = 0
        self.failed = False
        """Whether there is a finding of severity error."""

    def add(self, world: str, entries: Iterable[Entry]) -> None:
        """Add the verdict on a world that gets no more requests."""
        found = verdict(entries, self._limits)
        self._worlds += 1
        self.failed = self.failed or found.failed
        if found.findings and len(self._kept) < self._max_worlds:
            self._kept.append((world, found))
        elif found.findings:
            self._dropped += 1

    def as_text(self) -> str:
        """Return the findings of each world, or one line if there are none."""
        lines = [f"world {world}: {found.as_text()}" for world, found in self._kept]
        if self._dropped:
            lines.append(f"and {self._dropped} more worlds with findings")
        worlds = f"{self._worlds} world{'' if self._worlds == 1 else 's'}"
        return "\n".join(lines) if lines else f"no findings in {worlds}"
