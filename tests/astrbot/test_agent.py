import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot import resources
from mockbot.astrbot.texts import NO_RETURN_VALUE
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.astrbot.v4_19_4.agent import play
from mockbot.astrbot.v4_19_4.order import EventOrder
from mockbot.contract.events import Events
from mockbot.fault.catalogue import Cut, Stall
from mockbot.script.load import load, read
from mockbot.script.model import Script, echo
from mockbot.script.scripts import Scripts
from mockbot.script.turn import Cue, Frame, Played, Turn, Verbatim, Wait
from mockbot.script.usage import Usage
from mockbot.source import Source
from mockbot.source import load as load_source
from tests.astrbot.digest import digest
from tests.script.requests import asked, scripts, turn

RECORDED: Any = load_source(Path(__file__).with_name("recorded.yaml")).value
ASTRBOT = load(resources.fixtures("scripts/astrbot-4.19.4.yaml"))


def short(item: Played) -> Any:
    """Return a frame as a line, a wait as its seconds, and any other item unchanged."""
    match item:
        case Frame():
            return digest(item.data)
        case Wait():
            return item.seconds
        case _:
            return item


def played(text: str, *, streaming: bool = True, **fields: Any) -> list[Any]:
    """Return what a script plays, in short."""
    (script,) = scripts(f"- {text}")
    return [short(item) for item in play(script, turn(asked(streaming=streaming), **fields))]


def data_of(script: Script, moment: Turn) -> list[dict[str, Any]]:
    """Return the frames that a script plays."""
    return [item.data for item in play(script, moment) if isinstance(item, Frame)]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_the_recorded_model_and_plugin(case: dict[str, Any]) -> None:
    umo = f"webchat:FriendMessage:webchat!{case['username']}!{case['session_id']}"
    request = asked(
        case["message"],
        username=case["username"],
        session_id=case["session_id"],
        umo=umo,
        streaming=case.get("streaming", True),
    )
    chosen = Scripts(ASTRBOT).choose(request)
    assert chosen is not None
    moment = turn(request, groups=chosen.groups, reasoning=case.get("reasoning", False))
    assert [digest(data) for data in data_of(chosen.script, moment)] == case["frames"]


def test_each_frame_has_its_keys_in_order_and_its_id() -> None:
    (script,) = scripts("- run: [{call: {tool: t, args: {q: 好}, sends: [{image: true}], result: r}}, {say: [a]}]")
    clock = count(1000)
    moment = turn(
        now=lambda: float(next(clock)), uuid=lambda: "12345678-9abc-4000-8000-000000000000", usage=Usage(5, 2, 1)
    )
    frames = data_of(script, moment)
    plain = {"type": "plain", "streaming": False, "chain_type": None, "message_id": "m"}
    call = '{"id": "call_12345678", "name": "t", "args": {"q": "好"}, "ts": 1001.0}'
    assert frames == [
        plain | {"data": call, "chain_type": "tool_call"},
        {
            "type": "image",
            "data": "[IMAGE]12345678-9abc-4000-8000-000000000000.jpg",
            "streaming": False,
            "message_id": "m",
        },
        plain | {"data": '{"id": "call_12345678", "ts": 1002.0, "result": "r"}', "chain_type": "tool_call_result"},
        plain | {"data": "a", "streaming": True},
        {
            "type": "agent_stats",
            "data": {
                "token_usage": {"input_other": 6, "input_cached": 4, "output": 2},
                "start_time": 1000.0,
                "end_time": 1004.0,
                "time_to_first_token": 3.0,
            },
        },
        {"type": "complete", "data": "a", "reasoning": "", "streaming": True, "message_id": "m"},
    ]
    assert [list(frame) for frame in frames if frame["type"] != "agent_stats"] == [
        ["type", "data", "streaming", "chain_type", "message_id"],
        ["type", "data", "streaming", "message_id"],
        ["type", "data", "streaming", "chain_type", "message_id"],
        ["type", "data", "streaming", "chain_type", "message_id"],
        ["type", "data", "reasoning", "streaming", "message_id"],
    ]


