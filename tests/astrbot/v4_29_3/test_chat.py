"""BEHAVIOUR.md sections 11.1 to 11.7: the checks of a chat, and the frames of its stream."""

from typing import Any

import pytest

from mockbot.astrbot.v4_29_3.failures import NO_MODEL, NO_PROVIDER
from tests.astrbot.v4_29_3.api import api, with_rows
from tests.conftest import KEY

pytestmark = pytest.mark.anyio
BEGIN = "session_id user_message_saved"
RUN = f"{BEGIN} run_started"
PAIR, PUSH = "tool_call tool_call_result", "+p complete message_saved"
REFUSED = "LLM 响应错误: All chat models failed: BadRequestError: Error code: 400 - nope"
RAISED = ":(\n\n在调用插件 p 的处理函数 h 时出现异常：e"


@pytest.mark.parametrize(
    ("script", "streaming", "blocking"),
    [
        (
            "run: [{say: [a, b]}]",
            "+a +b agent_stats complete message_saved end",
            "agent_stats =ab message_saved end",
        ),
        (
            "run: [{reason: [r]}, {say: [a]}]",
            "reasoning +a agent_stats complete message_saved end",
            "agent_stats =🤔 思考: r\n\n────\n message_saved =a message_saved end",
        ),
        (
            "run: [{reason: [r]}, {say: [a]}, {call: {tool: t, result: x}}, {say: [b]}]",
            "reasoning +a agent_stats tool_call tool_call_result +b agent_stats complete message_saved end",
            "agent_stats =a message_saved tool_call tool_call_result agent_stats =b message_saved end",
        ),
        (
            "run: [{say: [a]}, {call: {tool: t, result: x}}, {say: [b]}]",
            "+a agent_stats tool_call tool_call_result +b agent_stats complete message_saved end",
            "agent_stats =a message_saved tool_call tool_call_result agent_stats =b message_saved end",
        ),
        (
            "run: [{call: [{tool: t, result: x}, {tool: u, result: y}]}, {say: [b]}]",
            f"agent_stats {PAIR} {PAIR} +b agent_stats complete message_saved end",
            f"agent_stats {PAIR} {PAIR} agent_stats =b message_saved end",
        ),
        (  # the end comes before the message is saved
            "run: [{call: {tool: t}}]",
            "agent_stats tool_call tool_call_result complete message_saved end",
            "agent_stats tool_call tool_call_result end message_saved",
        ),
        (
            "run: [{call: {tool: t, sends: [{direct: d}]}}]",
            "agent_stats tool_call tool_direct_result message_saved tool_call_result complete message_saved end",
            "agent_stats tool_call tool_direct_result message_saved tool_call_result end message_saved",
        ),
        (
            "run: [{call: {tool: t, unknown: true}}, {say: [b]}]",
            "agent_stats tool_call +b agent_stats complete message_saved end",
            "agent_stats tool_call agent_stats =b message_saved end",
        ),
        (
            "run: [{call: {tool: t, sends: [{text: p}], result: x}}, {say: [b]}]",
            f"agent_stats tool_call {PUSH} tool_call_result +b agent_stats complete message_saved end",
            f"agent_stats tool_call {PUSH} tool_call_result agent_stats =b message_saved end",
        ),
        (
            "run: [{say: [<think>, t, </think>, a]}]",
            "+<think> +t +</think> +a agent_stats complete message_saved end",
            "agent_stats =🤔 思考: t\n\n────\n message_saved =a message_saved end",
        ),
        (
            "run: [{say: [a]}, {fail: {status: 400, message: nope}}]",
            f"+a agent_stats +{REFUSED} complete message_saved end",
            f"agent_stats ={REFUSED} message_saved end",
        ),
        (
            "run: []",
            f"agent_stats +{NO_MODEL} complete message_saved end",
            "agent_stats =LLM 响应错误: All chat models failed: EmptyModelOutputError: OpenAI completion has no usable "
            "output. response_id=chatcmpl-fake1, finish_reason=stop message_saved end",
        ),
    ],
)
async def test_a_run(script: str, streaming: str, blocking: str) -> None:
    client = api(f"[{{{script}}}]", contract="enforce")
    assert (await client.chat("hi")).types == f"{RUN} {streaming}"
    assert (await client.chat("hi", enable_streaming=False)).types == f"{RUN} {blocking}"
    assert not any(entry.defects for entry in client.entries)


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize(
    ("script", "frames"),
    [
        ("[{text: one}, {text: two}]", "=one message_saved =two message_saved"),
        ("[{image: a.png}]", "image attachment_saved message_saved"),
        ("[{file: a b.txt}]", "file attachment_saved message_saved"),
        ("[{video: a.mp4}]", ""),
        ("[]", ""),
        (
            "[{raise: {plugin: p, handler: h, error: e}}]",
            f"={RAISED} message_saved",
        ),
    ],
)
async def test_a_command_is_no_run(script: str, frames: str, streaming: bool) -> None:
    client = api(f"[{{command: {script}}}]", contract="enforce")
    reply = await client.chat("hi", enable_streaming=streaming)
    assert reply.types == f"{BEGIN} {frames} end".replace("  ", " ")


