"""What `check` found: values, and the two forms in which people and CI servers read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent
from xml.etree import ElementTree

from mockbot.verify.curl import shortened


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One fault of the server, told once however many requests showed it."""

    operation: str
    """`POST /api/v1/chat`."""
    check: str
    """The check that failed, by its name: `response_schema_conformance`, `stream_events` ..."""
    title: str
    """What is wrong, in a few words."""
    evidence: str
    """What was expected and what came, over some lines."""
    curl: str
    """A shell line that repeats it, the key as $MOCKBOT_KEY; more lines where earlier requests led to it."""
    cases: int = 1
    """How many requests showed it; the one told is the smallest of them."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One run of `check`."""

    target: str
    """What was checked: a URL, or mockbot itself."""
    seed: int
    """Repeats the run when given again."""
    seconds: float
    """How long it took."""
    cases: Mapping[str, int]
    """Requests by phase: examples, coverage, fuzzing, stateful."""
    checks: Mapping[tuple[str, str], int]
    """How often each check was made, by operation and name of the check."""
    findings: tuple[CheckFinding, ...]
    """Gravest first, then in the order they were found."""
    relaxed: Mapping[str, int] = field(default_factory=dict)
    """How often each known deviation was met, by its name; 0 when it was not."""
    interrupted: bool = False
    """Whether the run was ended by Ctrl-C before it was through."""

    @property
    def passed(self) -> bool:
        """Return whether the run was completed, asked anything at all and found nothing."""
        return not self.findings and not self.interrupted and bool(self.checks)

    @property
    def text(self) -> str:
        """Return the summary for a person."""
        return "\n".join(self._lines())

    def junit(self) -> str:
        """Return JUnit XML: one test case for each operation and check, failed where there is a finding."""
        failed: dict[tuple[str, str], list[CheckFinding]] = {}
        for finding in self.findings:
            failed.setdefault((finding.operation, finding.check), []).append(finding)
        rows = sorted({*self.checks, *failed})
        counts = {"tests": str(len(rows)), "failures": str(len(failed)), "errors": "0", "skipped": "0"}
        suites = ElementTree.Element("testsuites", counts)
        suite = ElementTree.SubElement(suites, "testsuite", counts, name="mockbot check", time=f"{self.seconds:.3f}")
        for operation, check in rows:
            case = ElementTree.SubElement(suite, "testcase", classname=operation, name=check)
            for finding in failed.get((operation, check), ()):
                text = f"{finding.evidence}\n\n{finding.curl}"
                ElementTree.SubElement(case, "failure", message=_printable(finding.title)).text = _printable(text)
        ElementTree.indent(suites)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'

    def _lines(self) -> Iterator[str]:
        for number, finding in enumerate(self.findings, 1):
            times = f" ({finding.cases} times)" if finding.cases > 1 else ""
            yield f"\n{number}. {finding.operation}: {finding.title}{times}"
            yield f"   check: {finding.check}"
            yield indent(finding.evidence, "   ")
            if finding.curl:
                yield indent("\n".join(map(shortened, finding.curl.splitlines())), "   ")
        phases = ", ".join(f"{phase} {count}" for phase, count in self.cases.items())
        total = sum(self.cases.values())
        yield f"\n{self.target}: {total} requests in {self.seconds:.1f} s ({phases}), seed {self.seed}"
        if met := {name: count for name, count in self.relaxed.items() if count}:
            yield f"known deviations met: {', '.join(f'{name} ({count})' for name, count in met.items())}"
        if unmet := [name for name, count in self.relaxed.items() if not count]:
            yield f"known deviations not met: {', '.join(unmet)}"
        if self.interrupted:
            yield "interrupted: what is said here is not all"
        operations, checks = {name for name, _ in self.checks}, {name for _, name in self.checks}
        if self.findings:
            yield from self._overview()
            yield f"{len(self.findings)} finding{'s' if len(self.findings) > 1 else ''}"
        elif not self.checks:
            yield "nothing was checked"
        else:
            yield f"no findings: {len(operations)} operations, {len(checks)} checks"

    def _overview(self) -> Iterator[str]:
        """Give a line for each operation that has findings, when there are several, so that the end tells it all."""
        named: dict[str, dict[str, None]] = {}
        for finding in self.findings:
            named.setdefault(finding.operation, {})[finding.check] = None
        if len(self.findings) > 1:
            yield from (f"{operation:<28} {', '.join(checks)}" for operation, checks in named.items())


def _printable(text: str) -> str:
    """Escape what XML 1.0 has no way to write."""
    return "".join(
        char if char in "\t\n" or (char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")
        else ascii(char)[1:-1]
        for char in text
    )  # fmt: skip
