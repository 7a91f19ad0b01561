"""What a client did wrong, as values."""

from __future__ import annotations

from collections import Counter
from typing import Literal, Self

from mockbot.dataclass import dataclass
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON
from mockbot.wording import printable

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Most severe first."""
MAX_LISTED = 10
"""How many entries the text of a finding lists; its JSON lists all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake of a client, or a note, and the entries that show it."""

    name: str
    """The name of the rule, such as `contract-violation`. It is stable, so that tests can compare it."""
    severity: Severity
    """`error`: certainly wrong. `warning`: wrong unless it was intended. `note`: for information; it fails nothing."""
    sentence: str
    """What happened, in one sentence."""
    entries: tuple[str, ...]
    """The ids of the entries that show it, in order of arrival; empty for an armed fault that was never used."""
    operation: str | None = None
    """The operation of the first entry, or that a fault is armed for; None if there is none."""

    @classmethod
    def shown_by(cls, name: str, severity: Severity, sentence: str, *entries: Entry) -> Self:
        """Return a finding that these entries show; the first of them names the operation."""
        return cls(name, severity, sentence, tuple(entry.id for entry in entries), entries[0].operation)

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
        """Return the finding as one line, for a terminal."""
        more = len(self.entries) - MAX_LISTED
        listed = ", ".join(self.entries[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
        shown = f" ({listed})" if listed else ""
        operation = f"{self.operation}: " if self.operation else ""
        return printable(f"{self.severity}: {self.name}: {operation}{self.sentence}{shown}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the rules; times in seconds."""

    attempts: int = 3
    """How often a client may send the same request while it fails."""
    window: float = 60.0
    """A request that is repeated later than this after its response is not a retry."""
    slack: float = 0.1
    """How much earlier than Retry-After a retry may arrive; one second more if it is a date, which has no fractions."""
    linger: float = 5.0
    """How long a client may keep a stream open after the frame `end`."""
    silence: float = 10.0
    """A client may leave a stream that has sent nothing for this long."""
    pause: float = 0.9
    """The shortest pause before an automatic reconnect; the shortest default of known libraries is 1 s."""
    longest_pause: float = 15.0
    """The longest pause before an automatic reconnect."""
    storm: int = 8
    """How many refusals with a successful status in a row, within `window`, are a storm."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings about the client of a world."""

    findings: tuple[Finding, ...]
    """Most severe first, then in order of their first entries, then those without entries."""
    entries: int
    """How many exchanges were examined."""

    @property
    def failed(self) -> bool:
        """Return whether there is a finding of severity error."""
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
        """Return a summary line and a line for each finding."""
        exchanges = f"{self.entries} exchange{'' if self.entries == 1 else 's'}"
        if not self.findings:
            return f"{exchanges}, no findings"
        count = Counter(finding.severity for finding in self.findings)
        counts = [f"{n} {name}{'' if n == 1 else 's'}" for name in SEVERITIES if (n := count[name])]
        lines = [f"  {finding.as_text()}" for finding in self.findings]
        return "\n".join([f"{exchanges}: {', '.join(counts)}", *lines])