async def test_the_frames_have_their_keys_in_order() -> None:
    frames = (await api("[{run: [{say: [a]}]}]").chat("hi")).frames
    assert [list(frame) for frame in frames] == [
        ["type", "data", "session_id"],
        ["type", "data"],
        ["type", "data", "streaming", "message_id"],
        ["type", "data", "streaming", "chain_type", "message_id"],
        ["type", "data"],
        ["type", "data", "reasoning", "streaming", "message_id"],
        ["type", "data"],
        ["type", "data", "streaming", "message_id"],
    ]
    started, saved = frames[2], [frame["data"] for frame in frames if "saved" in frame["type"]]
    assert started["data"]["run_id"] == started["message_id"]
    assert [list(each) for each in saved] == [["id", "created_at", "llm_checkpoint_id"]] * 2
    assert saved[0]["llm_checkpoint_id"] == saved[1]["llm_checkpoint_id"]
    assert saved[0]["id"] + 1 == saved[1]["id"]


async def test_tokens_are_summed_over_the_rounds() -> None:
    client = api("[{run: [{call: {tool: t, result: x}}, {say: [a]}, {usage: {input: 5, cached: 2, output: 1}}]}]")
    stats = [each["data"] for each in (await client.chat("hi")).frames if each["type"] == "agent_stats"]
    assert [each["token_usage"] for each in stats] == [
        {"input_other": 3, "input_cached": 2, "output": 1},
        {"input_other": 6, "input_cached": 4, "output": 2},
    ]
    assert [each["current_context_tokens"] for each in stats] == [5, 5]
    assert stats[0]["time_to_first_token"] == 0.0
    assert stats[1]["time_to_first_token"] > 0


async def test_a_model_that_says_nothing_is_asked_128_times_and_then_in_other_words() -> None:
    client = api("[{when: {message: hi}, run: [{say: [' ']}]}, {run: [{say: [last]}]}]")
    types = (await client.chat("hi")).types
    assert types.startswith(f"{RUN} +  +  ")
    assert types.count("+ ") == 128
    assert types.endswith(" +last agent_stats complete message_saved end")


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"message": "429"}, 15.0),
        ({"message": "400"}, 0.0),
        ({"message": "empty", "enable_streaming": False}, 3.0),
        ({"message": "midfail"}, 0.0),
        ({"message": "midfail", "enable_streaming": False}, 15.0),
        ({"message": "x", "selected_provider": "unreachable"}, 15.0),
    ],
)
async def test_failed_calls_are_tried_again_by_the_clock_of_the_world(fields: dict[str, Any], seconds: float) -> None:
    client = api("""
    - {when: {message: "429"}, run: [{fail: {status: 429}}]}
    - {when: {message: "400"}, run: [{fail: {status: 400}}]}
    - {when: {message: empty}, run: []}
    - {when: {message: midfail}, run: [{say: [a]}, {fail: {error: APIConnectionError}}]}
    """)
    before = client.clock.now()
    await client.chat(**fields)
    assert client.clock.now() - before == seconds


@pytest.mark.parametrize(
    ("rows", "fields", "text"),
    [
        (
            {"providers": []},
            {},
            NO_PROVIDER,
        ),
        (
            {},
            {"selected_provider": "nope"},
            "LLM 请求失败：未找到指定的提供商 `nope`。请检查提供商配置或重新选择可用模型。",
        ),
    ],
)
async def test_without_a_model_there_is_a_run_with_an_error(
    rows: dict[str, Any], fields: dict[str, Any], text: str
) -> None:
    assert (await with_rows(rows).chat("hi", **fields)).types == f"{RUN} ={text} message_saved end"


@pytest.mark.parametrize(
    ("model", "kind"), [(5, "int"), (True, "bool"), ([1], "list"), ({"a": 1}, "dict"), (1.5, "float")]
)
async def test_a_model_that_is_no_text_fails(model: Any, kind: str) -> None:
    types = (await api().chat("hi", selected_model=model)).types
    assert f"AttributeError: '{kind}' object has no attribute 'lower'" in types


