"""No text of a server, a client or a file is obeyed by the terminal that shows a report."""

import io
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mockbot.app import profile_for
from mockbot.cli.log import configure_log
from mockbot.cli.main import main
from mockbot.cli.output import progress, say
from mockbot.cli.replay import report as replay_report
from mockbot.exchange.matchers import Mismatch
from mockbot.fuzz.reports.grid import text as fuzz_grid
from mockbot.fuzz.reports.html import html as fuzz_html
from mockbot.fuzz.reports.junit import junit as fuzz_junit
from mockbot.fuzz.reports.text import text as fuzz_text
from mockbot.journal.finding import Finding, Verdict
from mockbot.journal.log import text_log
from mockbot.journal.report import Report
from mockbot.record.drift import Drift
from mockbot.record.exchange import Tape
from mockbot.record.recording import Recording
from mockbot.record.report import play_command, summary
from mockbot.settings import Settings
from mockbot.verify.check.report import CheckFinding, CheckReport
from mockbot.verify.compare.differences import Difference
from mockbot.verify.compare.report import Comparison, Divergence
from mockbot.verify.curl import curl_line
from mockbot.verify.diff import differences as versions
from mockbot.verify.diff.page import page
from mockbot.verify.diff.report import Example, Group, VersionDiff
from mockbot.verify.replay.player import Outcome
from mockbot.verify.replay.replay import shipped
from mockbot.violation import Violation
from tests.fuzz.reports.values import hostile
from tests.journal.sample import exchange

EVIL = "a\x1b[31m\x9b2J\u202e\x00\r\x07\x7f\u2066\u200f\u2028z"
CURL = curl_line("GET", f"http://h/{EVIL}", [(EVIL, EVIL)], EVIL.encode(), "")
FINDING = Finding(EVIL, "error", EVIL, (EVIL,), EVIL)
CHECKED = CheckReport(
    EVIL, 0, 1.0, {EVIL: 1}, {(EVIL, EVIL): 1}, (CheckFinding(EVIL, EVIL, EVIL, EVIL, CURL),) * 2, {EVIL: 1}, (EVIL,)
)
COMPARED = Comparison(EVIL, EVIL, 0, 1.0, 1, (Divergence(EVIL, Difference(EVIL, EVIL, EVIL), CURL),), gone=EVIL)
VERSIONS = VersionDiff(
    EVIL,
    EVIL,
    1,
    0,
    (Group(EVIL, EVIL, EVIL, 1, Example(EVIL, EVIL, EVIL, EVIL, versions.Difference(EVIL, EVIL, EVIL))),),
)


def _replayed() -> str:
    return replay_report(Outcome(shipped()[0], Mismatch(EVIL, EVIL, EVIL), curl=CURL))


def _reported() -> str:
    report = Report()
    report.add(EVIL, Verdict((FINDING,), 1))
    return report.as_text()


def _recorded() -> str:
    settings = Settings(spec=EVIL, astrbot="4.19.4")
    found = Recording({}, {}, (Drift(EVIL, EVIL, EVIL, EVIL, EVIL),), (EVIL,), (EVIL,))
    command = play_command(Path(EVIL.replace("\0", "")), settings, profile_for(Settings()), found)
    return summary(found, Tape(1, 1), [Path(EVIL)], command)


def _logged() -> str:
    stream = io.StringIO()
    broken = Violation("request", "query", EVIL, EVIL, EVIL, 0)
    text_log(stream, bodies=True)(
        exchange(method=EVIL, path=EVIL, query=EVIL, body=EVIL.encode(), violations=(broken,), why=EVIL, ended="cut")
    )
    return stream.getvalue()


REPORTS: Mapping[str, Callable[[], str]] = {
    "check": lambda: CHECKED.text,
    "check, JUnit": CHECKED.junit,
    "compare": lambda: COMPARED.text,
    "verdict": Verdict((FINDING,), 1).as_text,
    "--report": _reported,
    "record": _recorded,
    "fuzz": lambda: fuzz_text(hostile()),
    "fuzz, grid": lambda: fuzz_grid([hostile(), hostile()]),
    "fuzz, HTML": lambda: fuzz_html([hostile()]),
    "fuzz, JUnit": lambda: fuzz_junit([hostile()]),
    "log": _logged,
}
"""Reports that are safe as values, also where a test or another program prints them."""
PRINTED: Mapping[str, Callable[[], str]] = {**REPORTS, "replay": _replayed, "diff": lambda: page(VERSIONS)}


def unsafe(text: str) -> set[str]:
    """Return the characters in a text that are not shown but obeyed; line feeds are shown."""
    return {each for each in text if not each.isprintable() and each != "\n"}


