"""A whole run against one client: lanes, phases, and the report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import field, replace
from pathlib import Path
from queue import SimpleQueue

from mockbot.app import profile_for
from mockbot.behaviour import Behaviour, load
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fuzz.case import Case, Lane
from mockbot.fuzz.classes import CATALOGUE, CHOICES, BugClass
from mockbot.fuzz.clients.client import Client
from mockbot.fuzz.findings import found, leaks, unseen
from mockbot.fuzz.known import with_states
from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.search import NOT_DRAWN, class_of, drawn, learned, names_of, pairs
from mockbot.fuzz.stage import Stage
from mockbot.settings import Settings
from mockbot.steady import steady
from mockbot.wording import near

WAITING = 6
"""How many cases that wait for a deadline run side by side."""
OPS = {"stream": "chat", "upload": "file", "list": "sessions", "json": "bots"}
"""The operation that an adapter is asked for, by what a class needs."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run does."""

    seed: int = 0
    max_examples: int = 50
    """Behaviours that Hypothesis draws after the catalogue."""
    seconds: float | None = None
    """The most time for the whole search; None: no limit."""
    only: tuple[str, ...] = ()
    """Families (A, B, C, D) or classes (A7); empty: all."""
    jobs: int = 2
    deadline: float = 10.0
    known: Mapping[str, str] = field(default_factory=dict)
    """The reasons of known failures, by their keys."""
    replay: Path | None = None
    """The only behaviour to play; None: the search."""


