"""One run of schemathesis over the contract: its configuration, and its events turned into a report."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import IO, Any

import schemathesis
from schemathesis.config import OutputConfig
from schemathesis.engine import StopReason, events, from_schema
from schemathesis.hooks import unregister
from schemathesis.reporting.har import HarWriter

from mockbot.app import create_app
from mockbot.profile import Profile
from mockbot.settings import Settings
from mockbot.verify.check.deviations import load_deviations
from mockbot.verify.check.findings import Findings
from mockbot.verify.check.limits import limited
from mockbot.verify.check.report import CheckReport
from mockbot.verify.check.rules import Rules
from mockbot.verify.check.target import Target
from mockbot.verify.curl import masked
from mockbot.verify.deadline import Deadline
from mockbot.verify.generation import IN_PROCESS, generated, not_applicable
from mockbot.world.clock import FrozenClock
from mockbot.written import opened

ANY = "any"
"""The key for a server without keys, which accepts any credential of the right form."""


class TimeIsOver(KeyboardInterrupt):
    """The time for the run is over; schemathesis takes it as Ctrl-C, so what the operation has shown is kept."""


class CheckRun:
    """A server with everything that a check of it needs."""

    def __init__(
        self,
        url: str | None,
        key: str,
        app: Any,
        profile: Profile,
        against: str | None,
        timeout: float,
    ) -> None:
        mockbot = None
        if url is None and app is None:
            settings = Settings(pace_ms=0)
            mockbot = app = create_app(settings, profile=profile, clock=FrozenClock(), log=lambda _: None)
            key = key or mockbot.key or ANY
        self.profile, self.contract = profile, profile.contract
        self.target = Target(url or IN_PROCESS, key or ANY, app, mockbot, lists=bool(profile.handlers), seconds=timeout)
        self.deviations = load_deviations(profile.deviations if against else None)
        self.timeout = timeout

    def report(
        self, max_examples: int, seed: int, max_seconds: float, har: Path | None, progress: Callable[[str], None]
    ) -> CheckReport:
        """Check the server; Ctrl-C, or the end of its time, ends the run and the report has the findings so far."""
        started, interrupted, deadline = time.monotonic(), False, Deadline(max_seconds)
        target, deviations = self.target, self.deviations
        stateless, bare = not self.profile.handlers, "data" not in json.loads(self.profile.error(400, "").body)
        rules = Rules(self.contract, target, deviations, self.timeout, stateless=stateless, bare=bare)
        findings = Findings(target, rules)
        counter = Progress(findings, progress)
        with ExitStack() as stack:
            stack.enter_context(closing(target))
            stack.enter_context(limited())
            target.reach()
            options: dict[str, Any] = {"max_examples": max_examples, "seed": seed, "timeout": self.timeout}
            schema = generated(self.profile, target.base_url, target.key, target.app, **options)
            stack.enter_context(_ending(deadline))
            stack.enter_context(rules.registered(schema))
            writer = stack.enter_context(_har(har, target.key)) if har else None
            stream = from_schema(schema).execute()
            try:
                for event in stream:
                    findings.take(event)
                    counter.take(event)
                    if writer is not None and isinstance(event, events.ScenarioFinished):
                        writer.write(event.recorder)
                    interrupted |= isinstance(event, events.Interrupted)
                    if isinstance(event, events.EngineFinished):
                        interrupted |= event.stop_reason is StopReason.INTERRUPTED
            except KeyboardInterrupt:
                interrupted = True
                with suppress(KeyboardInterrupt, StopIteration):
                    stream.finish()
        return CheckReport(
            target=target.name,
            seed=seed,
            seconds=time.monotonic() - started,
            cases=dict(counter.cases),
            checks=dict(findings.checks),
            findings=findings.all(),
            relaxed=deviations.counts(),
            off=not_applicable(self.profile),
            interrupted=interrupted and not deadline.ended,
            out_of_time=deadline.ended,
        )


class Progress:
    """Counts requests, and writes a line for each operation and phase."""

    def __init__(self, findings: Findings, write: Callable[[str], None]) -> None:
        self.cases: Counter[str] = Counter()
        self._findings, self._write = findings, write

    def take(self, event: object) -> None:
        """Handle an event of the engine."""
        if isinstance(event, events.ScenarioFinished) and event.recorder.interactions:
            phase, count = event.phase.value, len(event.recorder.interactions)
            self.cases[phase] += count
            if event.phase.value != "stateful":
                self._line(phase, event.recorder.label, count)
        elif isinstance(event, events.PhaseFinished) and event.phase.name.value == "stateful":
            self._line("stateful", "all operations", self.cases["stateful"])

    def _line(self, phase: str, operation: str, count: int) -> None:
        found = len(self._findings.all())
        self._write(f"{phase:<9} {operation:<28} {count:>5} requests, findings so far: {found}")


@contextmanager
def _ending(deadline: Deadline) -> Iterator[None]:
    """Let no request of schemathesis begin when the time is over."""

    def ask(_: Any, __: Any, ___: Any) -> None:
        if deadline.over():
            raise TimeIsOver

    before = schemathesis.hook("before_call")(ask)
    try:
        yield
    finally:
        unregister(before)


@contextmanager
def _har(path: Path, key: str) -> Iterator[HarWriter]:
    """Write a HAR file; the key is masked everywhere, in addition to what schemathesis masks."""
    with opened(path, "--har") as file, HarWriter(_Masked(file, key), OutputConfig()) as writer:
        writer.open()
        yield writer


class _Masked(StringIO):
    """Writes text to a file with the key masked."""

    def __init__(self, file: IO[str], key: str) -> None:
        super().__init__()
        self._file, self._key = file, key

    def write(self, text: str) -> int:
        return self._file.write(masked(text, self._key))
