"""The result of a run, as values: findings, and what became of each class of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from mockbot.behaviour import Behaviour
from mockbot.dataclass import dataclass
from mockbot.fault.fault import Kind
from mockbot.fuzz.sent import Sent
from mockbot.jsontext import JSON

State = Literal["new", "known", "stale"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which the client fails, with the smallest behaviour that shows it."""

    key: str
    """`CLASS/oracle/error type`, such as `A7/events/-`: the same failure has the same key in every run."""
    bug_class: str
    """Such as `A7`; several are joined with `+`."""
    kind: Kind
    sentence: str
    """What is wrong, in one sentence."""
    rule: str
    """The rule with its source."""
    behaviour: Behaviour
    sent: tuple[Sent, ...]
    """The responses as they left."""
    did: str
    should: str
    state: State = "new"
    reason: str = ""
    """Why the failure is known, from the file of known failures."""

    def as_json(self) -> dict[str, JSON]:
        """Return the finding as the JSON report has it."""
        return {
            "key": self.key,
            "class": self.bug_class,
            "kind": self.kind,
            "sentence": self.sentence,
            "rule": self.rule,
            "did": self.did,
            "should": self.should,
            "behaviour": self.behaviour.as_json(),
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class ClassResult:
    """What became of one class."""

    id: str
    name: str
    kind: Kind
    applies: bool
    """Whether the client can meet it: a client that reads no list has no pages."""
    met: int
    """In how many cases it was seen in the bytes that were sent."""
    failed: bool
    seen: bool = True
    """Whether it could be seen how a case ended: not with a person as the client."""

    @property
    def survived(self) -> bool | None:
        """Return whether the client survived it; None if it was never met, or if that could not be seen."""
        if self.failed:
            return False
        return True if self.met and self.seen else None


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """The result of a run against one client."""

    client: str
    seed: int
    cases: int
    findings: tuple[Finding, ...]
    classes: tuple[ClassResult, ...]
    unseen: tuple[str, ...] = ()
    """What could not be seen of this client, one sentence each."""
    untried: tuple[str, ...] = ()
    """Keys of the known failures whose class was not met."""
    problem: str = ""
    """Why the client could not be run, among those of a matrix; empty if it was run."""
    client_options: str = ""
    """How the client is given to `mockbot fuzz`, such as `-- python chat.py`; empty: the name after `--`."""
    server_options: str = ""
    """The options of the server, as `mockbot serve` and `mockbot fuzz` take them; empty: none."""
    saved: Path | None = None
    """The folder with the behaviour files of the findings; None: they are not saved."""
    own_ms: float = 0.0
    """Milliseconds of mockbot's own CPU time for each case; it differs from run to run."""

    @property
    def survived(self) -> int:
        """Return how many classes the client survived."""
        return sum(each.survived is True for each in self.classes)

    @property
    def tried(self) -> int:
        """Return how many classes the client met."""
        return sum(each.survived is not None for each in self.classes)

    @property
    def failed(self) -> bool:
        """Return whether a failure is new, or a known one is stale."""
        return any(each.state != "known" for each in self.findings)

    def as_json(self) -> dict[str, JSON]:
        """Return the JSON report."""
        classes: Mapping[str, JSON] = {
            each.id: {"met": each.met, "survived": each.survived, "applies": each.applies} for each in self.classes
        }
        return {
            "client": self.client,
            "seed": self.seed,
            "cases": self.cases,
            "findings": [each.as_json() for each in self.findings],
            "classes": dict(classes),
            "unseen": list(self.unseen),
            "untried": list(self.untried),
            **({"problem": self.problem} if self.problem else {}),
        }
