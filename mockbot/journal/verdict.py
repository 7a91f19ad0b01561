"""The verdict on a client: what the rules find in a journal."""

from __future__ import annotations

from collections.abc import Iterable

from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES, Limits, Verdict
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.rules import RULES

DEFAULT = Limits()


def verdict(entries: Iterable[Entry], limits: Limits = DEFAULT) -> Verdict:
    """Return the findings of all rules in the entries of a world; open entries count as far as they have come.

    A server cannot see what a client shows its user, nor what has not left a network's buffers.
    """
    parsed = [ParsedEntry(entry) for entry in entries]
    findings = [finding for rule in RULES for finding in rule(parsed, limits)]
    order = {each.entry.id: number for number, each in enumerate(parsed)}
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), order[finding.entries[0]]))
    return Verdict(tuple(findings), len(parsed))
