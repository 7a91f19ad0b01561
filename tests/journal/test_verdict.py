"""The verdict: for each rule what it finds, and what looks similar but is right."""

from dataclasses import replace
from email.utils import formatdate
from time import process_time
from typing import Any

import pytest

from mockbot import sse
from mockbot.app import create_app
from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.finding import Finding, Limits
from mockbot.journal.report import Report
from mockbot.journal.rules import MAX_PATHS
from mockbot.journal.verdict import verdict
from mockbot.settings import Settings
from mockbot.violation import Violation
from mockbot.world.clock import FrozenClock
from tests.conftest import KEY, Client
from tests.journal.sample import BEGIN, END, HELLO, MINIMUM, TEXT, chat, exchange

BROKEN = (BEGIN, TEXT)
OTHER = HELLO | {"message": "and then?"}


def names(*entries: Entry) -> list[str]:
    return [finding.name for finding in verdict(entries).findings]


def only(*entries: Entry) -> Finding:
    (finding,) = verdict(entries).findings
    return finding


def busy(began: float, retry_after: str = "5", **fields: Any) -> Entry:
    return exchange(began, status=503, response_headers=(("retry-after", retry_after),), **fields)


def test_a_good_client_has_no_findings() -> None:
    found = verdict([exchange(1), exchange(2), chat(3), chat(4), exchange(5)])
    assert found.as_text() == "5 exchanges, no findings"
    assert found.as_json() == {
        "failed": False,
        "entries": 5,
        "count": {"error": 0, "warning": 0, "note": 0},
        "findings": [],
    }


def test_violations_are_grouped_by_operation_place_and_rule() -> None:
    wrong = {"violations": (MINIMUM,)}
    found = verdict([exchange(1, **wrong), exchange(2), exchange(3, **wrong), chat(4, **wrong)]).findings
    assert [(finding.operation, finding.entries) for finding in found] == [
        ("GET /api/v1/im/bots", ("e1", "e3")),
        ("POST /api/v1/chat", ("e4",)),
    ]
    assert found[0].as_text() == (
        "error: contract-violation: GET /api/v1/im/bots: query /page: `page` must be at least 1 (e1, e3)"
    )


def unknown(began: float, path: str) -> Entry:
    route = Violation("request", "route", "", "paths", f'there is nothing at "{path}"', path)
    return replace(exchange(began, violations=(route,)), path=path, operation=None)


def test_unknown_routes_are_grouped_by_path_up_to_a_number_of_paths() -> None:
    found = verdict([unknown(1, "/a"), unknown(2, "/b"), unknown(3, "/a")]).findings
    assert [finding.entries for finding in found] == [("e1", "e3"), ("e2",)]
    many = verdict([unknown(number, f"/{number}") for number in range(MAX_PATHS + 5)]).findings
    assert len(many) == MAX_PATHS + 1
    assert (len(many[-1].entries), many[-1].sentence) == (5, "route: there is nothing at other paths")
    assert many[0].sentence == 'route: there is nothing at "/0"'


def test_a_violation_in_a_response_is_not_the_clients_mistake() -> None:
    assert names(exchange(1, defects=(MINIMUM,))) == []


@pytest.mark.parametrize("again", [3.0, 4.8])
@pytest.mark.parametrize("retry_after", ["5", " 5 ", formatdate(7, usegmt=True)])
def test_a_retry_before_retry_after_has_passed(retry_after: str, again: float) -> None:
    assert names(busy(0, retry_after), exchange(again)) == ["retry-after-ignored"]


@pytest.mark.parametrize("zone", ["GMT", "-0000", ""])
@pytest.mark.parametrize(("again", "found"), [(3.9, ["retry-after-ignored"]), (4.5, []), (8, [])])
def test_a_retry_after_date_is_exact_to_a_second(zone: str, again: float, found: list[str]) -> None:
    date = f"Thu, 01 Jan 1970 00:00:05 {zone}".strip()
    assert names(busy(0, date), exchange(again)) == found
    assert names(busy(1_000_000, date), exchange(1_000_001)) == []


