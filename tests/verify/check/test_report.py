"""The report of a run, as text and as JUnit XML."""

from dataclasses import replace
from xml.etree import ElementTree

from mockbot.verify import CheckFinding, CheckReport

FINDING = CheckFinding(
    "POST /api/v1/chat", "stream_events", "Events out of order", "event 2: no\nresponse: 200", "curl x", 3
)
CLEAN = CheckReport(
    target="mockbot itself",
    seed=7,
    seconds=1.25,
    cases={"examples": 2, "fuzzing": 10},
    checks={("POST /api/v1/chat", "stream_events"): 12, ("GET /api/v1/configs", "stream_events"): 0},
    findings=(),
)


def test_a_clean_run_summarizes_what_was_done() -> None:
    assert CLEAN.passed
    assert CLEAN.text == (
        "\nmockbot itself: 12 requests in 1.2 s (examples 2, fuzzing 10), seed 7\nno findings: 2 operations, 1 checks"
    )


def test_a_finding_is_shown_with_its_evidence_and_its_command() -> None:
    report = replace(CLEAN, findings=(FINDING,), relaxed={"known": 2, "unmet": 0})
    assert not report.passed
    assert report.text.splitlines() == [
        "",
        "1. POST /api/v1/chat: Events out of order (3 times)",
        "   check: stream_events",
        "   event 2: no",
        "   response: 200",
        "   curl x",
        "",
        "mockbot itself: 12 requests in 1.2 s (examples 2, fuzzing 10), seed 7",
        "known deviations met: known (2)",
        "known deviations not met: unmet",
        "1 finding",
    ]


def test_a_run_that_was_cut_short_or_checked_nothing_did_not_pass() -> None:
    assert not replace(CLEAN, interrupted=True).passed
    assert "interrupted: this report is incomplete" in replace(CLEAN, interrupted=True).text
    nothing = replace(CLEAN, checks={})
    assert not nothing.passed
    assert nothing.text.endswith("nothing was checked")


def test_a_long_line_is_truncated_in_the_summary_only() -> None:
    report = replace(CLEAN, findings=(replace(FINDING, curl="c" * 5000),))
    assert "c" * 2000 + "... (5000 characters)" in report.text
    assert "c" * 5000 in report.junit()
    chain = replace(CLEAN, findings=(replace(FINDING, curl=f"{'c' * 5000}\ncurl last"),))
    assert "... (5000 characters)\n   curl last\n" in chain.text


def test_junit_has_a_case_for_each_operation_and_check() -> None:
    suites = ElementTree.fromstring(replace(CLEAN, findings=(replace(FINDING, evidence="\0\ud800"),)).junit())
    cases = [(case.get("classname"), case.get("name"), len(case)) for case in suites.iter("testcase")]
    assert cases == [("GET /api/v1/configs", "stream_events", 0), ("POST /api/v1/chat", "stream_events", 1)]
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "Events out of order"
    assert failure.text == "\\x00\\ud800\n\ncurl x"
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
