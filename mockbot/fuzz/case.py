"""One case: a client meets one behaviour, and what it did wrong is a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mockbot.behaviour import Behaviour
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fuzz.clients.client import Client, Shown, Task
from mockbot.fuzz.expected import Habits, items, last_type, mismatch, types
from mockbot.fuzz.oracles import Failure, failures
from mockbot.fuzz.sent import Sent
from mockbot.fuzz.stage import Stage

PLAIN = Behaviour()
PATIENCE = 2
"""How many times the deadline the second run of a case has."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happened in one case."""

    behaviour: Behaviour
    op: str
    sent: tuple[Sent, ...]
    shown: Shown
    failures: tuple[Failure, ...]


class Lane:
    """One client and one server, which run one case after the other. Use one for each thread."""

    def __init__(self, client: Client, stage: Stage, deadline: float) -> None:
        self.client, self.stage, self.deadline = client, stage, deadline
        self.habits = Habits()
        self.count = 0
        """How many cases were run."""

    def run(self, behaviour: Behaviour, op: str = "chat", deadline: float | None = None) -> Case:
        """Run one case, and look at what the client did."""
        shown = self._shown(behaviour, op, deadline or self.deadline)
        sent = self.stage.sent()
        found = failures(behaviour, sent, shown, self.stage.mistakes(), self.habits)
        if self.client.ops and (found or behaviour.expects != "same") and shown.ended not in ("crash", "hang"):
            found = (*found, *self._poisoned(op))
        return Case(behaviour, op, sent, shown, found)

    def confirmed(self, behaviour: Behaviour, op: str = "chat") -> Case:
        """Run one case, and again with more time if the client fails though the behaviour is legal.

        On a busy machine a right client may not have come to its end in time; a wrong one fails again.
        """
        case = self.run(behaviour, op)
        if not case.failures or behaviour.expects != "same":
            return case
        again = self.run(behaviour, op, PATIENCE * self.deadline)
        return case if again.failures else again

    def learn(self, scripts: Sequence[Behaviour], ops: Iterable[str]) -> Habits:
        """Return what the client does when nothing is wrong; raise UserError if it fails even then."""
        plain: list[Sent] = []
        known: set[str] = set()
        reports = True
        for op in ops:
            for behaviour in scripts if op == "chat" else (PLAIN,):
                shown = self._shown(behaviour, op, self.deadline)
                sent = self.stage.sent()
                if shown.error_type == "unsupported":
                    continue
                if shown.ended != "ok":
                    raise UserError(_fails(self.client.name, op, shown, sent))
                plain += sent
                for one in sent[-1:]:
                    expected = items(one)
                    lines = shown.reported or ()
                    known |= set(types(lines, expected))
                    reports &= bool(lines) and mismatch(expected, lines) is None
        if not plain:
            raise UserError(f"{self.client.name}: it sent no request to MOCKBOT_URL ({self.stage.base_url})")
        found = frozenset(each for one in plain for each in surfaces(one))
        last = frozenset(last_type(one) for one in plain if one.is_stream)
        self.habits = Habits(reports, frozenset(known), found, last, tuple(plain))
        return self.habits

    def _shown(self, behaviour: Behaviour, op: str, deadline: float) -> Shown:
        self.stage.play(behaviour)
        self.count += 1
        task = Task(str(self.count), self.stage.base_url, self.stage.key, deadline, op)
        return self.client.run(task, self.stage)

    def _poisoned(self, op: str) -> tuple[Failure, ...]:
        """Return a failure if a good exchange does not work after a bad one."""
        shown = self._shown(PLAIN, op, self.deadline)
        sent = self.stage.sent()
        if shown.ended == "ok" and (not self.habits.reports or not sent or not _differs(sent[-1], shown, self.habits)):
            return ()
        did = f"the next exchange, in which nothing was wrong, failed: {shown.error_type or 'its events differ'}"
        return (Failure("poisoned", shown.error_type, did, "do the next exchange as if nothing had happened"),)


def smallest(behaviour: Behaviour, fails: Callable[[Behaviour], bool]) -> Behaviour:
    """Return the behaviour without the faults and the script that `fails` does not need."""
    found = behaviour
    for fault in behaviour.faults:
        fewer = replace(found, faults=tuple(each for each in found.faults if each is not fault))
        if (len(found.faults) > 1 or found.script is not None) and fails(fewer):
            found = fewer
    without = replace(found, script=None)
    return without if found.script is not None and found.faults and fails(without) else found


def _differs(sent: Sent, shown: Shown, habits: Habits) -> bool:
    return mismatch(items(sent, habits), shown.reported or ()) is not None


def surfaces(sent: Sent) -> Iterable[str]:
    """Yield what a client can be tried with that makes this request: stream, json, list, upload."""
    if sent.is_stream:
        yield "stream"
    elif sent.media_type.endswith("json"):
        yield "json"
    if "/sessions" in sent.path and sent.method == "GET":
        yield "list"
    if sent.method == "POST" and "/file" in sent.path:
        yield "upload"


def _fails(name: str, op: str, shown: Shown, sent: Sequence[Sent]) -> str:
    got = f"it got {', '.join(f'{one.status} for {one.method} {one.path}' for one in sent) or 'no request out'}"
    why = " ".join(shown.message.split())[-300:]
    return f"{name}: fails with {op} though nothing is wrong ({shown.ended} {shown.error_type}; {got}): {why}"