def test_a_retry_that_is_too_early_is_described() -> None:
    finding = only(busy(0), exchange(3))
    assert (finding.severity, finding.entries) == ("error", ("e0", "e3"))
    assert finding.sentence == "Retry-After asked for 5 s, but the same request was sent again after 2.99 s"


def test_a_retry_may_come_at_the_last_moment_of_the_slack() -> None:
    late, early = (exchange(number, arrived=number, id="e1") for number in (4.5, 4.25))
    limits = Limits(slack=0.5)
    assert verdict([busy(0, closed=0.0, seconds=0.0), late], limits).findings == ()
    assert len(verdict([busy(0, closed=0.0, seconds=0.0), early], limits).findings) == 1


@pytest.mark.parametrize(
    ("retry_after", "again"),
    [("5", 5.0), ("5", 4.95), (formatdate(7, usegmt=True), 6.0), ("-5", 0.1), ("soon", 0.1), ("", 0.1), ("0", 0.1)],
)
def test_retry_after_that_was_respected_or_is_invalid(retry_after: str, again: float) -> None:
    assert names(busy(0, retry_after), exchange(again)) == []


def test_retry_after_applies_to_the_same_request_only() -> None:
    assert names(busy(0), exchange(1, path="/api/v1/configs"), exchange(1, query="a=1"), exchange(1, caller=7)) == []


def test_retry_after_counts_the_machines_clock_while_the_worlds_is_frozen() -> None:
    assert names(busy(0, arrived=100.0), exchange(0, id="e1", arrived=105.1)) == []
    assert names(busy(0, arrived=100.0), exchange(0, id="e1", arrived=104.0)) == ["retry-after-ignored"]


def test_retry_after_counts_the_worlds_clock_when_it_was_advanced() -> None:
    assert names(busy(0, arrived=100.0), exchange(6, arrived=100.1)) == []


def test_a_request_that_was_sent_before_the_response_is_not_a_retry() -> None:
    assert names(busy(0, seconds=2.0), exchange(1)) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_request_that_is_sent_again(status: int) -> None:
    refused = [exchange(number, status=status) for number in range(3)]
    finding = only(*refused)
    assert (finding.name, finding.severity, finding.entries) == ("refusal-retried", "error", ("e0", "e1", "e2"))
    assert finding.sentence == f"refused with {status}, the same request was sent again 2 times"


def test_the_first_refusal_is_named() -> None:
    finding = only(exchange(0, status=401), exchange(1, status=404))
    assert finding.sentence == "refused with 401, the same request was sent again"


def test_a_changed_or_late_request_after_a_refusal() -> None:
    assert names(exchange(1, status=401), exchange(2, caller=7)) == []
    assert names(exchange(1, status=400, query="page=0"), exchange(2, query="page=1")) == []
    assert names(exchange(1, status=404), exchange(100)) == []


def test_a_form_with_another_boundary_is_the_same_request() -> None:
    def upload(began: float, boundary: str, text: str) -> Entry:
        headers = (("content-type", f'multipart/form-data; boundary="{boundary}"'),)
        body = f"--{boundary}\r\n\r\n{text}\r\n--{boundary}--\r\n".encode()
        return exchange(began, method="POST", headers=headers, body=body, status=400)

    assert names(upload(1, "aaaa", "x"), upload(2, "bbbb", "x")) == ["refusal-retried"]
    assert names(upload(1, "aaaa", "x"), upload(2, "bbbb", "y")) == []


@pytest.mark.parametrize(
    "lost",
    [
        {"ended": "cut"},
        {"ended": "reset"},
        {"ended": "complete"},
        {"ended": "client left", "left": 0.2, "faults": ("stall",)},
    ],
)
def test_a_chat_that_is_sent_again_after_its_stream_broke(lost: dict[str, Any]) -> None:
    finding = only(chat(1, BROKEN, **lost), chat(2))
    assert (finding.name, finding.severity, finding.entries) == ("chat-resent", "error", ("e1", "e2"))


