import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.v4_29_3.order import EventOrder
from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut
from tests.astrbot.v4_29_3.recorded import STREAMS

FAILURE = "_LLM_响应错误"  # words have no blanks


def event(word: str) -> dict[str, JSON]:
    """Return the event that a word stands for: its name, and after a colon its text or the id of its tool call."""
    name, _, text = word.replace("_LLM_", "LLM ").partition(":")
    found: dict[str, JSON] = {"type": name, "data": text, "streaming": False, "message_id": "m"}
    match name:
        case "delta" | "reasoning":
            chain = None if name == "delta" else name
            found |= {"type": "plain", "data": text or "x", "streaming": True, "chain_type": chain}
        case "plain" | "tool_direct_result":
            found |= {"type": "plain", "chain_type": None if name == "plain" else name}
        case "tool_call" | "tool_call_result":
            found |= {"type": "plain", "data": json.dumps({"id": text or "call_1"}), "chain_type": name}
        case "pushed_image":
            found |= {"type": "image", "data": "[IMAGE]", "streaming": True}
        case "push":
            found |= {"type": "complete", "data": text or "x", "streaming": True, "chain_type": None}
        case "complete":
            whole, _, thought = text.partition("|")
            found |= {"data": whole, "reasoning": thought, "streaming": True}
        case "run_started" | "run_snapshot":
            found["data"] = {"run_id": "m"}
    return found


class EveryStep(EventOrder):
    """Takes no short cut for the pieces of a text."""

    def _is_next_delta(self, event: dict[str, JSON]) -> bool:
        return False


def mistakes(events: list[dict[str, JSON]], kind: type[EventOrder] = EventOrder) -> list[str]:
    order = kind()
    found = [order.feed(each) for each in events]
    return [each.message for each in [*found, order.end()] if each is not None]


def events(text: str, before: str = "session_id user_message_saved") -> list[dict[str, JSON]]:
    return [event(word) for word in f"{before} {text}".split()]


STREAM_RUN = "run_started delta:Hel delta:lo agent_stats complete:Hello message_saved end"
TOOL_RUN = (
    "run_started delta:Let agent_stats tool_call:a tool_call_result:a tool_call:b tool_call_result:b "
    "delta:Hi agent_stats complete:LetHi message_saved end"
)
BLOCK_RUN = "run_started agent_stats tool_call tool_call_result agent_stats plain message_saved end"
IN_ORDER = {
    "nothing": "end",
    "a command": "plain message_saved image attachment_saved message_saved end",
    "a failure before the run": "run_started plain message_saved end",
    "a streaming run": STREAM_RUN,
    "reasoning": "run_started reasoning:why delta:Hi agent_stats complete:Hi|why message_saved end",
    "tools": TOOL_RUN,
    "an invented tool": "run_started agent_stats tool_call delta:Hi agent_stats complete:Hi message_saved end",
    "an invented tool among two":
        "run_started agent_stats tool_call:a tool_call:b tool_call_result:b agent_stats complete: message_saved end",
    "a tool that returns nothing": "run_started agent_stats tool_call tool_call_result complete: message_saved end",
    "a tool that sends":
        "run_started agent_stats tool_call tool_direct_result message_saved tool_call_result "
        "complete: message_saved end",
    "a failure": f"run_started delta:Hi agent_stats delta:{FAILURE} complete:Hi{FAILURE} message_saved end",
    "a stopped run": "run_started delta:Hi complete:Hi message_saved end",
    "a run stopped in a tool": "run_started agent_stats tool_call complete: message_saved end",
    "a blocking run": BLOCK_RUN,
    "a blocking run with text before its tools":
        "run_started agent_stats plain message_saved tool_call tool_call_result agent_stats plain message_saved end",
    "thinking in a blocking run": "run_started agent_stats plain message_saved plain message_saved end",
    "a blocking run whose tool returns nothing":
        "run_started agent_stats tool_call tool_call_result end message_saved",
    "a stopped blocking run": "run_started end",
    "a follow-up": "follow_up_captured end",
    "a run after a push": "delta:psst push:psst message_saved " + STREAM_RUN,
    "a push into a streaming run":
        "run_started delta:Hel delta:psst push:psst message_saved delta:lo agent_stats "
        "complete:Hello message_saved end",
    "a push into a tool call":
        "run_started agent_stats tool_call delta:psst push:psst message_saved tool_call_result "
        "agent_stats plain message_saved end",
    "a push of two parts": "run_started delta:a pushed_image attachment_saved push:[IMAGE] message_saved end",
    "a push of two texts into a blocking run":
        "run_started delta:a delta:b push:b message_saved agent_stats plain message_saved end",
    "a push of two texts into a streaming run":
        "run_started delta:Hi delta:a delta:b push:b message_saved agent_stats complete:Hi message_saved end",
    "a deleted run": "run_started delta:Hel",
    "a run deleted in a tool": "run_started agent_stats tool_call",
    "an error of the server": "run_started delta:Hel error",
}  # fmt: skip