@pytest.mark.parametrize(
    ("fields", "streams", "reasons"),
    [
        ({}, True, True),
        ({"enable_streaming": None}, True, True),
        ({"enable_streaming": "no"}, False, True),
        ({"enable_streaming": 0.0}, False, True),
        ({"enable_streaming": True, "flags": {"enable_streaming": False}}, False, True),
        ({"flags": {}}, True, True),
        ({"flags": None}, True, True),
        ({"flags": {"unknown": 1}}, True, True),
        ({"flags": {"enable_reasoning": "off"}}, True, False),
        ({"enable_reasoning": False}, True, False),
        ({"enable_reasoning": False, "flags": {"enable_reasoning": True}}, True, True),
    ],
)
async def test_a_flag_takes_precedence_over_the_field(fields: dict[str, Any], streams: bool, reasons: bool) -> None:
    types = (await api("[{run: [{reason: [r]}, {say: [a]}]}]").chat("hi", **fields)).types
    assert ("complete" in types) == streams
    assert ("reasoning" in types or "思考" in types) == reasons


@pytest.mark.parametrize(
    ("fields", "loc", "kind"),
    [
        ({"session_id": 5}, ["body", "session_id"], "string_type"),
        ({"username": ["a"]}, ["body", "username"], "string_type"),
        ({"enable_streaming": "maybe"}, ["body", "enable_streaming"], "bool_parsing"),
        ({"enable_streaming": 2}, ["body", "enable_streaming"], "bool_parsing"),
        ({"enable_streaming": 0.5}, ["body", "enable_streaming"], "bool_type"),
        ({"enable_streaming": []}, ["body", "enable_streaming"], "bool_type"),
        ({"flags": 1}, ["body", "flags"], "model_attributes_type"),
        ({"flags": {"enable_streaming": None}}, ["body", "flags", "enable_streaming"], "bool_type"),
    ],
)
@pytest.mark.parametrize("mode", ["observe", "enforce"])
async def test_a_wrong_type(mode: str, fields: dict[str, Any], loc: list[str], kind: str) -> None:
    reply = await api(contract=mode).chat("hi", **fields)
    assert reply.status == 422
    ((detail),) = reply.json["detail"]
    assert (detail["loc"], detail["type"]) == (loc, kind)


async def test_all_wrong_types_are_reported_in_the_order_of_the_model() -> None:
    reply = await api().chat("hi", flags=1, username=2, locale=3)
    assert [each["loc"][1] for each in reply.json["detail"]] == ["locale", "username", "flags"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        ({}, [KEY], 200, "Missing key: username"),
        ({"username": " "}, [KEY], 200, "username is empty"),
        ({"username": "astrbot"}, [KEY], 200, "username is reserved for an AstrBot administrator"),
        ({"username": "Astrbot"}, [KEY], 200, "Missing key: message or files"),
        ({"username": "bob", "session_id": "welcome"}, [KEY], 200, "session_id belongs to another username"),
        ({"username": "a", "config_id": "x", "message": "m"}, [KEY], 200, "config_id not found: x"),
        ({"username": "a", "message": None}, [KEY], 200, "Message content is empty (reply only is not allowed)"),
        ({}, [], 401, "Missing API key"),
        ({}, [KEY, ("Authorization", "Bearer no")], 401, "Invalid API key"),
        ({}, [("X-API-Key", "abk_demo_im")], 403, "Insufficient API key scope"),
    ],
)
async def test_a_refused_chat(body: Any, headers: list[tuple[str, str]], status: int, message: str) -> None:
    reply = await api().request("POST", "/api/v1/chat", body, headers=headers)
    assert (reply.status, reply.json) == (status, {"status": "error", "message": message})
    assert not reply.body.endswith(b"\n")


async def test_an_administrators_name_is_for_keys_that_may_use_it() -> None:
    client = with_rows({"keys": [{"key": "abk_demo", "scopes": ["chat", "chat:admin"]}]})
    assert (await client.chat("hi", username="astrbot", session_id="a")).types.startswith(RUN)


async def test_blanks_around_a_session_id_make_two_sessions() -> None:
    client = api()
    await client.chat("hi", session_id=" a ", username="alice")
    assert {row.session_id for row in client.world.sessions.all()} >= {"a", " a "}
    assert [row.conversation for row in client.world.history.all()][-2:] == [" a ", " a "]


async def test_the_order_is_syntax_key_types() -> None:
    client, json = api(), ("Content-Type", "application/json")
    broken = await client.request("POST", "/api/v1/chat", b"{bad", headers=[json])
    assert (broken.status, broken.json["detail"][0]["type"]) == (422, "json_invalid")
    assert (await client.request("POST", "/api/v1/chat", b'{"username": 5}', headers=[json])).status == 401
    assert (await client.request("POST", "/api/v1/chat", b"\xff", headers=[json])).status == 400
    assert (await client.request("POST", "/api/v1/chat", b"", headers=[KEY, json])).json == {
        "detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]
    }
    assert (await client.request("PUT", "/api/v1/chat", b"{bad")).json["message"] == "Method Not Allowed"