def test_a_chat_that_is_sent_again_while_the_first_still_runs() -> None:
    left = chat(1, BROKEN, ended="client left", left=0.2, faults=("stall",), seconds=30.0)
    assert names(left, chat(2)) == ["chat-resent"]


def test_a_chat_that_is_sent_again_without_a_response_is_a_warning() -> None:
    unanswered = chat(1, (), status=0, response_headers=(), ended="reset")
    again = "and the same message was sent again"
    finding = only(unanswered, chat(2))
    assert (finding.severity, finding.entries) == ("warning", ("e1", "e2"))
    assert finding.sentence == f"there was no response, {again}; the bot got it each time"
    finding = only(unanswered, chat(2, BROKEN, ended="cut"), chat(3))
    assert (finding.severity, finding.entries) == ("error", ("e1", "e2", "e3"))
    assert finding.sentence == f"the stream was broken, {again} 2 times; the bot got it each time"


def test_requests_that_may_be_sent_again() -> None:
    assert names(chat(1), chat(2)) == []
    assert names(chat(1, BROKEN, ended="cut"), chat(2, body=OTHER)) == []
    assert names(chat(1, BROKEN, ended="cut"), chat(100)) == []
    assert names(exchange(1, status=0, ended="reset"), exchange(2)) == []


@pytest.mark.parametrize("failure", [{"status": 503}, {"status": 0, "ended": "reset"}, {"ended": "cut"}])
def test_too_many_attempts(failure: dict[str, Any]) -> None:
    failed = [exchange(number, **failure) for number in range(3)]
    assert names(*failed) == []
    finding = only(*failed, exchange(3))
    assert (finding.name, finding.entries) == ("too-many-attempts", ("e0", "e1", "e2", "e3"))
    assert finding.sentence == "sent 4 times within 2.99 s while it failed; the limit is 3"


def test_attempts_do_not_count_across_a_success_or_the_window() -> None:
    assert names(*[exchange(number) for number in range(9)]) == []
    assert names(*[exchange(number, status=200 if number % 3 else 503) for number in range(9)]) == []
    assert names(*[exchange(number * 100, status=503) for number in range(9)]) == []


def test_limits_are_a_parameter() -> None:
    failed = [exchange(number, status=503) for number in range(2)]
    assert verdict(failed, Limits(attempts=1)).failed


def test_a_stream_that_is_kept_open_after_its_end() -> None:
    assert names(chat(1, seconds=5.0)) == []
    finding = only(chat(1, seconds=7.0))
    assert (finding.name, finding.severity) == ("left-open", "warning")
    assert finding.sentence == "kept the stream open for 6.8 s after its frame `end`"
    assert names(chat(1, seconds=100.0, left=0.3, ended="client left")) == []
    assert names(chat(1, seconds=0.3, closed=100.0)) == ["left-open"]  # the world's clock is frozen
    assert names(chat(1, seconds=0.0, closed=0.0, ended="open")) == []


def test_a_stream_that_is_left_before_its_end() -> None:
    left: dict[str, Any] = {"ended": "client left", "left": 0.15}
    finding = only(chat(1, BROKEN, **left))
    assert (finding.name, finding.severity) == ("dropped-before-end", "warning")
    assert finding.sentence == "left after 0.15 s, before the frame `end`, though the stream was in good order"
    assert names(chat(1, **left)) == []  # left after the frame `end`
    assert names(chat(1, BROKEN, faults=("stall",), **left)) == []
    assert names(chat(1, BROKEN, ended="client left", left=60.0)) == []  # after a long silence
    assert names(chat(1, BROKEN, ended="cut")) == []


def test_a_truncated_stream_that_was_not_noticed() -> None:
    finding = only(chat(1, BROKEN), exchange(2), chat(3, body=OTHER))
    assert (finding.name, finding.severity, finding.entries) == ("truncation-unnoticed", "warning", ("e1", "e3"))


