import pytest

from mockbot.astrbot.order import RunOrder
from tests.recorded import STREAMS

KINDS = {
    "delta": {"type": "plain", "chain_type": None, "streaming": True},
    "plain": {"type": "plain", "chain_type": None, "streaming": False},
    "reasoning": {"type": "plain", "chain_type": "reasoning", "streaming": True},
    "tool_call": {"type": "plain", "chain_type": "tool_call", "streaming": False},
    "tool_call_result": {"type": "plain", "chain_type": "tool_call_result", "streaming": False},
}


def faults(text):
    """Feed a stream written as the kinds of its events; return what the order says, the end included."""
    order = RunOrder()
    found = [order.feed(KINDS.get(kind, {"type": kind})) for kind in text.split()]
    return [each.message for each in [*found, order.end()] if each is not None]


@pytest.mark.parametrize("name", STREAMS)
def test_astrbot_keeps_to_the_order(name):
    order = RunOrder()
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
def test_streams_that_are_right(stream):
    assert faults(stream) == []


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        ("", "the stream is over without `end`"),
        ("session_id delta", "the stream is over without `end`"),
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
    ],
)  # fmt: skip
def test_streams_that_are_wrong_have_one_fault(stream, fault):
    assert faults(stream) == [fault]


def test_all_frames_of_a_stream_share_one_message_id():
    order = RunOrder()
    order.feed({"type": "session_id"})
    assert order.feed(KINDS["delta"] | {"message_id": "1"}) is None
    assert "`message_id`" in order.feed(KINDS["delta"] | {"message_id": "2"}).message


def test_what_is_no_event_is_left_to_the_schema():
    order = RunOrder()
    assert [order.feed(event) for event in (None, [], {}, {"type": 5})] == [None] * 4


@pytest.mark.parametrize("name", [name for name, events in STREAMS.items() if len(events) > 3])
def test_a_stream_that_lacks_its_first_or_last_event_is_wrong(name):
    for events in (STREAMS[name][1:], STREAMS[name][:-1]):
        order = RunOrder()
        assert [*filter(None, [order.feed(event) for event in events]), order.end()] != [None]
