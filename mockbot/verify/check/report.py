"""The results of `check`: as values, as text and as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from textwrap import indent
from xml.etree import ElementTree

from mockbot.dataclass import dataclass
from mockbot.verify.curl import shortened
from mockbot.wording import printable, readable


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One defect of the server, reported once for all requests that show it."""

    operation: str
    """`POST /api/v1/chat`."""
    check: str
    """The name of the check that failed: `response_schema_conformance`, `stream_events` ..."""
    title: str
    """A short summary."""
    evidence: str
    """The expected and the received value; several lines."""
    curl: str
    """A shell command that repeats the request, with the key as $MOCKBOT_KEY; one line for each request needed."""
    cases: int = 1
    """How many requests showed it; `curl` has the smallest."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One run of `check`."""

    target: str
    """What was checked: a URL, or mockbot itself."""
    seed: int
    """The seed; the same seed repeats the run."""
    seconds: float
    """How long it took."""
    cases: Mapping[str, int]
    """Requests by phase: examples, coverage, fuzzing, stateful."""
    checks: Mapping[tuple[str, str], int]
    """How often each check ran, by operation and name of the check."""
    findings: tuple[CheckFinding, ...]
    """Most severe first, then in the order of discovery."""
    relaxed: Mapping[str, int] = field(default_factory=dict)
    """How often each known deviation occurred, by its name."""
    off: tuple[str, ...] = ()
    """The checks that were not made, because they need state or real credentials, which the profile does not have."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run early."""
    out_of_time: bool = False
    """Whether the time for the run was over before its end."""

    @property
    def passed(self) -> bool:
        """Return whether the run was completed, made at least one check and found nothing."""
        return not (self.findings or self.interrupted or self.out_of_time) and bool(self.checks)

    @property
    def text(self) -> str:
        """Return the summary for a person."""
        return readable("\n".join(self._lines()))

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
            case = ElementTree.SubElement(suite, "testcase", classname=printable(operation), name=printable(check))
            for finding in failed.get((operation, check), ()):
                text = f"{finding.evidence}\n\n{finding.curl}"
                ElementTree.SubElement(case, "failure", message=printable(finding.title)).text = readable(text)
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
        if self.off:
            yield f"not checked, because they need state or real credentials: {', '.join(self.off)}"
            yield "refusals may be what the document describes, or problem details (RFC 9457) where it describes none"
            yield "bodies in XML, YAML and lines of JSON are sent, but an invalid one may be accepted"
            yield "a path may have the methods of a template that matches it"
            yield "an operation of which only errors are documented answers with one of them"
        if self.interrupted:
            yield "interrupted: this report is incomplete"
        elif self.out_of_time:
            yield "its time is over: this report is incomplete; --time gives it more"
        so_far = " so far" if self.interrupted or self.out_of_time else ""
        operations, checks = {name for name, _ in self.checks}, {name for _, name in self.checks}
        if self.findings:
            yield from self._overview()
            yield f"{len(self.findings)} finding{'s' if len(self.findings) > 1 else ''}{so_far}"
        elif not self.checks:
            yield "nothing was checked"
        else:
            yield f"no findings{so_far}: {len(operations)} operations, {len(checks)} checks"

    def _overview(self) -> Iterator[str]:
        """Yield a line for each operation with findings, if there are several findings."""
        named: dict[str, dict[str, None]] = {}
        for finding in self.findings:
            named.setdefault(finding.operation, {})[finding.check] = None
        if len(self.findings) > 1:
            yield from (f"{operation:<28} {', '.join(checks)}" for operation, checks in named.items())