def test_a_truncated_stream_that_may_have_been_noticed() -> None:
    assert names(chat(1, BROKEN)) == []
    assert names(chat(1, BROKEN), chat(2, body=OTHER | {"session_id": "t"}, frames=(END,))) == []
    assert names(chat(1, BROKEN), chat(2, body=OTHER, caller=7)) == []
    assert names(chat(1, BROKEN), chat(2), chat(3, body=OTHER)) == ["chat-resent"]


def test_the_end_of_a_long_stream_is_in_its_tail() -> None:
    tail = Chunk(9.0, b'ta": "x"}\n\n' + sse.data_frame(END))
    assert names(chat(1, BROKEN, tail=tail, seconds=9.1, last_sent=10.0), chat(2, body=OTHER)) == []


def test_an_encoded_stream_is_skipped() -> None:
    packed = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    assert names(chat(1, BROKEN, response_headers=packed), chat(2, body=OTHER)) == []


def test_the_most_severe_finding_comes_first() -> None:
    found = verdict([chat(1, BROKEN), chat(2, body=OTHER, violations=(MINIMUM,))])
    assert [finding.severity for finding in found.findings] == ["error", "warning"]
    assert found.failed
    assert found.as_text().splitlines()[0] == "2 exchanges: 1 error, 1 warning"


def test_the_text_lists_ten_entries_and_the_json_all() -> None:
    finding = only(*[exchange(number, violations=(MINIMUM,)) for number in range(12)])
    assert finding.as_text().endswith("(e0, e1, e2, e3, e4, e5, e6, e7, e8, e9 and 2 more)")
    assert finding.as_json()["entries"] == [f"e{number}" for number in range(12)]


def test_a_report_lists_only_worlds_with_findings() -> None:
    report = Report()
    report.add("good", verdict([exchange(1)]))
    assert (report.failed, report.as_text()) == (False, "no findings in 1 world")
    report.add("bad", verdict([exchange(1, violations=(MINIMUM,))]))
    assert report.failed
    assert report.as_text().startswith("world bad: 1 exchange: 1 error\n  error: contract-violation: ")


def test_a_report_is_bounded() -> None:
    report = Report(max_worlds=2)
    for number in range(5):
        report.add(f"w{number}", verdict([exchange(1, violations=(MINIMUM,))]))
    assert [line for line in report.as_text().splitlines() if not line.startswith(" ")] == [
        "world w0: 1 exchange: 1 error",
        "world w1: 1 exchange: 1 error",
        "and 3 more worlds with findings",
    ]


@pytest.mark.anyio
async def test_the_journal_of_a_running_application_has_all_that_the_rules_need(client: Client) -> None:
    for _ in range(2):
        await client.get("/api/v1/configs", headers=[("X-API-Key", "wrong")])
    await client.get("/api/v1/configs", headers=[("X-API-Key", "another")])
    await client.get("/api/v1/chat/sessions?page=0", headers=[KEY])
    findings = verdict(client.entries).findings
    assert [(finding.name, finding.entries) for finding in findings] == [
        ("refusal-retried", ("e1", "e2")),
        ("contract-violation", ("e4",)),
        ("contract-violation", ("e4",)),
    ]


@pytest.mark.anyio
async def test_removed_worlds_are_reported_too() -> None:
    clock = FrozenClock()
    client = Client(create_app(Settings(report=True), clock=clock, log=lambda _: None), clock, [])
    await client.get("/w/gone/api/v1/chat/sessions?page=0")
    client.app.worlds.remove("gone")
    report = client.app.report()
    assert report.failed
    assert report.as_text().startswith("world gone: 1 exchange: ")


def test_truncated_streams_are_compared_in_linear_time() -> None:
    def seconds(number: int) -> float:
        entries = [chat(each, BROKEN, HELLO | {"session_id": f"s{each}"}) for each in range(number)]
        began = process_time()
        assert verdict(entries).findings == ()
        return process_time() - began

    small, large = (min(seconds(number) for _ in range(2)) for number in (200, 2000))
    assert large < 30 * max(small, 0.001)
