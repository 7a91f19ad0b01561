"""What a client got wrong, as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from mockbot.jsontext import JSON

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""From the worst on."""
NAMED = 10
"""Entries that a finding's line in a text names; the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client got wrong, and the entries that show it."""

    name: str
    """`contract-violation`, `retry-after-ignored` ...: the name of the rule, stable for tests to ask for."""
    severity: Severity
    """`error`: surely wrong; `warning`: wrong unless somebody meant it; `note`: good to know."""
    sentence: str
    """What happened, for people."""
    entries: tuple[str, ...]
    """The ids of the entries that show it, in order of arrival."""
    operation: str | None = None
    """The operation it was about, None where the contract has none."""

    def as_json(self) -> dict[str, JSON]:
        """Return the finding as the control API shows it."""
        return {
            "name": self.name,
            "severity": self.severity,
            "sentence": self.sentence,
            "operation": self.operation,
            "entries": list(self.entries),
        }

    def as_text(self) -> str:
        """Return the finding as one line."""
        more = len(self.entries) - NAMED
        shown = ", ".join(self.entries[:NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.severity}: {self.name}: {self.operation or 'no operation'}: {self.sentence} ({shown})"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where patience ends; times are seconds."""

    attempts: int = 3
    """As often may one request be sent while it fails."""
    window: float = 60.0
    """A request that comes again later than this after an answer is not a retry of it."""
    slack: float = 0.1
    """Retry-After may be undercut by this; a date by one second more, because it has no fractions."""
    linger: float = 5.0
    """As long may a client stay on a stream whose `end` it has."""
    silence: float = 10.0
    """A client that leaves a stream which said nothing for so long has every reason to."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a journal shows about the client that filled it."""

    findings: tuple[Finding, ...]
    """The worst first; those of one severity in order of their first entry."""
    entries: int
    """How many exchanges were looked at."""

    @property
    def failed(self) -> bool:
        """Tell whether there is a finding of severity error."""
        return any(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> dict[str, JSON]:
        """Return the verdict as the control API shows it."""
        count = Counter(finding.severity for finding in self.findings)
        return {
            "failed": self.failed,
            "entries": self.entries,
            "count": {severity: count[severity] for severity in SEVERITIES},
            "findings": [finding.as_json() for finding in self.findings],
        }

    def as_text(self) -> str:
        """Return a headline and a line for each finding."""
        exchanges = f"{self.entries} exchange{'' if self.entries == 1 else 's'}"
        if not self.findings:
            return f"{exchanges}, nothing to complain about"
        count = Counter(finding.severity for finding in self.findings)
        told = [f"{n} {name}{'' if n == 1 else 's'}" for name in SEVERITIES if (n := count[name])]
        return "\n".join([f"{exchanges}: {', '.join(told)}", *(f"  {finding.as_text()}" for finding in self.findings)])
