"""The search: every class of the catalogue, then pairs, then what Hypothesis draws and makes smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Flaky

from mockbot.behaviour import Behaviour, script_of
from mockbot.fault.fault import Fault
from mockbot.fuzz.case import Case, Lane, smallest
from mockbot.fuzz.classes import CATALOGUE, BugClass
from mockbot.fuzz.strategies import behaviours
from mockbot.jsontext import JSON

SLOW = ("hang",)
"""The oracles whose failures are not made smaller by trying again and again: each try waits for the deadline."""
PAIRS = (
    *(("A1", "A2"), ("A1", "C10"), ("A3", "A7"), ("A3", "A8"), ("A3", "A11"), ("A3", "A14"), ("A3", "A18")),
    *(("A4", "A8"), ("A4", "A11"), ("A4", "A18"), ("A5", "A8"), ("A5", "C10"), ("A6", "A18"), ("A7", "A8")),
    *(("A7", "A10"), ("A7", "A18"), ("A7", "C10"), ("A8", "A11"), ("A8", "A18"), ("A8", "C10"), ("A9", "A18")),
    *(("A10", "A18"), ("A11", "A12"), ("A11", "A18"), ("A12", "A18"), ("A18", "A22"), ("A18", "C10")),
)
"""The pairs of classes that change what a parser of events must keep in mind from one chunk to the next."""
NOT_DRAWN = ("delay", "raw", "early", "idle_close", "linger", "drip", "heartbeats", "status", "redirect", "large")
"""Faults that Hypothesis does not draw: they wait, or nothing is left of the response beside them."""
LEARNED: tuple[Mapping[str, JSON], ...] = (
    {"run": [{"say": ["Hello", " there"]}]},
    {
        "run": [
            {"reason": "Let me see."},
            {"say": "Let me look."},
            {"call": {"tool": "look", "args": {"q": "x"}, "result": "y"}},
            {"say": "Done."},
        ]
    },
    {"command": [{"text": "A text"}]},
)
"""What a client is shown first, without faults."""


class TimeIsOver(BaseException):
    """The time for the search is over; it ends Hypothesis, too."""


def learned(chats: bool) -> tuple[Behaviour, ...]:
    """Return the behaviours without faults from which a client's habits are learned; `chats`: with scripts of chats."""
    written = LEARNED if chats else ()
    return (Behaviour(), *(Behaviour(script=script_of(each)) for each in written))


def pairs(survived: Iterable[str]) -> Iterator[tuple[str, Behaviour]]:
    """Yield the behaviours of two classes together, with the names of both, of those that were survived alone."""
    known = set(survived)
    for one, other in ((CATALOGUE[a], CATALOGUE[b]) for a, b in PAIRS if {a, b} <= known):
        both = (*one.behaviours[0].faults, *other.behaviours[0].faults)
        script = one.behaviours[0].script or other.behaviours[0].script
        yield f"{one.id}+{other.id}", Behaviour(script=script, faults=_in_order(both))


def class_of(behaviour: Behaviour) -> str:
    """Return the classes of the faults in a behaviour, joined with `+`: `script` if it has none."""
    names = [each.name for each in behaviour.faults]
    found = [_classes().get(_written(each), _names().get(each.name, each.name)) for each in behaviour.faults]
    return "+".join(sorted(set(found), key=found.index)) if names else "script"


def drawn(
    lane: Lane, names: Sequence[str], seed: int, most: int, chats: bool, over: Callable[[], bool]
) -> Iterator[tuple[str, Case]]:
    """Yield the smallest failing case of each kind that Hypothesis finds, with its classes."""
    found: dict[str, Case] = {}
    cases: dict[str, Case] = {}

    def run(behaviour: Behaviour) -> Case:
        if over():
            raise TimeIsOver
        text = behaviour.as_yaml()
        if text not in cases:
            cases[text] = lane.confirmed(behaviour)
        return cases[text]

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
        report_multiple_bugs=True,
    )
    @hypothesis.given(behaviours(names, chats=chats))
    def survives(behaviour: Behaviour) -> None:
        case = run(behaviour)
        if not case.failures:
            return
        first = case.failures[0]
        if first.oracle not in SLOW:

            def fails_alike(fewer: Behaviour) -> bool:
                again = run(fewer).failures
                return bool(again) and (again[0].oracle, again[0].error_type) == (first.oracle, first.error_type)

            case = run(smallest(behaviour, fails_alike))
        key = f"{class_of(case.behaviour)}/{first.oracle}/{first.error_type or '-'}"
        if key not in found or _weight(case) < _weight(found[key]):
            found[key] = case
        raise _failure(key)

    try:
        survives()
    except (TimeIsOver, Flaky):
        pass
    except Exception as error:
        if not _is_ours(error):
            raise
    for key in sorted(found):
        yield key.partition("/")[0], found[key]


class _Fails(Exception):
    """A client fails; there is one subclass for each key, so that Hypothesis tells the failures apart."""


@cache
def _failure(key: str) -> type[_Fails]:
    return type(key, (_Fails,), {})


def _is_ours(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_ours(each) for each in error.exceptions)
    return isinstance(error, _Fails | Flaky)


def _weight(case: Case) -> tuple[int, int]:
    return len(case.behaviour.faults), len(case.behaviour.as_yaml())


@cache
def _classes() -> Mapping[str, str]:
    """Return the classes by the text of the only fault that triggers them."""
    single = ((behaviour, each) for each in CATALOGUE.values() for behaviour in each.behaviours)
    return {
        _written(behaviour.faults[0]): each.id for behaviour, each in reversed([*single]) if len(behaviour.faults) == 1
    }


@cache
def _names() -> Mapping[str, str]:
    """Return the first class that a fault of each name triggers."""
    found: dict[str, str] = {}
    for each in CATALOGUE.values():
        for behaviour in each.behaviours:
            for fault in behaviour.faults:
                found.setdefault(fault.name, each.id)
    return found


def names_of(classes: Iterable[BugClass]) -> set[str]:
    """Return the names of the faults that trigger classes."""
    return {fault.name for each in classes for behaviour in each.behaviours for fault in behaviour.faults}


def _written(fault: object) -> str:
    return repr(fault)


def _in_order(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:  # the chunks are cut last
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: type(fault).__name__ in LAST))


LAST = ("SplitChunks", "JoinChunks", "Gzip", "Drip")