def test_a_string_is_streamed_word_by_word() -> None:
    assert played("run: [{say: 'It is  sunny, 你好世界.'}]")[:-2] == [
        "+It",
        "+ is",
        "+  sunny,",
        "+ 你好",
        "+世界",
        "+.",
    ]


def test_the_number_of_deltas_of_a_text_is_limited() -> None:
    text = "word " * 12_000
    deltas = [data["data"] for data in data_of(echo(), turn(asked(text))) if data["type"] == "plain"]
    assert len(deltas) == 10_001
    assert "".join(deltas) == text


def test_the_echo_repeats_the_message() -> None:
    frames = data_of(echo(), turn(asked("/say {this} twice", streaming=False)))
    assert [digest(data) for data in frames] == ["=say {this} twice", "stats 0/0/0"]


def test_a_list_is_one_delta_each_but_empty_ones() -> None:
    assert played("run: [{say: [a b, '', ' ']}]")[:-2] == ["+a b", "+ "]


def test_reasoning_is_sent_only_where_it_is_shown() -> None:
    script = "run: [{reason: [hm, ' ok']}, {say: [sure]}]"
    assert played(script) == ["+sure", "stats 0/0/0", "complete sure | "]
    assert played(script, reasoning=True) == ["~hm", "~ ok", "+sure", "stats 0/0/0", "complete sure | hm ok"]
    assert played(script, streaming=False) == ["=sure", "stats 0/0/0"]
    assert played(script, streaming=False, reasoning=True) == ["=🤔 思考: hm ok\n", "=sure", "stats 0/0/0"]


def test_reasoning_in_the_same_delta_as_text_is_lost_in_streaming() -> None:
    script = "run: [{say: {text: [a, b], reason: [hm]}}]"
    assert played(script, reasoning=True) == ["+a", "+b", "stats 0/0/0", "complete ab | "]
    assert played(script, reasoning=True, streaming=False) == ["=🤔 思考: hm\n", "=ab", "stats 0/0/0"]


def test_reasoning_before_a_tool_call_is_not_sent_in_blocking() -> None:
    rounds = "run: [{reason: hm}, {say: [a]}, {call: {tool: t, id: c, result: r}}, {reason: ok}, {say: [b]}]"
    lines = played(rounds, reasoning=True, streaming=False)
    assert [line for line in lines if line[0] == "="] == ["=a", "=🤔 思考: ok\n", "=b"]


def test_reasoning_without_text_is_not_sent_in_blocking() -> None:
    assert played("run: [{reason: hm}]", reasoning=True, streaming=False) == ["stats 0/0/0"]


def test_every_waits_between_deltas_and_wait_waits_once() -> None:
    script = "run: [{wait: 200ms}, {say: {text: [a, b, c], every: 600ms}}, {wait: 60s}]"
    assert played(script) == [0.2, "+a", 0.6, "+b", 0.6, "+c", "stats 0/0/0", "complete abc | ", 60.0]
    assert played(script, streaming=False) == [0.2, 0.6, 0.6, "=abc", "stats 0/0/0", 60.0]


def test_a_fault_is_cued_at_its_place() -> None:
    assert played("run: [{say: [a]}, {fault: cut}, {say: [b]}]")[:3] == ["+a", Cue(Cut()), "+b"]
    assert played("command: [{text: a}, {fault: {name: stall}}]") == ["=a", Cue(Stall())]


FAILED = "LLM 响应错误: All chat models failed: "


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "BadRequestError"), (401, "AuthenticationError"), (403, "PermissionDeniedError"), (404, "NotFoundError"),
     (409, "ConflictError"), (422, "UnprocessableEntityError"), (429, "RateLimitError"), (500, "InternalServerError"),
     (503, "InternalServerError"), (418, "APIStatusError")],
)  # fmt: skip
def test_a_failed_model_call_is_reported_in_blocking_and_hidden_in_streaming(status: int, error: str) -> None:
    script = f"run: [{{say: [partial]}}, {{fail: {{status: {status}, message: down}}}}]"
    assert played(script, usage=Usage(9, 3, 1)) == ["+partial", "stats 0/0/0", "complete partial | "]
    body = "{'error': {'message': 'down', 'type': None, 'code': None, 'param': None}}"
    reported = f"={FAILED}{error}: Error code: {status} - {body}"
    assert played(script, streaming=False, usage=Usage(9, 3, 1)) == [reported, "stats 0/0/0"]