def run(
    client: Callable[[], Client],
    options: Options,
    settings: Settings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FuzzReport:
    """Run clients, made by `client` once for each lane, against behaviours of a server, and return the report.

    Raise UserError if the client fails without any fault.
    """
    for name in options.only:
        if name not in CHOICES:
            raise UserError(f"--only {name}: there is no such family or class; {near(name.upper(), CHOICES)}")
    began = time.process_time()
    with ExitStack() as stack:
        report = _Run(client, options, settings or Settings(), progress, stack).report()
    return replace(report, own_ms=1000 * (time.process_time() - began) / max(1, report.cases))


class _Run:
    def __init__(
        self,
        client: Callable[[], Client],
        options: Options,
        settings: Settings,
        progress: Callable[[str], None],
        stack: ExitStack,
    ) -> None:
        self._client, self._options, self._settings, self._progress = client, options, settings, progress
        self._stack = stack
        self._profile = profile_for(settings)
        self._lanes: list[Lane] = []
        self._met: Counter[str] = Counter()
        self._findings: dict[str, Finding] = {}
        self._done = 0
        self._replayed: list[str] = []
        self._end = None if options.seconds is None else steady() + options.seconds
        self._first = self._lane()
        self._chats = self._profile.chat is not None
        self._habits = self._first.learn(learned(self._chats), self._first.client.ops or ("chat",))

    def report(self) -> FuzzReport:
        """Run all phases."""
        usage = self._first.client.usage()
        chosen = [each for each in CATALOGUE.values() if is_chosen(each.id, self._options.only)]
        applying = [each for each in chosen if self._applies(each)]
        if self._options.replay is None:
            self._search(applying)
        else:
            self._replay(load(self._options.replay, self._profile.contract))
        self._findings |= {each.key: each for each in leaks(usage, self._first.client.usage(), self._first.count)}
        results = tuple(
            ClassResult(each.id, each.name, each.kind, each in applying, self._met[each.id], self._failed(each.id))
            for each in chosen
            if self._options.replay is None or each.id in self._replayed
        )
        order = [*CATALOGUE]
        ordered = sorted(self._findings.values(), key=lambda each: (_first(each.bug_class, order), each.key))
        findings, untried = with_states(ordered, self._options.known, {each.id for each in results if each.met})
        return FuzzReport(
            client=self._first.client.name,
            seed=self._options.seed,
            cases=sum(lane.count for lane in self._lanes),
            findings=findings,
            classes=results,
            unseen=tuple(unseen(self._first.client, self._habits.reports)),
            untried=untried,
        )

    def _search(self, classes: Sequence[BugClass]) -> None:
        """Try the catalogue, then pairs of what was survived, then what Hypothesis draws."""
        self._catalogue(classes)
        survived = [each.id for each in classes if self._met[each.id] and not self._failed(each.id)]
        if not self._over():
            self._pairs(survived)
        if not self._over() and self._options.max_examples:
            self._drawn([CATALOGUE[each] for each in survived])

    def _replay(self, behaviour: Behaviour) -> None:
        """Play one behaviour file."""
        about = CATALOGUE.get(behaviour.bug_class)
        self._replayed = (behaviour.bug_class or class_of(behaviour)).split("+")
        self._add(
            behaviour.bug_class or class_of(behaviour), self._first.run(behaviour, self._op(about) if about else "chat")
        )

    def _lane(self) -> Lane:
        stage = self._stack.enter_context(Stage(self._settings, self._profile))
        client = self._client()
        self._stack.callback(client.close)
        lane = Lane(client, stage, self._options.deadline)
        self._lanes.append(lane)
        return lane

    def _more(self, count: int) -> list[Lane]:
        """Return more lanes, for clients with the same habits."""
        lanes = [self._lane() for _ in range(count)]
        for lane in lanes:
            lane.habits = self._habits
        return lanes

    def _applies(self, each: BugClass) -> bool:
        if each.chats and not self._chats:
            return False
        if each.needs == "json":
            return "json" in self._habits.surfaces
        return each.needs == "any" or each.needs in self._habits.surfaces

    def _playable(self, each: BugClass) -> list[Behaviour]:
        """Return the behaviours of a class, without those that need a chat where there is none."""
        return [behaviour for behaviour in each.behaviours if self._chats or behaviour.script is None]

    def _op(self, each: BugClass) -> str:
        if each.needs == "any":
            return next(op for need, op in OPS.items() if need in self._habits.surfaces)
        return OPS[each.needs]

    def _over(self) -> bool:
        return self._end is not None and steady() > self._end

    def _failed(self, name: str) -> bool:
        return any(each.bug_class == name for each in self._findings.values())

    def _catalogue(self, classes: Sequence[BugClass]) -> None:
        """Try each class; those that wait for a deadline run beside the others, on lanes of their own."""
        waiting, quick = [each for each in classes if each.waits], [each for each in classes if not each.waits]
        jobs = max(1, min(self._options.jobs, len(quick)))
        with (
            self._pool([self._first, *self._more(jobs - 1)]) as usual,
            self._pool(self._more(min(WAITING, sum(len(each.behaviours) for each in waiting)))) as patient,
        ):
            tasks = [(each, behaviour, patient) for each in waiting for behaviour in self._playable(each)]
            tasks += [(each, behaviour, usual) for each in quick for behaviour in self._playable(each)]
            running = [(each, pool(behaviour, self._op(each))) for each, behaviour, pool in tasks]
            for each, result in running:
                self._add(each.id, result())

    @contextmanager
    def _pool(self, lanes: Sequence[Lane]) -> Iterator[Callable[[Behaviour, str], Callable[[], Case | None]]]:
        """Yield a function that runs a behaviour on a free lane, and returns a function that waits for the case."""
        free: SimpleQueue[Lane] = SimpleQueue()
        for lane in lanes:
            free.put(lane)

        def run(behaviour: Behaviour, op: str) -> Case | None:
            lane = free.get()
            try:
                return None if self._over() else lane.confirmed(behaviour, op)
            finally:
                free.put(lane)

        with ThreadPoolExecutor(max(1, len(lanes))) as executor:
            yield lambda behaviour, op: executor.submit(run, behaviour, op).result

    def _pairs(self, survived: Iterable[str]) -> None:
        if "stream" not in self._habits.surfaces or not self._chats:
            return
        with self._pool(self._lanes[: max(1, self._options.jobs)]) as pool:
            running = [(name, pool(behaviour, "chat")) for name, behaviour in pairs(survived)]
            for name, result in running:
                self._add(name, result())

    def _drawn(self, survived: Sequence[BugClass]) -> None:
        """Draw faults whose classes were survived, so that what is found is new."""
        failing = names_of(each for each in CATALOGUE.values() if self._failed(each.id))
        names = sorted(names_of(survived) - failing - {*NOT_DRAWN})
        chats = self._chats and "stream" in self._habits.surfaces
        options = self._options
        for name, case in drawn(self._first, names, options.seed, options.max_examples, chats, self._over):
            self._add(self._known_as(case) if name == "script" else name, case)

    def _known_as(self, case: Case) -> str:
        """Return the class that a script without faults has met and that the client fails, or else `script`."""
        met = (each.id for each in CATALOGUE.values() if each.met(case.sent, self._habits.plain))
        return next((each for each in met if self._failed(each)), "script")

    def _add(self, name: str, case: Case | None) -> None:
        """Count the classes that a case has met, and keep its failure."""
        if case is None:
            return
        self._done += 1
        met = [each.id for each in CATALOGUE.values() if each.met(case.sent, self._habits.plain)]
        self._met.update(met)
        self._progress(f"{self._done} {name}: {case.failures[0].did if case.failures else 'survived'}")
        if not case.failures or (name in CATALOGUE and name not in met):
            return
        finding = found(name, case)
        self._findings.setdefault(finding.key, finding)


def is_chosen(name: str, only: Sequence[str]) -> bool:
    """Return whether a class is among the families and classes that a run is for."""
    return not only or name in only or name[:1] in only


def _first(name: str, order: Sequence[str]) -> int:
    first = name.partition("+")[0]
    return order.index(first) if first in order else len(order)
