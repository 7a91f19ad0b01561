"""The verdict: each rule with what it finds, and with what looks alike but is right."""

from email.utils import formatdate
from typing import Any

import pytest

from mockbot import sse
from mockbot.app import create_app
from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.finding import Finding, Limits
from mockbot.journal.report import Report
from mockbot.journal.verdict import verdict
from mockbot.settings import Settings
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
    judged = verdict([exchange(1), exchange(2), chat(3), chat(4), exchange(5)])
    assert judged.as_text() == "5 exchanges, nothing to complain about"
    assert judged.as_json() == {
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
        "error: contract-violation: GET /api/v1/im/bots: query /page breaks minimum: `page` must be at least 1 (e1, e3)"
    )


def test_a_defect_of_the_answer_is_not_the_clients() -> None:
    assert names(exchange(1, defects=(MINIMUM,))) == []


@pytest.mark.parametrize("again", [3.0, 4.8])
@pytest.mark.parametrize("retry_after", ["5", " 5 ", formatdate(7, usegmt=True)])
def test_retry_after_is_an_order(retry_after: str, again: float) -> None:
    assert names(busy(0, retry_after), exchange(again)) == ["retry-after-ignored"]


@pytest.mark.parametrize(
    ("retry_after", "again"),
    [("5", 5.0), ("5", 4.95), (formatdate(7, usegmt=True), 6.0), ("-5", 0.1), ("soon", 0.1), ("", 0.1), ("0", 0.1)],
)
def test_retry_after_kept_or_unreadable(retry_after: str, again: float) -> None:
    assert names(busy(0, retry_after), exchange(again)) == []


def test_retry_after_says_nothing_to_other_requests() -> None:
    assert names(busy(0), exchange(1, path="/api/v1/configs"), exchange(1, query="a=1"), exchange(1, caller=7)) == []


def test_a_client_that_really_waited_may_ignore_a_clock_that_stands_still() -> None:
    assert names(busy(0, arrived=100.0), exchange(0, id="e1", arrived=105.1)) == []
    assert names(busy(0, arrived=100.0), exchange(0, id="e1", arrived=104.0)) == ["retry-after-ignored"]


def test_a_client_with_faked_sleep_advances_the_worlds_clock() -> None:
    assert names(busy(0, arrived=100.0), exchange(6, arrived=100.1)) == []


def test_a_request_sent_before_the_answer_came_is_no_reaction_to_it() -> None:
    assert names(busy(0, seconds=2.0), exchange(1)) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_stays_a_refusal(status: int) -> None:
    refused = [exchange(number, status=status) for number in range(3)]
    finding = only(*refused)
    assert (finding.name, finding.severity, finding.entries) == ("refusal-retried", "error", ("e0", "e1", "e2"))
    assert finding.sentence == f"refused with {status}, the same request came again 2 times"


def test_after_a_refusal_something_may_change() -> None:
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
def test_a_chat_is_not_sent_again(lost: dict[str, Any]) -> None:
    finding = only(chat(1, BROKEN, **lost), chat(2))
    assert (finding.name, finding.severity, finding.entries) == ("chat-resent", "error", ("e1", "e2"))


def test_a_client_that_left_may_be_back_before_its_first_answer_is_over() -> None:
    left = chat(1, BROKEN, ended="client left", left=0.2, faults=("stall",), seconds=30.0)
    assert names(left, chat(2)) == ["chat-resent"]


def test_a_chat_without_any_answer_is_sent_again_at_the_clients_own_risk() -> None:
    unanswered = chat(1, (), status=0, response_headers=(), ended="reset")
    assert only(unanswered, chat(2)).severity == "warning"


def test_what_may_be_sent_again() -> None:
    assert names(chat(1), chat(2)) == []
    assert names(chat(1, BROKEN, ended="cut"), chat(2, body=OTHER)) == []
    assert names(chat(1, BROKEN, ended="cut"), chat(100)) == []
    assert names(exchange(1, status=0, ended="reset"), exchange(2)) == []


@pytest.mark.parametrize("failure", [{"status": 503}, {"status": 0, "ended": "reset"}, {"ended": "cut"}])
def test_more_attempts_than_enough(failure: dict[str, Any]) -> None:
    failed = [exchange(number, **failure) for number in range(3)]
    assert names(*failed) == []
    finding = only(*failed, exchange(3))
    assert (finding.name, finding.entries) == ("too-many-attempts", ("e0", "e1", "e2", "e3"))
    assert finding.sentence == "sent 4 times within 2.99 s while it failed; 3 are enough"


def test_attempts_end_with_success_and_with_time() -> None:
    assert names(*[exchange(number) for number in range(9)]) == []
    assert names(*[exchange(number, status=200 if number % 3 else 503) for number in range(9)]) == []
    assert names(*[exchange(number * 100, status=503) for number in range(9)]) == []


