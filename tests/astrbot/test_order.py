import pytest

from mockbot.astrbot.v4_19_4.order import EventOrder
from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut
from tests.recorded import STREAMS

KINDS: dict[str, dict[str, JSON]] = {
    "delta": {"type": "plain", "chain_type": None, "streaming": True},
    "plain": {"type": "plain", "chain_type": None, "streaming": False},
    "reasoning": {"type": "plain", "chain_type": "reasoning", "streaming": True},
    "tool_call": {"type": "plain", "chain_type": "tool_call", "streaming": False},
    "tool_call_result": {"type": "plain", "chain_type": "tool_call_result", "streaming": False},
}


def mistakes(text: str) -> list[str]:
    """Return the mistakes in a stream, which is written as the kinds of its events."""
    order = EventOrder()
    found = [order.feed(KINDS.get(kind, {"type": kind})) for kind in text.split()]
    return [each.message for each in [*found, order.end()] if each is not None]


@pytest.mark.parametrize("name", STREAMS)
def test_the_recorded_streams_of_astrbot_are_in_order(name: str) -> None:
    order = EventOrder()
    assert [order.feed(event) for event in STREAMS[name]] == [None for _ in STREAMS[name]]
    assert order.end() is None


@pytest.mark.parametrize(
    "stream",
    [
        "session_id end",
        "session_id plain message_saved end",
        "session_id image message_saved plain message_saved end",
        "session_id delta delta agent_stats complete message_saved end",
        "session_id plain message_saved agent_stats end",
        "session_id agent_stats end",
        "session_id tool_call tool_call tool_call_result delta agent_stats complete message_saved end",
        "session_id tool_call file message_saved tool_call_result plain message_saved agent_stats end",
        "session_id delta plain message_saved delta agent_stats complete message_saved end",
        "session_id delta agent_stats image message_saved complete message_saved plain message_saved end",
    ],
)
def test_streams_in_order(stream: str) -> None:
    assert mistakes(stream) == []


@pytest.mark.parametrize(
    ("stream", "mistake"),
    [
        ("", "the stream ended without `end`"),
        ("session_id delta", "the stream ended without `end`"),
        ("end", "the stream begins with `end`, not `session_id`"),
        ("session_id session_id end", "`session_id` comes twice"),
        ("session_id end end", "`end` comes after `end`"),
        ("session_id plain end", "`end` comes where `message_saved` must follow `plain`"),
        ("session_id message_saved end", "`message_saved` comes without a message before it"),
        ("session_id delta end", "`end` comes without `agent_stats` though there was `delta`"),
        ("session_id delta agent_stats end", "`end` comes without `complete` though there was `delta`"),
        ("session_id agent_stats agent_stats end", "`agent_stats` comes twice"),
        ("session_id complete message_saved end", "`complete` comes before `agent_stats`"),
        ("session_id agent_stats delta complete message_saved end", "`delta` comes after `agent_stats`"),
        ("session_id agent_stats complete message_saved complete message_saved end", "`complete` comes twice"),
        ("session_id tool_call_result agent_stats end", "`tool_call_result` comes without a `tool_call`"),
        ("session_id tool_call delta tool_call_result agent_stats complete message_saved end",
         "`delta` comes while a `tool_call` waits for its result"),
        ("session_id tool_call agent_stats tool_call_result end",
         "`agent_stats` comes while a `tool_call` waits for its result"),
        ("session_id agent_stats tool_call tool_call_result end", "`tool_call` comes after `agent_stats`"),
        ("session_id tool_call end", "`end` comes while a `tool_call` waits for its result"),
        ("session_id tool_call tool_call_result end", "`end` comes without `agent_stats` though there was "
         "`tool_call_result`"),
        ("session_id delta agent_stats complete end", "`end` comes where `message_saved` must follow `complete`"),
    ],
)  # fmt: skip
def test_streams_out_of_order_have_one_mistake(stream: str, mistake: str) -> None:
    assert mistakes(stream) == [mistake]


def test_all_frames_of_a_stream_share_one_message_id() -> None:
    order = EventOrder()
    order.feed({"type": "session_id"})
    assert order.feed(KINDS["delta"] | {"message_id": "1"}) is None
    violation = order.feed(KINDS["delta"] | {"message_id": "2"})
    assert violation is not None
    assert "`message_id`" in violation.message


def test_values_that_are_not_events_are_ignored() -> None:
    order = EventOrder()
    values: list[JSON] = [None, [], {}, {"type": 5}]
    assert [order.feed(value) for value in values] == [None] * 4


@pytest.mark.parametrize("name", [name for name, events in STREAMS.items() if len(events) > 3])
def test_a_stream_without_its_first_or_last_event_is_out_of_order(name: str) -> None:
    for events in (STREAMS[name][1:], STREAMS[name][:-1]):
        order = EventOrder()
        assert [*filter(None, [order.feed(event) for event in events]), order.end()] != [None]


def test_a_mistake_is_a_violation_of_the_order() -> None:
    order = EventOrder()
    assert order.feed({"type": "delta" * 100}) == Violation(
        "event",
        "order",
        "",
        "order",
        f"the stream begins with `{'delta' * 100}`, not `session_id`",
        cut("delta" * 100),
    )
    assert order.end() == Violation("event", "order", "", "order", "the stream ended without `end`")


@pytest.mark.parametrize("second", ["m", "n", None])
def test_all_events_have_the_message_id_of_the_first_that_has_one(second: str | None) -> None:
    order = EventOrder()
    delta = KINDS["delta"]
    assert order.feed({"type": "session_id"}) is None
    assert order.feed({**delta, "message_id": "m"}) is None
    found = order.feed({**delta, "message_id": second})
    expected = "`message_id` is not that of the frames before" if second == "n" else None
    assert (found and found.message) == expected
    assert order.feed({**delta, "message_id": second or "m"}) is None
