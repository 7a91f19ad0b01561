"""The verdict on the client of one world, and the report on those of all worlds."""

from __future__ import annotations

from collections.abc import Iterable

from mockbot.contract.contract import Contract
from mockbot.fault.armed import Armed
from mockbot.journal.credentials import COMMON, Carriers
from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES, Finding, Limits, Verdict
from mockbot.journal.notes import unknown_fields, unused_faults
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.rules import RULES
from mockbot.wording import printable

DEFAULT = Limits()
MAX_WORLDS = 1000
"""How many worlds with findings a report keeps; it only counts the others."""


def verdict(
    entries: Iterable[Entry],
    limits: Limits = DEFAULT,
    *,
    contract: Contract | None = None,
    carriers: Carriers = COMMON,
    armed: Iterable[Armed] = (),
) -> Verdict:
    """Return the findings of all rules in the entries of a world; open entries count as far as they have come.

    With a `contract` also the fields that it does not describe, except those of `carriers`, and with `armed` the faults
    that were never used. A server cannot see what a client shows its user, nor what has not left a network's buffers.
    """
    parsed = [ParsedEntry(entry) for entry in entries]
    findings = [finding for rule in RULES for finding in rule(parsed, limits)]
    if contract is not None:
        findings += unknown_fields(parsed, contract, carriers.query)
    findings += unused_faults(armed)
    order = {each.entry.id: number for number, each in enumerate(parsed)}

    def rank(finding: Finding) -> tuple[int, int]:
        first = order[finding.entries[0]] if finding.entries else len(parsed)
        return SEVERITIES.index(finding.severity), first

    return Verdict(tuple(sorted(findings, key=rank)), len(parsed))


class Report:
    """Collects the verdicts on all worlds of a server, including worlds that were removed."""

    def __init__(self, max_worlds: int = MAX_WORLDS) -> None:
        self._max_worlds = max_worlds
        self._kept: list[tuple[str, Verdict]] = []
        self._worlds = self._dropped = 0
        self.failed = False
        """Whether there is a finding of severity error."""

    def add(self, world: str, found: Verdict) -> None:
        """Add the verdict on a world that gets no more requests."""
        self._worlds += 1
        self.failed = self.failed or found.failed
        if found.findings and len(self._kept) < self._max_worlds:
            self._kept.append((world, found))
        elif found.findings:
            self._dropped += 1

    def as_text(self) -> str:
        """Return the findings of each world, or one line if there are none."""
        lines = [f"world {printable(world)}: {found.as_text()}" for world, found in self._kept]
        if self._dropped:
            lines.append(f"and {self._dropped} more worlds with findings")
        worlds = f"{self._worlds} world{'' if self._worlds == 1 else 's'}"
        return "\n".join(lines) if lines else f"no findings in {worlds}"