def test_limits_can_be_told() -> None:
    failed = [exchange(number, status=503) for number in range(2)]
    assert verdict(failed, Limits(attempts=1)).failed


def test_a_stream_is_left_at_its_end() -> None:
    assert names(chat(1, seconds=5.0)) == []
    finding = only(chat(1, seconds=7.0))
    assert (finding.name, finding.severity) == ("left-open", "warning")
    assert finding.sentence == "stayed 6.8 s on a stream that had said `end`"
    assert names(chat(1, seconds=100.0, left=0.3, ended="client left")) == []
    assert names(chat(1, seconds=0.3, closed=100.0)) == ["left-open"]  # the world's clock stands still
    assert names(chat(1, seconds=0.0, closed=0.0, ended="open")) == []


def test_a_stream_is_read_to_its_end() -> None:
    left = {"ended": "client left", "left": 0.15}
    finding = only(chat(1, BROKEN, **left))
    assert (finding.name, finding.severity) == ("dropped-before-end", "warning")
    assert finding.sentence == "left after 0.15 s, before `end`, though the stream went on well"
    assert names(chat(1, **left)) == []  # it has `end`, and did not wait for the connection's
    assert names(chat(1, BROKEN, faults=("stall",), **left)) == []
    assert names(chat(1, BROKEN, ended="client left", left=60.0)) == []  # tired of silence
    assert names(chat(1, BROKEN, ended="cut")) == []


def test_half_an_answer_is_none() -> None:
    finding = only(chat(1, BROKEN), exchange(2), chat(3, body=OTHER))
    assert (finding.name, finding.severity, finding.entries) == ("truncation-unnoticed", "warning", ("e1", "e3"))


def test_who_does_not_go_on_may_have_noticed() -> None:
    assert names(chat(1, BROKEN)) == []
    assert names(chat(1, BROKEN), chat(2, body=OTHER | {"session_id": "t"}, frames=(END,))) == []
    assert names(chat(1, BROKEN), chat(2, body=OTHER, caller=7)) == []
    assert names(chat(1, BROKEN), chat(2), chat(3, body=OTHER)) == ["chat-resent"]


def test_a_long_stream_is_judged_by_its_end() -> None:
    tail = Chunk(9.0, b'ta": "x"}\n\n' + sse.data_frame(END))
    assert names(chat(1, BROKEN, tail=tail, seconds=9.1, spoke=10.0), chat(2, body=OTHER)) == []


def test_a_stream_that_nobody_here_can_read_is_not_judged() -> None:
    packed = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    assert names(chat(1, BROKEN, response_headers=packed), chat(2, body=OTHER)) == []


def test_the_worst_comes_first() -> None:
    judged = verdict([chat(1, BROKEN), chat(2, body=OTHER, violations=(MINIMUM,))])
    assert [finding.severity for finding in judged.findings] == ["error", "warning"]
    assert judged.failed
    assert judged.as_text().splitlines()[0] == "2 exchanges: 1 error, 1 warning"


def test_a_line_names_ten_entries_and_the_json_all() -> None:
    finding = only(*[exchange(number, violations=(MINIMUM,)) for number in range(12)])
    assert finding.as_text().endswith("(e0, e1, e2, e3, e4, e5, e6, e7, e8, e9 and 2 more)")
    assert finding.as_json()["entries"] == [f"e{number}" for number in range(12)]


def test_a_report_has_the_findings_of_worlds_and_no_word_on_good_ones() -> None:
    report = Report()
    report.add("good", [exchange(1)])
    assert (report.failed, report.as_text()) == (False, "nothing to complain about in 1 world")
    report.add("bad", [exchange(1, violations=(MINIMUM,))])
    assert report.failed
    assert report.as_text().startswith("world bad: 1 exchange: 1 error\n  error: contract-violation: ")


def test_a_report_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.journal.report.MOST", 2)
    report = Report()
    for number in range(5):
        report.add(f"w{number}", [exchange(1, violations=(MINIMUM,))])
    assert [line for line in report.as_text().splitlines() if not line.startswith(" ")] == [
        "world w0: 1 exchange: 1 error",
        "world w1: 1 exchange: 1 error",
        "and 3 more worlds with findings",
    ]


@pytest.mark.anyio
async def test_a_real_journal_has_what_the_rules_ask_for(client: Client) -> None:
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
async def test_worlds_that_are_gone_are_reported_too() -> None:
    clock = FrozenClock()
    client = Client(create_app(Settings(report=True), clock=clock, log=lambda _: None), clock, [])
    await client.get("/w/gone/api/v1/chat/sessions?page=0")
    client.app.worlds.remove("gone")
    report = client.app.report()
    assert report.failed
    assert report.as_text().startswith("world gone: 1 exchange: ")
