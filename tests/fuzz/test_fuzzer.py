"""Whole runs against clients in this process: what is found, how small it is, and that a run is repeatable."""

from pathlib import Path

import pytest

from mockbot.errors import UserError
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


@pytest.mark.slow
def test_a_right_reader_survives_every_class_that_it_meets() -> None:
    report = fuzz("right", max_examples=10)
    assert found(report) == {}
    assert not report.failed
    assert [each.id for each in report.classes if each.applies and not each.met] == []


def test_a_client_that_needs_more_time_is_given_it_and_not_accused() -> None:
    """The reader gives up with the deadline of a first run, as a right one may on a busy machine."""
    impatient = InProcess("impatient")
    report = run(lambda: impatient, Options(only=("A3",), max_examples=0, jobs=1, deadline=4))
    assert (found(report), report.survived) == ({}, 1)


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


def test_an_unknown_class_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UserError, match="--only A77: there is no such family or class"):
        fuzz("right", "A77")


def test_a_client_that_fails_without_any_fault_is_an_error_of_the_run() -> None:
    with pytest.raises(UserError, match="fails with chat though nothing is wrong"):
        fuzz("broken")


def test_a_known_failure_passes_and_one_that_is_gone_is_stale() -> None:
    known = {"A7/events/-": "to be mended", "A3/events/-": "was mended", "C1/silence/-": "not tried here"}
    options = Options(max_examples=0, only=("A3", "A7"), known=known)
    report = run(lambda: InProcess("keeps_bom"), options)
    assert {each.key: each.state for each in report.findings} == {"A7/events/-": "known", "A3/events/-": "stale"}
    assert report.untried == ("C1/silence/-",)
    assert report.failed
    mended = run(lambda: InProcess("right"), Options(max_examples=0, only=("A7",), known={"A7/events/-": "x"}))
    assert [(each.state, mended.failed) for each in mended.findings] == [("stale", True)]


def test_a_saved_behaviour_fails_before_and_passes_after_the_client_is_mended(tmp_path: Path) -> None:
    (finding,) = fuzz("keeps_bom", "A7").findings
    file = tmp_path / "b.yaml"
    file.write_text(finding.behaviour.as_yaml())
    before = run(lambda: InProcess("keeps_bom"), Options(replay=file))
    after = run(lambda: InProcess("right"), Options(replay=file))
    assert [each.key for each in before.findings] == ["A7/events/-"]
    assert after.findings == ()
    assert [(each.id, each.survived) for each in after.classes] == [("A7", True)]


def test_a_case_costs_little_of_mockbots_own_time() -> None:
    """The client is in this process, so its time counts, too."""
    assert fuzz("right", "A3", "A4", "A8", "A10", "A12").own_ms < 100
