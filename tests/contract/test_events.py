import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from tests.recorded import STREAMS

ID = "2a37b2df-f029-460b-86c9-02e2753337b7"
PLAIN: dict[str, Any] = {"type": "plain", "data": "Hi", "streaming": True, "chain_type": None, "message_id": ID}
CALL: dict[str, Any] = {"id": "call_1", "name": "get_weather", "args": {"city": "Paris"}, "ts": 1.5}


@pytest.fixture(scope="module")
def events(contract: Contract) -> Events:
    assert contract.rules is not None
    return contract.rules.events


def found(events: Events, event: Any) -> list[tuple[str, str, str]]:
    return [(each.at, each.rule, each.message) for each in events.check(event)]


@pytest.mark.parametrize("name", STREAMS)
def test_recorded_events_have_no_violations(events: Events, name: str) -> None:
    assert [events.check(event) for event in STREAMS[name]] == [[] for _ in STREAMS[name]]


def test_the_recorded_streams_have_every_kind_of_event() -> None:
    schema = json.loads(v4_19_4.EVENTS.read_bytes())
    seen = {event["type"] for events in STREAMS.values() for event in events}
    seen |= {event["chain_type"] for events in STREAMS.values() for event in events if event.get("chain_type")}
    assert {branch["$ref"].rpartition("/")[2] for branch in schema["oneOf"]} == seen


@pytest.mark.parametrize(
    ("event", "at", "message"),
    [
        (5, "", "the event must be an object, got 5"),
        ({}, "/type", "`type` must be one of"),
        ({"type": ["plain"]}, "/type", "got an array"),
        ({"type": "brand_new"}, "/type", 'got "brand_new"'),
        (PLAIN | {"chain_type": "thought"}, "/chain_type", '`chain_type` must be one of null, "reasoning"'),
        (PLAIN | {"chain_type": {}}, "/chain_type", "got an object"),
        (PLAIN | {"data": None}, "/data", "`data` must be a string, got null"),
        (PLAIN | {"extra": 1}, "/extra", "`extra` is not known here"),
        (PLAIN | {"message_id": "7"}, "/message_id", "`message_id` must match"),
        (
            PLAIN | {"chain_type": "tool_call", "streaming": False},
            "/data",
            "`data` must be a JSON text: expecting value",
        ),
        ({"type": "end", "data": "", "streaming": False}, "/message_id", "`message_id` is required"),
        ({"type": "image", "data": "cat.jpg", "streaming": False, "message_id": ID}, "/data", "`data` must match"),
    ],
)
def test_a_violation_names_its_place_in_the_event(events: Events, event: Any, at: str, message: str) -> None:
    assert [(each.side, each.at) for each in events.check(event)] == [("event", at)]
    assert message in events.check(event)[0].message


def test_the_json_inside_a_tool_call_is_validated(events: Events) -> None:
    event = PLAIN | {"chain_type": "tool_call", "streaming": False}
    assert events.check(event | {"data": json.dumps(CALL)}) == []
    assert found(events, event | {"data": json.dumps(CALL | {"args": "Paris"})}) == [
        ("/data/args", "type", '`data.args` must be an object, got the string "Paris"')
    ]


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["plain", "end", "tool_call", "agent_stats"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*PLAIN, "x"]), inner),
))  # fmt: skip
def test_any_json_can_be_validated(events: Events, event: Any) -> None:
    for violation in events.check(event):
        assert violation.message