@pytest.mark.parametrize("name", IN_ORDER)
def test_streams_in_order(name: str) -> None:
    assert mistakes(events(IN_ORDER[name])) == []


@pytest.mark.parametrize(
    "stream",
    [
        "delta:lo agent_stats complete:Hello message_saved end",
        "tool_call_result:a delta:Hi agent_stats complete:LetHi message_saved end",
        "agent_stats plain message_saved end",
        "end",
    ],
)
def test_a_resumed_stream_begins_with_a_snapshot(stream: str) -> None:
    assert mistakes(events(stream, "run_snapshot")) == []


def test_a_request_with_a_private_field_has_no_user_message_saved() -> None:
    assert mistakes(events("plain message_saved end", "session_id")) == []


@pytest.mark.parametrize(
    ("stream", "mistake"),
    [
        ("session_id end", "`session_id` comes after `user_message_saved`"),
        ("user_message_saved end",
         "`user_message_saved` comes after `user_message_saved`, not directly after `session_id`"),
        ("plain end", "`end` comes where `message_saved` must follow `plain`"),
        ("image message_saved end", "`message_saved` comes where `attachment_saved` must follow `image`"),
        ("image attachment_saved end", "`end` comes where `message_saved` must follow `image`"),
        ("message_saved end", "`message_saved` comes without a message before it"),
        ("agent_stats end", "`agent_stats` comes before `run_started`"),
        ("run_started run_started end", "`run_started` comes within a run"),
        ("run_started agent_stats agent_stats plain message_saved end", "`agent_stats` comes after `agent_stats`"),
        ("run_started agent_stats end", "`end` comes without a message after `agent_stats`"),
        ("run_started tool_call tool_call_result end message_saved",
         "`tool_call` does not come directly after `agent_stats` or another call"),
        ("run_started agent_stats tool_call tool_call end message_saved", "`tool_call` comes twice"),
        ("run_started agent_stats tool_call:a tool_call_result:b end message_saved",
         "`tool_call_result` has not the `id` of the `tool_call` before it"),
        ("run_started agent_stats tool_call_result plain message_saved end",
         "`tool_call_result` comes without a `tool_call`"),
        ("run_started agent_stats tool_call tool_call_result end", "the stream ended without `message_saved`"),
        ("run_started delta:Hi agent_stats end", "`end` comes without `complete` though there was a delta of `plain`"),
        ("run_started agent_stats delta:Hi complete:Hi message_saved end",
         "`complete` comes where `complete` with `chain_type` must end a push"),
        ("run_started delta:Hi complete:Ho message_saved end",
         "`complete` does not hold the text of the deltas before it"),
        ("run_started reasoning:Hi complete:|Ho message_saved end",
         "`complete` does not hold the reasoning of the deltas before it"),
        ("run_started complete: message_saved complete: message_saved end", "`complete` comes twice"),
        ("run_started complete: message_saved agent_stats end", "`agent_stats` comes after `complete`"),
        ("run_started delta:Hel delta:psst push:other message_saved end",
         "`complete` with `chain_type` does not hold the data of the pushed message before it"),
        ("push message_saved end", "`complete` with `chain_type` comes without a pushed message before it"),
        ("delta:psst end", "`end` comes where `complete` with `chain_type` must end a push"),
        ("follow_up_captured plain message_saved end", "`plain` comes where `end` must follow `follow_up_captured`"),
        ("end end", "`end` comes after `end`"),
        ("plain message_saved", "the stream ended without `end`"),
        ("run_started plain", "the stream ended without `message_saved`"),
        ("run_started complete: message_saved", "the stream ended without `end`"),
    ],
)  # fmt: skip
def test_streams_out_of_order(stream: str, mistake: str) -> None:
    assert mistakes(events(stream))[0] == mistake