@pytest.mark.parametrize("name", REPORTS)
def test_reports_escape_what_a_terminal_obeys(name: str) -> None:
    text = REPORTS[name]()
    assert not unsafe(text)
    assert "\\x1b" in text or "\\u202e" in text  # it is shown, not left out


@pytest.mark.parametrize("name", PRINTED)
def test_commands_print_nothing_that_a_terminal_obeys(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(PRINTED[name]())
    say(PRINTED[name](), err=True)
    out, err = capsys.readouterr()
    assert not unsafe(out + err)
    assert out == err


def test_a_server_cannot_add_lines_to_a_difference() -> None:
    forged = f"none\n0 differences{EVIL}"
    lines = replay_report(Outcome(shipped()[0], Mismatch("", forged, forged))).splitlines()
    assert not [line for line in lines if line.startswith("0 differences")]
    compared = Comparison("a", "b", 0, 1.0, 1, (Divergence("GET /", Difference(forged, forged, forged), ""),)).text
    assert not [line for line in compared.splitlines() if line.startswith("0 differences")]


def test_progress_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    progress(f"{EVIL}\n{EVIL}")
    err = capsys.readouterr().err
    assert err[0] == "\r"
    assert not unsafe(err[1:])
    assert "\n" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--fixture", f"{EVIL}.yaml"],
        ["serve", "--scripts", EVIL],
        ["serve", "--spec", f"{EVIL}.yaml"],
        ["serve", "--behaviour", EVIL],
        ["serve", "--ready-file", f"/nowhere/{EVIL}"],
        ["serve", "--contract", EVIL],
        ["serve", "--config", EVIL],
        [f"serve{EVIL}"],
        ["health", EVIL],
        ["reload", f"http://{EVIL}/"],
        ["check", EVIL],
        ["check", "--junit", f"/nowhere/{EVIL}"],
        ["replay", EVIL],
        ["replay", "--only", EVIL],
        ["compare", EVIL, EVIL],
        ["compare", "http://127.0.0.1:9", "http://127.0.0.1:9", "--only", EVIL],
        ["record", EVIL, "--to", "r"],
        ["fuzz", "--only", EVIL, "--", "true"],
        ["fuzz", "--matrix", EVIL],
        ["diff", EVIL, EVIL],
        ["init", f"/dev/null/{EVIL}"],
        ["schema", EVIL],
    ],
    ids=lambda arguments: re.sub(r"\W+", " ", " ".join(arguments[:2])).strip()[:30],
)
def test_mistakes_show_names_and_paths_escaped(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([each.replace("\0", "") for each in arguments])
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert "\\x1b" in err
    assert not unsafe(out + err)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fixture", 'version: 1\n"{}": 1\n'),
        ("fixture", 'version: 1\nkeys: [{{key: "{}", scopes: ["{}"]}}]\n'),
        ("scripts", '- name: "{}"\n  "{}": 1\n'),
        ("spec", 'openapi: "{}"\n'),
        ("spec", 'openapi: 3.1.0\ninfo: {{title: t, version: "1"}}\npaths: {{"{}": {{get: {{"$ref": "#/{}"}}}}}}\n'),
    ],
)
def test_mistakes_in_files_are_shown_escaped(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.yaml"
    written = "".join(f"\\U{ord(each):08x}" for each in EVIL)
    file.write_text(text.format(*[written] * 4))
    with pytest.raises(SystemExit):
        main(["serve", "--port", "0", "--strict-spec", f"--{name}", str(file)])
    out, err = capsys.readouterr()
    assert "mockbot: " in err
    assert not unsafe(out + err)


def test_the_log_of_mockbot_itself_is_escaped() -> None:
    stream, log = io.StringIO(), logging.getLogger("mockbot")
    before = log.handlers, log.propagate, log.level
    try:
        configure_log(stream, "text")
        log.warning("about %s", EVIL)
        try:
            raise ValueError(EVIL)
        except ValueError:
            log.exception("it failed")
    finally:
        log.handlers, log.propagate = before[0], before[1]
        log.setLevel(before[2])
    assert not unsafe(stream.getvalue())
    assert stream.getvalue().count("\\x1b") == 2


def test_every_command_prints_with_the_function_that_escapes() -> None:
    package = Path(main.__code__.co_filename).parent
    printing = re.compile(r"click\.(echo|secho)\(|\bprint\(")
    found = {path.name for path in package.rglob("*.py") if printing.search(path.read_text("utf-8"))}
    assert found == {"output.py"}
