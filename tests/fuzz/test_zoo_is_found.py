"""`mockbot fuzz` finds every planted bug, with the faults of its class alone, and accuses no right client."""

import sys

import pytest

from mockbot.fuzz.classes import CATALOGUE
from mockbot.fuzz.clients.command import Command
from mockbot.fuzz.fuzzer import Options, run
from mockbot.fuzz.report import FuzzReport
from tests.fuzz.zoo.table import Language, Planted, planted, right

pytestmark = pytest.mark.slow


def fuzz(argv: tuple[str, ...], *only: str, max_examples: int = 0) -> FuzzReport:
    return run(lambda: Command(argv), Options(only=only, max_examples=max_examples, deadline=4))


@pytest.mark.parametrize("bug", planted(sys.executable), ids=lambda bug: f"{bug.language}-{bug.name}")
def test_a_planted_bug_is_found_with_the_faults_of_its_class(bug: Planted) -> None:
    report = fuzz(bug.argv, bug.bug_class)
    keys = [each.key for each in report.findings]
    assert [each.bug_class for each in report.findings[:1]] == [bug.bug_class], keys
    known = [behaviour.faults for behaviour in CATALOGUE[bug.bug_class].behaviours]
    assert all(each.behaviour.faults in known for each in report.findings if each.bug_class == bug.bug_class)


@pytest.mark.parametrize("language", ["python", "node", "pager"])
def test_a_right_client_survives_every_class_that_it_meets(language: Language) -> None:
    report = fuzz(right(language, sys.executable), max_examples=20)
    assert [each.key for each in report.findings] == []
    assert [each.id for each in report.classes if each.applies and not each.met] == []
    assert [each.survived for each in report.classes if not each.applies and not each.met].count(True) == 0
