"""The report as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mockbot.fuzz.report import Finding, FuzzReport
from mockbot.fuzz.reports.phrases import MEANING, commands, file_name, outcome, request, responses, summary
from mockbot.fuzz.reports.wire import count, shortened
from mockbot.fuzz.sent import Sent
from mockbot.wording import printable

MOST_BYTES = 600
"""Bytes of a response that are shown."""
MOST_WRITES = 40
MOST_RESPONSES = 4
"""Responses of a finding that are shown."""


def text(report: FuzzReport) -> str:
    """Return the report for a terminal; control characters are escaped."""
    return "\n".join(printable(line) for line in _lines(report)) + "\n"


def _lines(report: FuzzReport) -> Iterator[str]:
    for number, finding in enumerate(report.findings, 1):
        yield from _finding(number, finding, report)
        yield ""
    yield f"{report.client}: {summary(report)} ({count(report.cases, 'case')}, seed {report.seed})"
    yield from _table(report)
    yield from (f"not seen: {each}" for each in report.unseen)
    yield from (f"not tried: the known failure {each}, because its class was not met" for each in report.untried)


def _finding(number: int, finding: Finding, report: FuzzReport) -> Iterator[str]:
    yield f"{number}. [{finding.state}] {finding.key}: {finding.sentence}"
    if finding.state == "stale":
        yield f"   {finding.should}"
        return
    yield f"   kind: {MEANING[finding.kind]}"
    yield f"   rule: {finding.rule}"
    if finding.reason:
        yield f"   known: {finding.reason}"
    yield "   smallest behaviour:"
    yield from textwrap.indent(finding.behaviour.as_yaml().rstrip("\n"), "     ").split("\n")
    sent = responses(finding)
    if sent:
        yield "   bytes as sent (a line for each write, with its milliseconds):"
    for each in sent[:MOST_RESPONSES]:
        if len(sent) > 1:
            yield f"     to {request(each)}:"
        yield from (f"     {line}" for line in _wire(each))
    if len(sent) > MOST_RESPONSES:
        yield f"     ... and {count(len(sent) - MOST_RESPONSES, 'more response')}"
    yield f"   the client: {finding.did}"
    yield f"   it should: {finding.should}"
    yield "   again:" if report.saved else f"   again: save the behaviour as {file_name(finding)}, then"
    yield from (f"     {command}" for command in commands(finding, report))


def _wire(sent: Sent) -> Iterator[str]:
    shown = shortened(sent, MOST_BYTES, MOST_WRITES)
    for cell in shown.cells:
        yield f"{cell.ms:7.1f} {cell.data!r}{cell.cut}"
    yield from (f"        {each}" for each in (shown.rest, shown.end) if each)


def _table(report: FuzzReport) -> Iterator[str]:
    """Yield a line for each class: how often it was met, and what became of it."""
    width = max((len(each.name) for each in report.classes), default=0)
    for each in report.classes:
        yield f"  {each.id:4} {each.name:{width}}  {each.kind:9}  {outcome(each)}"
