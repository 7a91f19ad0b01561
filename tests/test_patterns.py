"""Each regular expression of the package takes time linear in the length of a text, whatever the text is.

An expression is tried with the methods that the package calls on it: `a+b` is linear for `match`, not for `search`.
"""

import re
import signal
from collections.abc import Callable
from math import isfinite
from time import thread_time
from types import FrameType
from typing import Any

import pytest

from tests.expressions import Expressions, modules
from tests.pumped import Pumped, pumped

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no expression can be interrupted here")

METHODS: dict[str, Callable[[re.Pattern[Any], Any], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: [None for _ in pattern.finditer(text)],
}
TIMES, MORE, GROWTH = 3000, 4, 8
"""How often a part is repeated, how much longer the second text is, and by how much more time it may take."""
FLOOR = 0.001
"""Seconds of CPU time that need no second text: many times what most expressions take for the first one."""
MOST = 0.3
"""Seconds of CPU time after which an expression is interrupted."""
TRIES = 3

MET = dict.fromkeys(("mockbot.fuzz.classes.CATALOGUE", "mockbot.fuzz.classes.framing.CLASSES"), "match")
"""What is called on the expressions in these tables; on those in others, it may be anything."""
NOT_LINEAR = {
    "mockbot.server.plain.FIELD": "it reads lines that REQUEST has matched, so each has a colon and a line break",
}
"""Expressions that are not linear, and why that does no harm."""
MADE = {
    "mockbot.cli.values": "patterns of options, which are tried here",
    "mockbot.fault.parameters": "forms of the parameters of faults, which are tried here",
    "mockbot.fuzz.classes.seen": "expressions of classes, which are tried here",
    "mockbot.journal.key_forms": "keys, one beside the other",
    "mockbot.record.texts": "identifiers, one beside the other",
    "mockbot.sample.pattern": "an expression for one character",
    "mockbot.verify.diff.causes": "expressions of causes, which are tried here",
    "mockbot.verify.diff.streams": "expressions of causes, which are tried here",
}
"""Modules whose functions make expressions, and of what."""


class _TooLong(Exception):
    pass


def interrupt(_: int, __: FrameType | None) -> None:
    raise _TooLong


def seconds(method: str, pattern: re.Pattern[Any], text: Any) -> float:
    """Return the CPU seconds of a method, or infinity if it had to be interrupted."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST)
    began = thread_time()
    try:
        METHODS[method](pattern, text)
        return thread_time() - began
    except _TooLong:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def grows(method: str, pattern: re.Pattern[Any], attack: Pumped[Any]) -> bool:
    """Return whether a method takes more time for each character of a longer text."""
    short, long = attack.times(TIMES), attack.times(MORE * TIMES)
    if seconds(method, pattern, short) < FLOOR:
        return False
    for _ in range(TRIES):
        most = seconds(method, pattern, long)
        if not isfinite(most):
            return True
        if most <= GROWTH * max(seconds(method, pattern, short), FLOOR):
            return False
    return True


def attacks(pattern: re.Pattern[Any], methods: set[str]) -> str:
    """Return a text for which one of the methods takes more than linear time, or ""."""
    before = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        found = (f"{each}({attack})" for attack in pumped(pattern) for each in methods if grows(each, pattern, attack))
        return next(found, "")
    finally:
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(a+)+b", "match"),
        (r"(?:a|a)*b", "match"),
        (r"\s*[a ]*\s*=", "match"),
        (r"(.*), (.*): .*!", "fullmatch"),
        (r"x(?:[^>]*)>", "search"),
        (rb"\d+-", "finditer"),
        (r"(?i)<a>.*?</a>", "finditer"),
    ],
)
def test_an_expression_that_is_not_linear_is_found(pattern: str | bytes, method: str) -> None:
    assert attacks(re.compile(pattern), {method})


@pytest.mark.parametrize("pattern", [r"(?:a++)+b", r"\s*=", r'"(?:[^"\\]|\\.)*"', r"(?>(.*?), )(?>(.*?): ).*!"])
def test_an_expression_that_is_linear_is_not_found(pattern: str) -> None:
    assert not attacks(re.compile(pattern), {"match"})


def test_every_expression_of_the_package_is_linear() -> None:
    expressions = Expressions(MET)
    for module in modules():
        expressions.read(module)
    assert sorted(expressions.made_by) == sorted(MADE)
    assert len(expressions.found) > 100
    tried = ((min(used.places), attacks(used.pattern, used.methods)) for used in expressions.found.values())
    found = [(place, attack) for place, attack in tried if attack]
    assert [each for each in found if each[0] not in NOT_LINEAR] == []
    assert len(found) == len(NOT_LINEAR)
