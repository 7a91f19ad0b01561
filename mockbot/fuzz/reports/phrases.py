"""The sentences, names and commands that all forms of the report have in common."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path

from mockbot.fault.fault import Kind
from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.reports.wire import count
from mockbot.fuzz.sent import Sent

MEANING: Mapping[Kind, str] = {
    "legal": "legal, so a bug of the client",
    "violation": "a violation that a client must survive",
    "disputed": "disputed: specifications and well-known clients disagree",
}
LONGEST_NAME = 100


def survival(report: FuzzReport) -> str:
    """Return one sentence: how many classes the client survives, of those that it met."""
    if report.classes and not any(each.seen for each in report.classes):
        return f"met {sum(each.met > 0 for each in report.classes)} of {len(report.classes)} classes"
    return report.problem or f"survives {report.survived} of {report.tried} classes"


def summary(report: FuzzReport) -> str:
    """Return the sentence with the number of findings."""
    if report.problem:
        return report.problem
    states = [each.state for each in report.findings]
    parts = [f"{states.count(state)} {state}" for state in ("new", "known", "stale") if state in states]
    return f"{survival(report)}; {', '.join(parts) or 'no findings'}"


def outcome(result: ClassResult) -> str:
    """Return what became of a class, in words."""
    if not result.met:
        return "not tried: the client never met it" if result.applies else "does not apply to this client"
    found = "FAILS" if result.failed else "survived" if result.seen else "only a person could see the result"
    return f"{found}, met {count(result.met, 'time')}"


def responses(finding: Finding) -> tuple[Sent, ...]:
    """Return the responses of a finding that matter: not those to the preflight requests of a browser."""
    return tuple(sent for sent in finding.sent if sent.method != "OPTIONS") or finding.sent


def request(sent: Sent) -> str:
    """Return the request that a response answers."""
    return f"{sent.method} {sent.path}" if sent.method else "no request"


def file_name(finding: Finding) -> str:
    """Return the name of the behaviour file of a finding."""
    return f"{safe_name(finding.key)}.yaml"


def saved(finding: Finding, report: FuzzReport) -> Path:
    """Return where the behaviour file of a finding is, or its name where the report is not saved."""
    return (report.saved or Path()) / file_name(finding)


def safe_name(text: str) -> str:
    """Return a name for a file that has the letters, digits and `-+.` of a text, and is never too long."""
    name = "".join(each if each.isascii() and (each.isalnum() or each in "-+.") else "-" for each in text).lstrip("-.")
    if name and len(name) <= LONGEST_NAME and text.isascii():
        return name
    return f"{name[:LONGEST_NAME]}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}".lstrip("-")


def commands(finding: Finding, report: FuzzReport) -> tuple[str, str]:
    """Return the commands that play the behaviour file of a finding: to any client, and to the client of the report."""
    server = f" {report.server_options}" if report.server_options else ""
    client = report.client_options or f"-- {report.client}"
    name = shlex.quote(str(saved(finding, report)))
    return f"mockbot serve --behaviour {name}{server}", f"mockbot fuzz --replay {name}{server} {client}"