@pytest.mark.parametrize("first", ["end", "user_message_saved", "run_started"])
def test_a_stream_begins_with_the_session_or_a_snapshot(first: str) -> None:
    assert f"the stream begins with `{first}`, not `session_id` or `run_snapshot`" in mistakes(events("end", first))


@pytest.mark.parametrize("stream", [STREAM_RUN, TOOL_RUN, BLOCK_RUN])
def test_an_event_out_of_its_place_is_noticed(stream: str) -> None:
    whole = events(stream)
    assert mistakes(whole) == []
    undetected = []
    for index, each in enumerate(whole):
        name = stream.split()[index - 2] if index > 1 else str(each["type"])
        changed = {"double": [*whole[: index + 1], *whole[index:]]}
        changed["drop"] = [*whole[:index], *whole[index + 1 :]]
        changed["swap"] = [*whole[:index], *reversed(whole[index : index + 2]), *whole[index + 2 :]]
        if index + 1 == len(whole):
            del changed["swap"]
        undetected += [f"{change} {name}" for change, result in changed.items() if not mistakes(result)]
    # what is left of these is another stream that AstrBot may send: a stopped run, an invented tool
    allowed = {"drop user_message_saved", "drop agent_stats", "drop run_started"}
    assert {each for each in undetected if "tool_call_result" not in each} <= allowed


@pytest.mark.parametrize("stream", [STREAM_RUN, TOOL_RUN, BLOCK_RUN])
def test_all_events_of_a_stream_share_one_message_id(stream: str) -> None:
    whole = events(stream)
    for index, each in enumerate(whole):
        if "message_id" in each:
            wrong = [*whole[:index], each | {"message_id": "other"}, *whole[index + 1 :]]
            assert "is not the `message_id` of the events before" in "".join(mistakes(wrong))


@pytest.mark.parametrize("name", STREAMS)
def test_the_recorded_streams_of_astrbot_are_in_order(name: str) -> None:
    assert mistakes(STREAMS[name]["events"]) == []


def test_values_that_are_not_events_are_ignored() -> None:
    order = EventOrder()
    values: list[JSON] = [None, [], {}, {"type": 5}]
    assert [order.feed(value) for value in values] == [None] * 4


WORDS = (
    *("session_id", "run_started", "run_snapshot", "delta", "delta:a", "reasoning", "plain", "pushed_image", "push"),
    *("push:a", "tool_call", "tool_call_result", "agent_stats", "complete:a", "message_saved", "attachment_saved"),
    *("user_message_saved", "follow_up_captured", "error", "end"),
)
"""The events of which streams in any order are made; most of them are pieces of texts."""


@given(st.lists(st.tuples(st.sampled_from([*WORDS, *["delta:a"] * 20]), st.sampled_from("mmmmx")), max_size=20))
def test_the_short_cut_for_pieces_of_a_text_finds_the_same_mistakes(stream: list[tuple[str, str]]) -> None:
    whole = [*events("run_started"), *(event(word) | {"message_id": message} for word, message in stream)]
    assert mistakes(whole) == mistakes(whole, EveryStep)


def test_a_mistake_is_a_violation_of_the_order() -> None:
    order, name = EventOrder(), "plain" * 100
    sentence = f"the stream begins with `{name}`, not `session_id` or `run_snapshot`"
    assert order.feed({"type": name}) == Violation("event", "order", "", "order", sentence, cut(name))
    assert order.end() == Violation("event", "order", "", "order", "the stream ended without `end`")


