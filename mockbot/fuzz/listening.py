"""A run without a client: a person makes the requests, and looks at what the client does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from mockbot.fuzz.case import surfaces
from mockbot.fuzz.classes import CATALOGUE, BugClass
from mockbot.fuzz.clients.client import Shown
from mockbot.fuzz.expected import Habits
from mockbot.fuzz.fuzzer import Options, is_chosen
from mockbot.fuzz.oracles import failures
from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.sent import Sent
from mockbot.fuzz.stage import Stage
from mockbot.settings import Settings
from mockbot.steady import steady

NAME = "a person"
QUIET_SECONDS, POLL_SECONDS = 1.0, 0.05
"""How long nothing happens after the end of a response until the next case begins."""
EXPECTS = {
    "same": "the client shows the same as without it",
    "error": "the client shows an error",
    "either": "the client does not crash, nor wait for ever",
}
UNSEEN = "What the client showed could not be seen, only its requests."


def listen(options: Options, settings: Settings, say: Callable[[str], None]) -> FuzzReport:
    """Play the first behaviour of each class; the next begins when requests were made and their responses have ended.

    `say` gets lines for the person. KeyboardInterrupt ends the run with the report of what was met.
    """
    with Stage(settings) as stage:
        run = _Run(stage, options, say)
        try:
            run.learn()
            run.play()
        except KeyboardInterrupt:
            say("")
        return run.report()


class _Run:
    def __init__(self, stage: Stage, options: Options, say: Callable[[str], None]) -> None:
        self._stage, self._options, self._say = stage, options, say
        self._chosen = [each for each in CATALOGUE.values() if is_chosen(each.id, options.only)]
        self._needs_stream = stage.settings.spec is None and any(each.needs == "stream" for each in self._chosen)
        self._plain: tuple[Sent, ...] = ()
        self._met: Counter[str] = Counter()
        self._findings: dict[str, Finding] = {}
        self._cases = 0

    def learn(self) -> None:
        """See what the client asks for when nothing is wrong."""
        self._say(f"server: {self._stage.base_url}  key: {self._stage.key}")
        what = "send a chat message" if self._needs_stream else "make the requests that are to be tested"
        self._say(f"first without faults: open the client and {what}")
        self._plain = self._next(lambda sent: not self._needs_stream or any(one.is_stream for one in sent))

    def play(self) -> None:
        """Play each class that applies."""
        applying = [each for each in self._chosen if self._applies(each)]
        for number, each in enumerate(applying, 1):
            self._stage.play(each.behaviours[0])
            self._say(
                f"{number} of {len(applying)}: {each.id} {each.name}; reload the page, and do the same again "
                f"({each.kind}: {EXPECTS[each.behaviours[0].expects]})"
            )
            self._add(each, self._next(partial(self._asks_for, each)))

    def report(self) -> FuzzReport:
        """Return the report of all cases so far."""
        results = tuple(
            ClassResult(
                each.id,
                each.name,
                each.kind,
                self._applies(each),
                self._met[each.id],
                any(finding.bug_class == each.id for finding in self._findings.values()),
                seen=False,
            )
            for each in self._chosen
        )
        findings = tuple(self._with_state(each) for each in self._findings.values())
        return FuzzReport(NAME, 0, self._cases, findings, results, (UNSEEN,), client_options="--listen")

    def _with_state(self, finding: Finding) -> Finding:
        """Return a finding as known, if it is; no entry is stale, because most failures cannot be seen."""
        known = self._options.known
        return replace(finding, state="known", reason=known[finding.key]) if finding.key in known else finding

    def _applies(self, each: BugClass) -> bool:
        known = {surface for one in self._plain for surface in surfaces(one)}
        if not self._plain:
            return True
        return each.needs in known or (each.needs == "any" and bool(known))

    def _asks_for(self, each: BugClass, sent: Sequence[Sent]) -> bool:
        """Return whether one of the requests was also made without faults, and can meet the class."""
        wanted = {_request(one) for one in self._plain if each.needs in ("any", *surfaces(one))}
        return any(_request(one) in wanted for one in sent)

    def _next(self, is_enough: Callable[[Sequence[Sent]], bool]) -> tuple[Sent, ...]:
        """Wait until there were enough requests and all responses have ended, or nothing happens for the deadline."""
        while True:
            time.sleep(POLL_SECONDS)
            quiet = 0.0 if self._stage.last is None else steady() - self._stage.last
            if quiet < QUIET_SECONDS:
                continue
            sent = tuple(one for one in self._stage.sent() if one.method not in ("", "OPTIONS"))
            ended = all(one.complete or one.broken or one.ended != "open" for one in sent)
            if is_enough(sent) and (ended or quiet > self._options.deadline):
                self._cases += 1
                return sent

    def _add(self, each: BugClass, sent: tuple[Sent, ...]) -> None:
        self._met.update(other.id for other in CATALOGUE.values() if other.met(sent, self._plain))
        behaviour = replace(each.behaviours[0], bug_class=each.id)
        nothing_shown = Shown("ok")
        for failure in failures(behaviour, sent, nothing_shown, self._stage.mistakes(), Habits()):
            if failure.oracle != "repeat":  # the others are about what the client showed
                continue
            key = f"{each.id}/{failure.oracle}/{failure.error_type}"
            self._say(f"  found: {failure.did}")
            self._findings[key] = Finding(
                key=key,
                bug_class=each.id,
                kind=behaviour.kind,
                sentence=f"{each.name}: {failure.did}",
                rule=each.rule,
                behaviour=behaviour,
                sent=sent,
                did=failure.did,
                should=failure.should,
            )


def _request(sent: Sent) -> tuple[str, str]:
    return sent.method, sent.path.partition("?")[0]
