"""The bytes of a chat stream: parsed in pieces of any size, or taken as the value that they were made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot import sse
from mockbot.astrbot import versions
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from mockbot.contract.stream import StreamRules, StreamValidator
from mockbot.sse import EVENT, LIKE, data_frame
from mockbot.violation import Violation
from tests.astrbot.v4_29_3 import recorded as v4_29_3
from tests.recorded import STREAMS

BEGIN: dict[str, Any] = {"type": "session_id", "data": None, "session_id": "s"}
END: dict[str, Any] = {
    "type": "end",
    "data": "",
    "streaming": False,
    "message_id": "828175f3-41a4-418c-9cf5-a2796dfff617",
}


@pytest.fixture
def stream(contract: Contract) -> StreamValidator:
    assert contract.rules is not None
    return StreamValidator(contract.rules)


def test_an_event_of_another_type_is_shown_shortened(stream: StreamValidator) -> None:
    sentence = "the event has a type other than `message`"
    found = stream.validate(b"event: x\ndata: {}\n\nevent: " + b"y" * 121 + b"\ndata: 1\n\n", False)
    assert found == [Violation("event", "body", "", "event", sentence, shown) for shown in ("x", "y" * 120)]


def test_data_that_is_not_json_is_shown_shortened(stream: StreamValidator) -> None:
    (found,) = stream.validate(b"data: {" + b"z" * 121 + b"\n\n", False)
    assert found.message.startswith("the event's data is not JSON: ")
    assert found == Violation("event", "body", "", "parse", found.message, "{" + "z" * 119)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_stream_ends_with_a_blank_line(stream: StreamValidator, end: bytes, size: int) -> None:
    data = (data_frame(BEGIN) + data_frame(END)).replace(b"\n", end)
    for at in range(0, len(data), size):
        assert stream.validate(data[at : at + size], at + size >= len(data)) == []


def test_a_stream_that_ends_inside_an_event(stream: StreamValidator) -> None:
    assert stream.validate(data_frame(BEGIN) + data_frame(END)[:-1], True) == [
        Violation("event", "body", "", "parse", "the stream ends inside an event"),
        Violation("event", "order", "", "order", "the stream ended without `end`"),
    ]


def test_the_value_of_an_event_is_as_good_as_its_bytes(contract: Contract) -> None:
    assert contract.rules is not None
    for events in ([BEGIN, END], [END, BEGIN], [BEGIN, {"type": "end"}], [BEGIN, BEGIN, END], [BEGIN, END, END]):
        read, taken = StreamValidator(contract.rules), StreamValidator(contract.rules)
        for event in events:
            data = data_frame(event)
            assert taken.validate(data, False, event) == read.validate(data, False)
        assert taken.validate(b"", True) == read.validate(b"", True)


def test_a_value_in_the_middle_of_an_event_is_read_with_the_bytes_before(stream: StreamValidator) -> None:
    assert stream.validate(b"data: [1,\n", False) == []
    assert [each.rule for each in stream.validate(data_frame(BEGIN), False, BEGIN)] == ["parse"]


KINDS = {
    "4.19.4": [event for events in STREAMS.values() for event in events],
    "4.29.3": [event for row in v4_29_3.STREAMS.values() for event in row["events"]],
}
CHANGED = st.sampled_from(["streaming", "chain_type", "message_id", "extra", "data", "type"])
VALUES = st.none() | st.booleans() | st.integers(0, 1) | st.text(max_size=3) | st.sampled_from(["plain", "tool_call"])


@pytest.mark.parametrize("version", KINDS)
@given(data=st.data())
def test_events_that_differ_in_one_text_have_the_verdicts_of_their_bytes(version: str, data: st.DataObject) -> None:
    rules = versions.profile(version).contract.rules
    assert rules is not None
    read, taken = StreamValidator(rules), StreamValidator(rules)
    for _ in range(3):
        event = data.draw(st.sampled_from(KINDS[version])) | data.draw(st.dictionaries(CHANGED, VALUES, max_size=2))
        key = data.draw(st.sampled_from([*event]))
        for message in sse.frames(event, key, data.draw(st.lists(st.text(max_size=4) | st.just("plain"), max_size=3))):
            found = taken.validate(message["body"], False, message.get(EVENT), message.get(LIKE))
            assert found == read.validate(message["body"], False)


@pytest.mark.usefixtures("needs_fast_paths")
def test_the_bytes_of_a_value_that_is_certain_to_be_valid_are_not_read(contract: Contract) -> None:
    assert contract.rules is not None
    stream = StreamValidator(contract.rules)
    assert stream.validate(b"not read", False, BEGIN) == []
    assert stream.validate(data_frame(END), True, BEGIN) == [], "the end of a stream is always read"
    assert [each.rule for each in StreamValidator(contract.rules).validate(b"data: 1\n\n", False, 1)] == ["type"]


@pytest.mark.usefixtures("needs_fast_paths")
@pytest.mark.parametrize(("key", "count"), [("data", 1), ("message_id", 3)])
def test_of_values_that_differ_in_any_text_one_is_validated(contract: Contract, key: str, count: int) -> None:
    assert contract.rules is not None
    seen: list[Any] = []

    class Counted(Events):
        def __init__(self, events: Events) -> None:
            vars(self).update(vars(events))

        def accepts(self, event: Any) -> bool:
            seen.append(event)
            return super().accepts(event)

    stream = StreamValidator(StreamRules(Counted(contract.rules.events), contract.rules.order))
    plain = END | {"type": "plain", "streaming": True, "chain_type": None}
    for message in sse.frames(plain, key, [str(plain[key])] * 3):
        stream.validate(b"not read", False, message[EVENT], message[LIKE])
    assert len(seen) == count
