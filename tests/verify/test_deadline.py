"""A whole run of `check`, `replay` or `compare` ends, though each of its responses is in time."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockbot.cli.compare import compare as compare_verb
from mockbot.cli.main import main
from mockbot.cli.replay import replay as replay_verb
from mockbot.cli.whole_run import SECONDS
from mockbot.testing import MockBot
from mockbot.verify import CheckReport, Comparison, compare, deadline
from mockbot.verify.deadline import Deadline
from mockbot.verify.replay.replay import chosen, replay, shipped
from tests.verify.broken import Whole, check_bent
from tests.verify.clock import ticking

slow = pytest.mark.slow
schemathesis = pytest.mark.xdist_group("schemathesis")
CONFIGS = "/api/v1/configs"
OVER = "its time is over: this report is incomplete; --time gives it more"


def test_a_deadline_that_hinders_nothing_has_not_ended_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch)
    run = Deadline(2)
    assert (run.over(), run.ended) == (False, False)
    assert (run.over(), run.ended) == (True, True)
    monkeypatch.setattr(deadline, "steady", lambda: 0.0)
    assert run.over()


def test_the_commands_and_the_functions_have_the_same_default() -> None:
    assert SECONDS == deadline.SECONDS


@slow
@schemathesis
def test_check_sends_nothing_when_its_time_is_over_and_reports_what_it_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = 0

    def without_name(whole: Whole) -> Whole:
        nonlocal sent
        sent += whole.path == CONFIGS
        return replace(whole, body=whole.body.replace(b'"name"', b'"nom"'))

    def checked(**more: Any) -> Any:
        nonlocal sent
        sent = 0
        ticking(monkeypatch)
        return check_bent(without_name, CONFIGS, **more)

    whole_run = checked()
    requests = sent
    har = tmp_path / "all.har"
    report = checked(max_seconds=10, har=har)
    assert sent < requests
    assert not whole_run.out_of_time
    assert (report.out_of_time, report.interrupted, report.passed) == (True, False, False)
    assert [finding.check for finding in report.findings] == ["response_schema_conformance"]
    assert report.text.splitlines()[-2:] == [OVER, "1 finding so far"]
    assert json.loads(har.read_text())["log"]["entries"]


@slow
@schemathesis
def test_check_ends_in_every_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    def counted(whole: Whole) -> Whole:
        nonlocal sent
        sent += whole.path in paths
        return whole

    def checked(seconds: float) -> CheckReport:
        nonlocal sent
        sent = 0
        ticking(monkeypatch)
        return check_bent(counted, *paths, max_seconds=seconds)

    paths = ("/api/v1/file", "/api/v1/im/message")
    cases = checked(100_000).cases
    total = sum(cases.values())
    ended: set[str] = set()
    for seconds in (2, total // 2, *range(total - 40, total - 9, 3)):
        report = checked(seconds)
        ended.add([*report.cases][-1])
        assert report.out_of_time
        assert OVER in report.text.splitlines()
        assert seconds <= sum(report.cases.values()) == sent < seconds + 9
    assert ended == {*cases} == {"examples", "coverage", "fuzzing", "stateful"}


@slow
@schemathesis
def test_check_without_findings_fails_if_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ticking(monkeypatch)
    with pytest.raises(SystemExit) as ended:
        main(["check", "--time", "9", "--junit", str(tmp_path / "junit.xml")])
    assert ended.value.code == 1
    assert f"{OVER}\nno findings so far: " in capsys.readouterr().out


@slow
@schemathesis
@pytest.mark.parametrize("seconds", [3, 300])
def test_compare_sends_nothing_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    ticking(monkeypatch)
    with MockBot(seed=1) as one, MockBot(seed=7) as other:
        found = compare(one.base_url, other.base_url, key_a=one.key, seed=1, max_seconds=seconds)
    assert found.requests == seconds - 1
    assert (found.out_of_time, found.same, found.interrupted, found.gone) == (True, False, False, "")
    assert found.text.splitlines()[-3:] == [
        "its time is over; --time gives it more",
        "ended early; the remaining requests were not sent",
        "no difference so far",
    ]


@slow
def test_compare_without_differences_fails_if_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def compared(*_: str, **options: Any) -> Comparison:
        asked.update(options)
        return Comparison("http://a", "http://b", 0, 0.1, 5, (), out_of_time=True)

    monkeypatch.setattr(sys.modules["mockbot.verify.compare.compare"], "compare", compared)
    result = CliRunner().invoke(compare_verb, ["http://a", "http://b", "--time", "5m"])
    assert (result.exit_code, asked["max_seconds"]) == (1, 300)


def test_replay_skips_what_is_left_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch)
    exchanges = chosen(shipped(), "bots-and-configs")
    replayed = replay(exchanges=exchanges, max_seconds=3)
    assert [outcome.agreed for outcome in replayed.outcomes] == [True, True, *([False] * (len(exchanges) - 2))]
    assert (replayed.out_of_time, replayed.differed, replayed.ok) == (True, (), False)


def test_replay_that_agrees_fails_if_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ticking(monkeypatch)
    result = CliRunner().invoke(replay_verb, ["--only", "bots-and-configs", "--time", "3"])
    assert result.exit_code == 1
    assert result.output == (
        "not played, the time for the run is over; --time gives it more (4): bots-and-configs\n"
        "bots-and-configs            2 of 2\n2 of 2 agree, 4 not played\n"
    )
