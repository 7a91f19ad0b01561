"""Whole runs against clients in this process: what is found, how small it is, and that a run is repeatable."""

import pytest

from mockbot.fuzz.classes import CATALOGUE
from mockbot.fuzz.fuzzer import Options, run
from mockbot.fuzz.report import FuzzReport
from tests.fuzz.readers import InProcess

QUICK = [each.id for each in CATALOGUE.values() if not each.waits]


def fuzz(bug: str, *only: str, max_examples: int = 0, seed: int = 0) -> FuzzReport:
    options = Options(seed=seed, max_examples=max_examples, only=only or tuple(QUICK), jobs=2, deadline=4)
    return run(lambda: InProcess(bug), options)


def found(report: FuzzReport) -> dict[str, list[str]]:
    """Return the faults of each finding by its key."""
    return {each.key: [fault.name for fault in each.behaviour.faults] for each in report.findings}


def test_a_right_reader_survives_every_class_that_it_meets() -> None:
    report = fuzz("right", max_examples=10)
    assert found(report) == {}
    assert not report.failed
    assert [each.id for each in report.classes if each.applies and not each.met] == []


@pytest.mark.parametrize(
    ("bug", "key", "faults"),
    [
        ("keeps_bom", "A7/events/-", ["bom"]),
        ("only_lf", "A3/events/-", ["line_ends"]),
        ("ignores_the_end", "B2/silence/-", ["truncate"]),
        ("asks_again", "B9/repeat/chat-resent", ["cut"]),
    ],
)
def test_a_bug_is_found_with_one_fault(bug: str, key: str, faults: list[str]) -> None:
    report = fuzz(bug, key.partition("/")[0])
    assert found(report) == {key: faults}
    (finding,) = report.findings
    assert finding.behaviour.script is None
    assert report.failed


def test_a_bug_that_needs_two_things_is_found_in_pairs_or_by_the_search() -> None:
    report = fuzz("dies", "A8", "A18")
    assert found(report) == {"A8+A18/error/MemoryError": ["comments", "split_chunks"]}


def test_the_same_seed_gives_the_same_report() -> None:
    one, other = (fuzz("keeps_bom", "A7", "A8", "A12", "A18", max_examples=15, seed=7).as_json() for _ in range(2))
    assert one == other
