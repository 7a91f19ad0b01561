"""The verdict on the client of one world."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from mockbot.contract.contract import Contract
from mockbot.fault.armed import Armed
from mockbot.journal.credentials import COMMON, Carriers
from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES, Finding, Limits, Verdict
from mockbot.journal.notes import unknown_fields, unused_faults
from mockbot.journal.parsed import ParsedEntry
from mockbot.journal.reading import reading_each
from mockbot.journal.rules import RULES
from mockbot.turns import Work, at_once

DEFAULT = Limits()


def _parsed(entry: Entry) -> ParsedEntry:
    """Return an entry with all parsed that the rules read of what changes while it is open; they run in threads."""
    found = ParsedEntry(entry)
    found.request_key, found.stream, found.body, found.refused  # noqa: B018  # kept from now on
    return found


def verdict(
    entries: Iterable[Entry],
    limits: Limits = DEFAULT,
    *,
    contract: Contract | None = None,
    carriers: Carriers = COMMON,
    armed: Iterable[Armed] = (),
) -> Verdict:
    """Return the findings of all rules in the entries of a world; open entries count as far as they have come.

    See `reaching` for the parameters.
    """
    return at_once(reaching(entries, limits, contract=contract, carriers=carriers, armed=armed))


def reaching(
    entries: Iterable[Entry],
    limits: Limits = DEFAULT,
    *,
    contract: Contract | None = None,
    carriers: Carriers = COMMON,
    armed: Iterable[Armed] = (),
) -> Work[Verdict]:
    """Return the work that reaches a verdict.

    With a `contract` also the fields that it does not describe, except those of `carriers`, and with `armed` the faults
    that were never used. A server cannot see what a client shows its user, nor what has not left a network's buffers.
    """
    parsed = yield from reading_each(_parsed, entries)
    findings: list[Finding] = []
    for rule in RULES:
        found: list[Finding] = yield partial(list, rule(parsed, limits))
        findings += found
    if contract is not None:
        findings += yield from unknown_fields(parsed, contract, carriers.query)
    findings += unused_faults(armed)
    order = {each.entry.id: number for number, each in enumerate(parsed)}

    def rank(finding: Finding) -> tuple[int, int]:
        first = order[finding.entries[0]] if finding.entries else len(parsed)
        return SEVERITIES.index(finding.severity), first

    return Verdict(tuple(sorted(findings, key=rank)), len(parsed))
