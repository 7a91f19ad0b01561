"""The report as text, the names of its files, and the table of several clients."""

from dataclasses import replace

import pytest

from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports import grid
from mockbot.fuzz.reports.phrases import commands, file_name, safe_name
from mockbot.fuzz.reports.text import text
from tests.fuzz.reports.values import ABSENT, BOM, HEAD, REPORT, RIGHT, STALE, hostile, sent

FINDING = """\
1. [new] A7/events/-: a byte order mark: as event 1 of 2 the client reported nothing more
   kind: legal, so a bug of the client
   rule: WHATWG HTML 9.2.5: one leading BOM is dropped
   smallest behaviour:
     class: A7
     faults:
       - cut
   bytes as sent (a line for each write, with its milliseconds):
         0.0 b'HTTP/1.1 200 \\r\\ncontent-type: text/event-stream\\r\\n\\r\\n'
        10.0 b'\\xef\\xbb\\xbfdata: Gr\\xc3'
        20.0 b'\\xbc\\xc3\\x9fe\\n\\n'
   the client: as event 1 of 2 the client reported nothing more
   it should: report 'Hello', because the response is legal
   again: save the behaviour as A7-events--.yaml, then
     mockbot serve --behaviour A7-events--.yaml
     mockbot fuzz --replay A7-events--.yaml -- python chat.py

python chat.py: survives 2 of 3 classes; 1 new (40 cases, seed 3)
"""


def test_a_report_has_its_findings_and_then_its_classes() -> None:
    assert text(REPORT).startswith(FINDING)
    assert text(REPORT).removeprefix(FINDING).splitlines()[2:4] == [
        "  A7   a byte order mark                    legal      FAILS, met 1 time",
        "  B2   a clean end without the last event   violation  not tried: the client never met it",
    ]


def test_a_report_without_findings_says_so() -> None:
    assert text(RIGHT).startswith("node chat.mjs: survives 3 of 3 classes; no findings (39 cases, seed 3)\n")


def test_a_stale_entry_has_no_behaviour() -> None:
    shown = text(replace(REPORT, findings=(STALE,)))
    assert "[stale] A3/events/-" in shown
    assert "remove this one" in shown
    assert "behaviour" not in shown


def test_what_could_not_be_seen_is_said() -> None:
    report = replace(REPORT, unseen=("It reports no events.",), untried=("B2/hang/-",))
    assert text(report).endswith(
        "not seen: It reports no events.\nnot tried: the known failure B2/hang/-, because its class was not met\n"
    )


def test_responses_are_cut_and_say_which_request_they_answer() -> None:
    reset = sent(HEAD, b"x" * 1000, b"y", ended="reset")
    shown = text(replace(REPORT, findings=(replace(BOM, sent=(reset, *[sent(b"a")] * 5)),)))
    assert f"     to POST /api/v1/chat:\n         0.0 {HEAD!r}\n" in shown
    assert f"{'x' * (600 - len(HEAD))}' ... {400 + len(HEAD)} more bytes\n" in shown
    assert "             ... and 1 more write, 1 byte\n             mockbot reset the connection\n" in shown
    assert "     ... and 2 more responses\n" in shown


def test_preflight_requests_of_a_browser_are_left_out() -> None:
    report = replace(REPORT, findings=(replace(BOM, sent=(sent(b"preflight", method="OPTIONS"), *BOM.sent)),))
    assert text(report) == text(REPORT)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"ended": "closed"}, "mockbot closed the connection"),
        ({"ended": "left"}, "the client closed the connection"),
    ],
)
def test_the_end_of_the_connection_is_shown(fields: dict[str, str], shown: str) -> None:
    assert shown in text(replace(REPORT, findings=(replace(BOM, sent=(sent(HEAD, **fields),)),)))


def test_a_client_that_closes_after_the_end_is_not_worth_a_line() -> None:
    done = sent(HEAD, ended="left", complete=True)
    assert "closed" not in text(replace(REPORT, findings=(replace(BOM, sent=(done,)),)))


def test_no_control_character_reaches_the_terminal() -> None:
    shown = text(hostile()) + grid.text([hostile(), ABSENT])
    assert all(each.isprintable() or each == "\n" for each in shown)


def test_the_commands_are_those_that_show_it_again() -> None:
    report = replace(REPORT, client_options="--adapter 'python a.py'", server_options="--spec pets.yaml")
    assert commands(BOM, report) == (
        "mockbot serve --behaviour A7-events--.yaml --spec pets.yaml",
        "mockbot fuzz --replay A7-events--.yaml --spec pets.yaml --adapter 'python a.py'",
    )


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("A7/events/-", "A7-events--.yaml"),
        ("A7+A9/error/exit 1", "A7+A9-error-exit-1.yaml"),
        ("../../x/y/z", "x-y-z.yaml"),
        ("--html/x/y", "html-x-y.yaml"),
    ],
)
def test_a_file_name_has_only_harmless_characters(key: str, name: str) -> None:
    assert file_name(replace(BOM, key=key)) == name


def test_file_names_are_short_and_still_different() -> None:
    texts = [*("x" * length for length in (100, 101, 1000)), "错误", "误错", "", "/", "\ud800"]
    names = [safe_name(text) for text in texts]
    assert len({*names}) == len(names)
    assert all(0 < len(name) <= 110 and name.isascii() for name in names)


def test_the_table_has_a_column_for_each_client() -> None:
    assert grid.text([REPORT, RIGHT, ABSENT]).startswith(
        "                                            [1]   [2]   [3]\n"
        "A1   lines that end with LF                  ok    ok     x\n"
        "A3   lines that end with CRLF                ok    ok     x\n"
        "A7   a byte order mark                     FAIL    ok     x\n"
        "B2   a clean end without the last event       -     -     x\n"
        "D1   a list that ends with an empty page                  x\n"
        "     survived                               2/3   3/3     x\n"
        "\n"
        "[1] python chat.py: survives 2 of 3 classes; 1 new\n"
        "    [new] A7/events/-: a byte order mark: as event 1 of 2 the client reported nothing more\n"
        "[2] node chat.mjs: survives 3 of 3 classes; no findings\n"
        "[3] java Chat: java: cannot be run: No such file\n"
    )


@pytest.mark.parametrize(("states", "shown"), [(["known"], "known"), (["known", "new"], "FAIL")])
def test_a_known_failure_is_shown_as_such(states: list[str], shown: str) -> None:
    findings = tuple(replace(BOM, state=state) for state in states)  # type: ignore[arg-type]
    rows = {row.id: row for row in grid.grid([replace(REPORT, findings=findings), RIGHT]).rows}
    assert [cell.text for cell in rows["A7"].cells] == [shown, "ok"]


def test_a_table_of_clients_that_could_not_be_run_has_no_rows() -> None:
    assert grid.grid([ABSENT]).rows == ()
    assert "[1] java Chat: java: cannot be run" in grid.text([ABSENT])


def test_a_report_in_json_says_why_a_client_was_not_run() -> None:
    assert ABSENT.as_json()["problem"] == "java: cannot be run: No such file"
    assert "problem" not in FuzzReport("x", 0, 0, (), ()).as_json()
