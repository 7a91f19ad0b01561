"""The report as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.sent import Sent
from mockbot.wording import printable

MOST_BYTES = 600
"""Bytes of a response that are shown."""
MOST_CHUNKS = 40


def text(report: FuzzReport) -> str:
    """Return the report for a terminal; control characters are escaped."""
    return "\n".join(printable(line) for line in _lines(report)) + "\n"


def summary(report: FuzzReport) -> str:
    """Return one sentence: how many classes the client survives, of those that it met."""
    states = [each.state for each in report.findings]
    parts = [f"{states.count(state)} {state}" for state in ("new", "known", "stale") if state in states]
    found = f"; {', '.join(parts)}" if parts else "; no findings"
    return f"survives {report.survived} of {report.tried} classes{found}"


def _lines(report: FuzzReport) -> Iterator[str]:
    for number, finding in enumerate(report.findings, 1):
        yield from _finding(number, finding, report.client)
        yield ""
    yield f"{report.client}: {summary(report)} ({report.cases} cases, seed {report.seed})"
    yield from table(report)
    yield from (f"not seen: {each}" for each in report.unseen)
    yield from (f"not tried: the known failure {each}, because its class was not met" for each in report.untried)
    yield from (f"note: {each}" for each in report.notes)


def _finding(number: int, finding: Finding, client: str) -> Iterator[str]:
    meaning = {"legal": "legal, so a bug of the client", "violation": "a violation that a client must survive"}
    yield f"{number}. [{finding.state}] {finding.key}: {finding.sentence}"
    if finding.state == "stale":
        yield f"   {finding.should}"
        return
    yield f"   kind: {meaning.get(finding.kind, 'disputed')}"
    yield f"   rule: {finding.rule}"
    if finding.reason:
        yield f"   known: {finding.reason}"
    yield "   smallest behaviour:"
    yield from textwrap.indent(finding.behaviour.as_yaml().rstrip("\n"), "     ").split("\n")
    yield "   bytes as sent (a line for each write, with its milliseconds):"
    yield from (f"     {line}" for sent in finding.sent for line in wire(sent))
    yield f"   the client: {finding.did}"
    yield f"   it should: {finding.should}"
    yield f"   again: save the behaviour as {file_name(finding)}, then"
    yield f"     mockbot serve --behaviour {file_name(finding)}"
    yield f"     mockbot fuzz --replay {file_name(finding)} -- {client}"


def file_name(finding: Finding) -> str:
    """Return the name of the behaviour file of a finding."""
    return "".join(each if each.isalnum() or each in "-+." else "-" for each in finding.key) + ".yaml"


def wire(sent: Sent) -> Iterator[str]:
    """Yield a line for each write of a response, up to a bound, with its time since the first."""
    left = MOST_BYTES
    for number, write in enumerate(sent.raw):
        if left <= 0 or number >= MOST_CHUNKS:
            size = sum(len(each.data) for each in sent.raw[number:])
            yield f"... and {len(sent.raw) - number} more writes, {size} bytes"
            break
        shown = write.data[:left]
        cut = f" ... {len(write.data) - len(shown)} more bytes" if len(shown) < len(write.data) else ""
        left -= len(shown)
        yield f"{1000 * (write.at - sent.raw[0].at):7.1f} {bytes(shown)!r}{cut}"
    ends = {"closed": "mockbot closed the connection", "reset": "mockbot reset the connection"}
    if sent.ended in ends:
        yield f"        {ends[sent.ended]}"


def table(report: FuzzReport) -> Iterator[str]:
    """Yield a line for each class: how often it was met, and what became of it."""
    width = max((len(each.name) for each in report.classes), default=0)
    for each in report.classes:
        yield f"  {each.id:4} {each.name:{width}}  {each.kind:9}  {outcome(each)}"


def outcome(result: ClassResult) -> str:
    """Return what became of a class, in words."""
    if not result.applies and not result.met:
        return "does not apply to this client"
    if not result.met:
        return "not tried: the client never met it"
    times = f"met {result.met} time{'' if result.met == 1 else 's'}"
    return f"{'FAILS' if result.failed else 'survived'}, {times}"
