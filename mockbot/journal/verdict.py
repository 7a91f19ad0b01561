"""The verdict on a client: every rule asked about everything that the journal has."""

from __future__ import annotations

from collections.abc import Iterable

from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES, Limits, Verdict
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.rules import RULES

DEFAULT = Limits()


def verdict(entries: Iterable[Entry], limits: Limits = DEFAULT) -> Verdict:
    """Judge the client of a world by its journal; exchanges that are still open count as far as they got.

    Only what a server can see: neither what a client shows its user nor what still waits in a network's buffers.
    """
    readings = [ParsedEntry(entry) for entry in entries]
    findings = [finding for rule in RULES for finding in rule(readings, limits)]
    order = {reading.entry.id: number for number, reading in enumerate(readings)}
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), order[finding.entries[0]]))
    return Verdict(tuple(findings), len(readings))