def test_a_failure_keeps_what_earlier_model_calls_used() -> None:
    script = "run: [{call: {tool: t, id: c, result: r}}, {fail: {error: APIConnectionError}}]"
    assert played(script, streaming=False, usage=Usage(9, 3, 1))[2:] == [
        f"={FAILED}APIConnectionError: Connection error.",
        "stats 6/3/1",
    ]


def test_a_tool_that_returns_nothing_ends_the_run() -> None:
    result = f'tool_call_result {{"id": "c", "result": "{NO_RETURN_VALUE}"}}'
    script = "run: [{say: [a]}, {call: {tool: t, id: c, takes: 2s, sends: [{direct: b}]}}]"
    call = 'tool_call {"id": "c", "name": "t", "args": {}}'
    sent = "tool_direct_result b"
    assert played(script) == ["+a", call, 2.0, sent, result, "stats 0/0/0", "complete a | "]
    assert played(script, streaming=False) == ["=a", call, 2.0, sent, result, "stats 0/0/0"]


def test_a_tools_image_is_cached_under_the_calls_id() -> None:
    path = "/AstrBot/data/temp/tool_images/c_0.png"
    assert played("run: [{call: {tool: t, id: c, image: true}}]")[1] == (
        f"""tool_call_result {{"id": "c", "result": "Image returned and cached at path='{path}'. """
        f"""Review the image below. Use send_message_to_user to send it to the user if satisfied, """
        f"""with type='image' and path='{path}'."}}"""
    )


def test_follow_ups_are_appended_to_the_tool_result_once() -> None:
    waiting = ["wait", "stop"]

    def take() -> list[str]:
        taken = waiting.copy()
        waiting.clear()
        return taken

    script = "run: [{call: {tool: t, id: c, result: r}}, {call: {tool: t, id: d, result: s}}]"
    results = [line for line in played(script, follow_ups=take) if "tool_call_result" in line]
    assert results[0].startswith(r'tool_call_result {"id": "c", "result": "r\n\n[SYSTEM NOTICE] User sent follow-up')
    assert results[0].endswith(r'before continuing.\n1. wait\n2. stop"}')
    assert results[1:] == ['tool_call_result {"id": "d", "result": "s"}']


def test_a_follow_up_to_the_first_of_parallel_calls_is_lost() -> None:
    waiting = [["wait"], []]
    script = "run: [{call: [{tool: t, id: c, result: r}, {tool: t, id: d, result: s}]}]"
    lines = played(script, follow_ups=lambda: waiting.pop(0))
    assert lines[2] == 'tool_call_result {"id": "d", "result": "s"}'


def test_a_command_sends_records_first_and_no_videos() -> None:
    parts = "{parts: [{text: a}, {video: v.mp4}, {record: true}, {file: x.tar.gz}]}"
    assert played(f"command: [{parts}, {{wait: 1s}}, {{json: {{k: 好}}}}]") == [
        "[RECORD]*.wav",
        "=a",
        "[FILE]*.gz",
        1.0,
        '={"k": "好"}',
    ]


def test_a_command_that_raises_ends_there() -> None:
    assert played("command: [{raise: {plugin: p, handler: h, error: boom}}, {text: never}]") == [
        "=:(\n\n在调用插件 p 的处理函数 h 时出现异常：boom"
    ]


def test_verbatim_frames_are_filled_and_nothing_else() -> None:
    assert played("frames: [{type: new, session_id: '{session_id}'}, '{{not json']") == [
        Verbatim({"type": "new", "session_id": "s1"}),
        Verbatim("{not json"),
    ]


def test_a_title_sends_nothing() -> None:
    assert played("title: Hi") == []


