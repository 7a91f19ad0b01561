"""The verdict on requests that are sent again although they had an answer: reconnects, and storms of refusals."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.finding import Finding, Limits
from mockbot.journal.verdict import verdict
from mockbot.jsontext import JSON
from tests.conftest import Client
from tests.journal.sample import HELLO, chat, exchange

RESUMED = (("last-event-id", "7"),)
ERROR: JSON = {"status": "error", "message": "会话不存在", "data": None}


def names(*entries: Entry) -> list[str]:
    return [finding.name for finding in verdict(entries).findings]


def only(*entries: Entry) -> Finding:
    (finding,) = verdict(entries).findings
    return finding


def chats(*pauses: float, **fields: Any) -> list[Entry]:
    """Return chats of which each begins so many seconds after the end of the one before."""
    entries = [chat(0.0, **fields)]
    for pause in pauses:
        entries.append(chat(entries[-1].closed + pause, id=f"e{len(entries)}", **fields))
    return entries


def test_a_chat_that_is_sent_again_every_three_seconds_after_its_end() -> None:
    finding = only(*chats(3.0, 3.05, 3.0))
    assert (finding.name, finding.severity) == ("chat-repeated", "error")
    assert finding.entries == ("e0", "e1", "e2", "e3")
    assert finding.sentence == (
        "the reply was complete, and 3 to 3.05 s after its end the same message was sent again 3 times, "
        "as by an automatic reconnect; the bot got it each time"
    )


@pytest.mark.parametrize("pause", [1.0, 3.0, 5.0, 10.0])
def test_one_repetition_may_be_a_person_who_says_the_same_twice(pause: float) -> None:
    finding = only(*chats(pause))
    assert (finding.name, finding.severity, finding.entries) == ("chat-repeated", "warning", ("e0", "e1"))
    assert "was sent again, as by" in finding.sentence


@pytest.mark.parametrize(("pause", "found"), [(0.75, 0), (1.0, 1), (16.0, 1), (16.25, 0)])
def test_the_limits_of_a_pause_belong_to_it(pause: float, found: int) -> None:
    first = chat(0.0, seconds=0.5)
    limits = Limits(pause=1.0, longest_pause=16.0)
    findings = verdict([first, chat(0.5 + pause, arrived=0.5 + pause, id="e1")], limits).findings
    assert len(findings) == found
    if found:
        assert findings[0].sentence == (
            f"the reply was complete, and {pause:g} s after its end the same message was sent again, "
            "as by an automatic reconnect; the bot got it each time"
        )


def test_a_request_with_last_event_id_is_a_reconnect_whatever_its_pause() -> None:
    for pause in (0.001, 3.0, 30.0):
        first, second = chats(pause)
        second.headers = RESUMED
        between = exchange(first.closed, id="x", arrived=first.closed)
        finding = only(first, between, second)
        assert (finding.name, finding.severity, finding.entries) == ("chat-repeated", "error", ("e0", "e1"))
        assert "again with Last-Event-ID" in finding.sentence


def test_the_stream_may_be_cut_after_its_frame_end() -> None:
    assert names(*chats(3.0, 3.0, ended="cut")) == ["chat-repeated"]
    assert names(*chats(3.0, 3.0, ended="client left", left=0.25)) == []  # this client closes it by itself


@pytest.mark.parametrize(
    "pauses",
    [
        pytest.param([0.01] * 9, id="a loop"),
        pytest.param([20.0] * 3, id="later than a reconnect"),
        pytest.param([100.0] * 3, id="much later"),
    ],
)
def test_a_message_that_is_repeated_on_purpose(pauses: Sequence[float]) -> None:
    assert names(*chats(*pauses)) == []


def test_a_repetition_after_another_request_with_the_same_key() -> None:
    first, second, third = chats(3.0, 3.0)
    others = [exchange(each.closed + 1, id=f"x{each.id}") for each in (first, second)]
    assert names(first, others[0], second, others[1], third) == []
    foreign = [exchange(each.closed + 1, id=f"x{each.id}", caller=7) for each in (first, second)]
    assert names(first, foreign[0], second, foreign[1], third) == ["chat-repeated"]
    at_the_end = exchange(first.closed, id="x", arrived=first.closed)
    assert names(first, at_the_end, second) == []
    during = exchange(0.1, id="x")  # before the end of the first reply
    assert names(first, during, second, third) == ["chat-repeated"]


def test_another_message_session_or_key_is_no_repetition() -> None:
    for body in (HELLO | {"message": "and then?"}, HELLO | {"session_id": "t"}):
        assert names(chat(1), chat(5, body=body)) == []
    assert names(chat(1), chat(5, caller=7)) == []


def test_a_pause_counts_by_the_machines_clock() -> None:
    """A test that advances the world's clock between two chats sends no reconnect."""
    first = chat(0.0, arrived=100.0)
    assert names(first, chat(5.0, arrived=100.31)) == []
    assert names(first, chat(5.0, arrived=103.3)) == ["chat-repeated"]


def test_a_reply_that_is_no_stream_is_never_followed_by_a_reconnect() -> None:
    assert names(*chats(3.0, 3.0, response_headers=(("content-type", "application/json"),))) == []


def refused(began: float, value: JSON = ERROR, **fields: Any) -> Entry:
    chunks = [Chunk(0.0, json.dumps(value).encode())]
    return exchange(began, **({"method": "POST", "chunks": chunks} | fields))


def test_eight_refusals_in_a_row_with_status_200_are_a_storm() -> None:
    requests = [refused(number) for number in range(8)]
    finding = only(*requests)
    assert (finding.name, finding.severity, finding.entries) == (
        "refusal-storm",
        "error",
        tuple(f"e{number}" for number in range(8)),
    )
    assert finding.sentence == "refused with status 200 8 times in a row, and always sent again unchanged"


def test_a_client_that_asks_again_and_again_may_wait_for_something() -> None:
    assert only(*[refused(number, method="GET") for number in range(8)]).severity == "warning"


def test_requests_that_are_no_storm() -> None:
    eight = range(8)
    assert names(*[refused(number) for number in range(7)], exchange(8, method="POST")) == []
    assert names(*[refused(number, query=f"page={number}") for number in eight]) == []
    assert names(*[refused(number * 20.0) for number in eight]) == []  # more than a minute
    assert names(*[refused(number, {"status": "ok", "message": None, "data": {}}) for number in eight]) == []
    row: JSON = {"status": "error", "message": "disk full", "id": 7}  # a row of somebody's jobs
    assert names(*[refused(number, row) for number in eight]) == []
    assert names(*[refused(number, ERROR if number % 4 else {"status": "ok"}) for number in eight]) == []


def test_a_storm_ends_with_the_request_that_was_accepted() -> None:
    finding = only(*[refused(number) for number in range(8)], exchange(8, method="POST"))
    assert finding.entries[-1] == "e7"


@pytest.mark.anyio
async def test_a_storm_on_a_running_application(client: Client) -> None:
    for _ in range(8):
        reply = await client.push("hi", umo="nonsense")
        assert (reply.status, reply.json["status"]) == (200, "error")
    assert names(*client.world.journal) == ["refusal-storm"]
