"""What a client reports, compared with what was sent."""

import json

import pytest

from mockbot.fuzz.expected import Habits, items, mismatch, same
from mockbot.fuzz.sent import Sent
from mockbot.server.tap import Written

HABITS = Habits(reports=True, known=frozenset({"plain", "end"}), last=frozenset({"end"}))


def stream(*events: object) -> Sent:
    frames = b"".join(
        b"data: %s\n\n" % (each if isinstance(each, bytes) else json.dumps(each).encode()) for each in events
    )
    headers = (("content-type", "text/event-stream"),)
    return Sent("POST", "/api/v1/chat", 200, headers, chunks=(Written(0.0, frames),), complete=True)


A, B, END = {"type": "plain", "data": "a"}, {"type": "plain", "data": "b"}, {"type": "end", "data": ""}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(A, id="its JSON"),
        pytest.param(json.dumps(A), id="its data"),
        pytest.param({"data": json.dumps(A)}, id="an object with the data"),
        pytest.param({"data": json.dumps(A), "event": "message", "id": ""}, id="an object with all fields"),
    ],
)
def test_a_client_reports_an_event_in_any_of_these_forms(line: object) -> None:
    assert mismatch(items(stream(A), HABITS), [line]) is None


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([A, B, END], None, id="all"),
        pytest.param([A, END], (1, 1), id="one is missing"),
        pytest.param([A, B], (2, 2), id="the last is missing"),
        pytest.param([], (0, 0), id="nothing"),
        pytest.param([A, A, B, END], (1, 1), id="one twice"),
        pytest.param([A, B, END, END], (3, 3), id="one more"),
        pytest.param([B, A, END], (0, 0), id="another order"),
        pytest.param([{"type": "plain", "data": "ä"}, B, END], (0, 0), id="another text"),
    ],
)
def test_each_event_is_reported_once_and_in_order(lines: list[object], found: tuple[int, int] | None) -> None:
    assert mismatch(items(stream(A, B, END), HABITS), lines) == found


@pytest.mark.parametrize("ignored", [{"type": "new"}, b"", b"not JSON"])
def test_an_event_that_is_new_or_no_json_may_be_ignored(ignored: object) -> None:
    expected = items(stream(A, ignored, END), HABITS)
    assert mismatch(expected, [A, END]) is None
    shown = ignored.decode() if isinstance(ignored, bytes) else ignored
    assert mismatch(expected, [A, shown, END]) is None
    assert mismatch(expected, [A, "something else", END]) is not None


def test_numbers_beyond_what_a_double_holds_differ() -> None:
    assert not same(2**53 + 1, float(2**53))
    assert same({"a": [1.0]}, {"a": [1]})
    assert not same(1, True)


def test_the_json_of_a_complete_response_is_one_thing_to_report() -> None:
    headers = (("content-type", "application/json"),)
    sent = Sent("GET", "/api/v1/im/bots", 200, headers, chunks=(Written(0.0, b'{"status": "ok"}'),), complete=True)
    assert mismatch(items(sent, HABITS), [{"status": "no"}]) is not None