def test_the_run_has_the_id_of_the_messages() -> None:
    order = EventOrder()
    assert order.feed(event("session_id")) is None
    found = order.feed(event("run_started") | {"data": {"run_id": "other"}})
    assert found is not None
    assert found.message == "`run_id` is not the `message_id` of the events before"


@pytest.mark.parametrize("word", ["plain", "end", "push", "tool_call_result"])
def test_after_an_error_anything_may_come_and_the_end_may_be_missing(word: str) -> None:
    stream = [event("session_id"), event("error"), event(word)]
    assert mistakes(stream) == mistakes(stream[:2]) == []
    assert mistakes(stream[:1]) == ["the stream ended without `end`"]


COMPLETE = "run_started delta:a agent_stats complete:a message_saved"
FAILED = f"run_started agent_stats delta:{FAILURE}"
NOT_DIRECTLY = "`tool_call` does not come directly after `agent_stats` or another call"
NO_CALL = "`tool_call_result` comes without a `tool_call`"
UNSAVED = "the stream ended without `message_saved`"
CALLED = "run_started agent_stats tool_call:a"


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (f"{COMPLETE} reasoning end", ["`reasoning` comes after `complete`"]),
        (f"{COMPLETE} tool_call:a end", ["`tool_call` comes after `complete`", UNSAVED]),
        (f"{COMPLETE} tool_call_result:a end", ["`tool_call_result` comes after `complete`", UNSAVED]),
        (f"{COMPLETE} tool_direct_result message_saved end", ["`tool_direct_result` comes after `complete`"]),
        (f"{FAILED} agent_stats", ["`agent_stats` comes after `agent_stats`"]),
        (f"{FAILED} reasoning", ["`reasoning` comes after `agent_stats`"]),
        (f"{FAILED} tool_call:a", [NOT_DIRECTLY]),
        ("run_started agent_stats reasoning", ["`reasoning` comes after `agent_stats`"]),
        ("run_started delta:a tool_call:a", [NOT_DIRECTLY]),
        ("run_started reasoning tool_call:a", [NOT_DIRECTLY]),
        ("run_started tool_direct_result", ["`tool_direct_result` comes without a `tool_call`", UNSAVED]),
        (f"{CALLED} reasoning agent_stats tool_call_result:a", [NO_CALL]),
        (f"{CALLED} delta:b agent_stats tool_call_result:a", [NO_CALL]),
        (f"{CALLED} agent_stats tool_call_result:a", [NO_CALL]),
        (f"{CALLED} tool_call_result:a tool_call_result:a", [NO_CALL]),
        (f"{CALLED} tool_call_result:a tool_call:b tool_call_result:b", []),
        (f"{CALLED} tool_direct_result message_saved end", []),
        (f"{CALLED} tool_call_result:a end", [UNSAVED]),
        (f"{CALLED} end", [UNSAVED]),
        ("run_started agent_stats plain message_saved tool_call:a tool_call_result:a end", [UNSAVED]),
        (
            "run_started agent_stats plain message_saved agent_stats end",
            ["`agent_stats` comes after `agent_stats`", "`end` comes without a message after `agent_stats`"],
        ),
        (
            "run_started agent_stats plain message_saved reasoning end",
            [
                "`reasoning` comes after `agent_stats`",
                "`end` comes without `complete` though there was a delta of `reasoning`",
            ],
        ),
    ],
)
def test_all_mistakes_of_a_run(stream: str, found: list[str]) -> None:
    assert mistakes(events(stream)) == found


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        ("tool_call_result:a tool_call:b", []),
        ("tool_call:a tool_call:a", ["`tool_call` comes twice"]),
        ("agent_stats end", ["`end` comes without a message after `agent_stats`"]),
        ("delta:b agent_stats complete:ab message_saved end", []),
        (
            "delta:b agent_stats complete:ac message_saved end",
            ["`complete` does not hold the text of the deltas before it"],
        ),
    ],
)
def test_all_mistakes_of_a_resumed_run(stream: str, found: list[str]) -> None:
    assert mistakes(events(stream, "run_snapshot")) == found