def test_placeholders() -> None:
    (script,) = scripts(
        """
        - when: {message: {regex: '(?P<who>h.*)'}}
          command:
            - text: '{message} {username} {session_id} {umo} {n} {who}'
            - text: '{now} {uuid:8} {uuid:8}'
            - text: '{request}'
        """
    )
    moment = turn(asked("//hi"), groups={"who": "hi"}, number=3, prompt={"model": "好"})
    assert [data["data"] for data in data_of(script, moment)] == [
        "/hi alice s1 webchat:FriendMessage:webchat!alice!s1 3 hi",
        "1970-01-01T00:16:40+00:00 00000001 00000002",
        '{"model": "好"}',
    ]


WORDS = st.text(st.sampled_from(list("ab .\n你🌍")), max_size=6)
TEXTS = WORDS | st.lists(WORDS, max_size=3)
SAYS = st.fixed_dictionaries(
    {"say": TEXTS | st.fixed_dictionaries({"text": TEXTS, "every": st.just(1), "reason": TEXTS})}
)
SENT = st.sampled_from([{"direct": "d"}, {"image": True}, {"record": True}, {"file": "a.txt"}, {"video": True}])
RESULT = st.sampled_from([{"result": "r"}, {"error": "e"}, {"image": True}])
CALLS = st.builds(lambda result, sends: {"tool": "t", "sends": sends} | result, RESULT, st.lists(SENT, max_size=2))
STEPS = (
    SAYS
    | st.fixed_dictionaries({"reason": TEXTS})
    | st.fixed_dictionaries({"call": CALLS | st.lists(CALLS, min_size=1, max_size=3)})
    | st.sampled_from([{"wait": 1}, {"fault": "cut"}])
)
ENDS = st.sampled_from([[], [{"fail": {"status": 500}}], [{"call": {"tool": "t"}}], [{"wait": 5}]])
RUNS = st.builds(lambda steps, end: [*steps, *end], st.lists(STEPS, max_size=5), ENDS)
EVENTS = Events(json.loads(v4_19_4.EVENTS.read_bytes()))
MESSAGE_ID = "0a1b2c3d-0000-4000-8000-000000000000"


def frames(run: list[Any], *, streaming: bool, reasoning: bool = False) -> list[dict[str, Any]]:
    (script,) = read(Source("run", [{"run": run}], {}))
    return data_of(script, turn(asked(streaming=streaming), reasoning=reasoning, message_id=MESSAGE_ID))


def stream(middle: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the complete stream, as the chat handler sends it."""
    events: list[dict[str, Any]] = [{"type": "session_id", "data": None, "session_id": "s1"}]
    for frame in middle:
        events.append(frame)
        tool = frame.get("chain_type") in ("tool_call", "tool_call_result")
        if frame["type"] == "complete" or (not frame.get("streaming", True) and not tool):
            events.append(
                {"type": "message_saved", "data": {"id": 1, "created_at": "2026-11-22T21:48:56.885871+00:00"}}
            )
    return [*events, {"type": "end", "data": "", "streaming": False, "message_id": MESSAGE_ID}]


@given(RUNS, st.booleans(), st.booleans())
def test_the_events_of_every_run_are_in_order(run: list[Any], streaming: bool, reasoning: bool) -> None:
    order = EventOrder()
    for event in stream(frames(run, streaming=streaming, reasoning=reasoning)):
        assert EVENTS.check(event) == []
        assert order.feed(event) is None
    assert order.end() is None


@given(st.lists(STEPS, max_size=5))
def test_streaming_and_blocking_send_the_same_text(run: list[Any]) -> None:
    *_, complete = frames(run, streaming=True)
    texts = [
        frame["data"]
        for frame in frames(run, streaming=False)
        if frame["type"] == "plain" and frame["chain_type"] is None
    ]
    assert "".join("".join(texts).split()) == "".join(complete["data"].split())


@given(st.text(max_size=30))
def test_the_deltas_of_a_text_joined_are_the_text(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert frames([{"say": doubled}], streaming=True)[-1]["data"] == text
