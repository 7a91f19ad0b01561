"""Single facts that a second installation of AstrBot 4.19.4 showed (BEHAVIOUR.md section 15)."""

import json
from typing import Any

import pytest

from mockbot.jsontext import JSON
from tests.conftest import KEY, Client, fixture_of, make_client

pytestmark = pytest.mark.anyio
JSON_TYPE = ("Content-Type", "application/json")


def methods(allow: str | None) -> set[str]:
    return set((allow or "").split(", "))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/file", "/api/v1/im/message"])
async def test_a_405_of_a_path_with_post_allows_post(client: Client, method: str, path: str) -> None:
    reply = await client.request(method, path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/nope"])
async def test_a_405_of_any_other_path_does_not(client: Client, path: str) -> None:
    reply = await client.request("PUT", path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD"}


@pytest.mark.parametrize("method", ["get", "Get"])
@pytest.mark.parametrize("path", ["/api/v1/im/bots", "//api/v1/im/bots", "///api/v1/im/bots"])
async def test_a_method_in_lower_case_and_slashes_at_the_start_are_accepted(
    client: Client, method: str, path: str
) -> None:
    reply = await client.request(method, path)
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert (await client.request("post", "//api/v1/im/message", {"umo": "x", "message": "x"})).status == 200


async def test_slashes_within_a_path_and_before_a_path_without_key_are_not_special(client: Client) -> None:
    assert (await client.get("/api/v1//im/bots")).body.startswith(b"404 Not found")
    assert (await client.request("GET", "//api/v1/im/bots", headers=[])).status == 401


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/im/bots", "//api/chat/sessions", "/apix"])
async def test_paths_of_the_dashboard_need_its_token(client: Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        reply = await client.request(method, path)
        assert (reply.status, reply.json["message"]) == (401, "未授权")
        assert b"\\u672a\\u6388\\u6743" in reply.body
    reply = await client.get(path, headers=[KEY, ("Authorization", "Bearer abk_demo")])
    assert (reply.status, reply.json["message"]) == (401, "Token 无效")
    assert (await make_client(contract="enforce").get(path)).status == 404


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("abk_demo%00", 200),
        ("abk_demo" + "%00" * 56, 200),
        ("abk_demo" + "%00" * 57, 401),
        ("%00", 401),
        ("abk_demo%00x", 401),
        ("%00abk_demo", 401),
    ],
)
async def test_a_key_of_up_to_64_bytes_may_end_with_nul(client: Client, key: str, status: int) -> None:
    reply = await client.get(f"/api/v1/im/bots?api_key={key}", headers=[])
    assert reply.status == status
    assert status == 200 or reply.json["message"] == "Invalid API key"


@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/configs", "/api/v1/chat/sessions?username=a"])
async def test_the_body_of_a_get_is_not_limited(client: Client, path: str) -> None:
    length = ("Content-Length", str(128 * 1024 * 1024 + 1))
    reply = await client.get(path, headers=[KEY, length])
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert (await client.request("POST", "/api/v1/chat", headers=[KEY, length])).status == 413


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r"C:\Users\x.txt", r"C:\Users\x.txt"),
        (r"a\x.txt", r"a\x.txt"),
        (r"a\\x.txt", r"a\x.txt"),
        (r"a\"x.txt", 'a"x.txt'),
        (r"a\\\x.txt", r"a\\x.txt"),
        (r"\\host\x.txt", r"\host\x.txt"),
    ],
)
async def test_a_backslash_in_a_file_name_is_kept(sent: str, kept: str) -> None:
    for mode in ("observe", "enforce"):
        assert (await make_client(contract=mode).upload(sent)).json["data"]["filename"] == kept


def form(*parts: tuple[str, bytes]) -> bytes:
    heads = (b"--b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), data) for head, data in parts)
    return b"".join(heads) + b"--b--\r\n"


FILE = ('name="file"; filename="a"', b"x" * 600_000)
FORM = [KEY, ("Content-Type", "multipart/form-data; boundary=b")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(FILE, ('name="a"', b"x" * 600_000)), 413),
        (form(FILE, ('name="a"', b"x" * 500_000)), 200),
        (form(FILE, *[('name="a"', b"")] * 1100), 413),
        (form(FILE, *[('name="a"', b"")] * 999), 200),
    ],
    ids=["long text", "text at the limit", "many parts", "parts at the limit"],
)
async def test_the_limits_of_forms(body: bytes, status: int) -> None:
    reply = await make_client().request("POST", "/api/v1/file", body, headers=FORM)
    assert reply.status == status
    assert status == 200 or reply.body.startswith(b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity")
    reply = await make_client(contract="enforce").request("POST", "/api/v1/file", body, headers=FORM)
    assert reply.status in (200, 400, 413)
    assert (reply.json["status"] == "ok") == (status == 200)


PAGE_500 = b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>"
LONE = "u\ud800"


def as_text(number: str) -> bytes:
    return b'{"username": "alice", "message": "hi", "session_id": %s}' % number.encode()


@pytest.mark.parametrize(
    ("session_id", "status"),
    [
        *((each, 500) for each in (str(2**63), str(-(2**63) - 1), str(10**4000), "NaN", '"u\\ud800"')),
        *((each, 200) for each in (str(2**63 - 1), str(-(2**63)), "Infinity", "1.5", "true")),
    ],
)
async def test_session_ids_that_the_database_cannot_store(session_id: str, status: int) -> None:
    for name in ("session_id", "conversation_id"):
        body = as_text(session_id).replace(b"session_id", name.encode())
        reply = await make_client().request("POST", "/api/v1/chat", body, headers=[KEY, JSON_TYPE])
        assert reply.status == status
        assert status == 200 or reply.body.startswith(PAGE_500)
        client = make_client(contract="enforce")
        reply = await client.request("POST", "/api/v1/chat", body, headers=[KEY, JSON_TYPE])
        assert reply.status == (400 if status == 500 else reply.status)
        assert status == 200 or not client.world.sessions.find(session_id)


async def test_a_lone_surrogate_in_a_username_keeps_the_session_from_being_created(client: Client) -> None:
    reply = await client.chat("hi", username=LONE)
    position = "'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed"
    assert (reply.status, reply.json["message"]) == (200, f"Failed to create session: {position}")
    assert not client.world.sessions.find("s")


async def test_a_lone_surrogate_in_a_message_makes_the_model_call_fail(client: Client) -> None:
    blocking = await client.chat(LONE, enable_streaming=False)
    assert blocking.frames[1]["data"].startswith(
        "LLM 响应错误: All chat models failed: UnicodeEncodeError: 'utf-8' codec"
    )
    assert "响应".encode() in blocking.body
    streaming = await client.chat(LONE)
    assert streaming.types == "session_id agent_stats complete message_saved end"
    assert streaming.frames[2]["data"] == ""


@pytest.mark.parametrize(
    ("model", "kind"), [(True, "bool"), ([1], "list"), ({"a": 1}, "dict"), (1.5, "float"), (7, "int")]
)
async def test_a_model_that_is_no_text_makes_the_model_call_fail(client: Client, model: JSON, kind: str) -> None:
    reply = await client.chat("hi", selected_model=model, enable_streaming=False)
    error = f"AttributeError: '{kind}' object has no attribute 'lower'"
    assert reply.frames[1]["data"] == f"LLM 响应错误: All chat models failed: {error}"


@pytest.mark.parametrize("message_id", [[1], {"a": 1}, 2**63, "\ud800"], ids=["list", "object", "integer", "text"])
async def test_a_reply_to_an_impossible_id_leaves_the_stream_open(message_id: JSON) -> None:
    message: list[JSON] = [{"type": "plain", "text": "hi"}, {"type": "reply", "message_id": message_id}]
    client = make_client()
    for pushes in (0, 1):
        exchange = client.open(message)
        await client.settle()
        for _ in range(pushes):
            await client.push("pushed")
            await client.settle()
        assert client.world.live.active_chats == 1
        exchange.leave()
        reply = await exchange.reply()
        assert [frame["type"] for frame in reply.frames[:1]] == ["session_id"]
        assert len(reply.frames) == 1 + 2 * pushes
        assert not reply.whole
        assert client.world.live.idle
    strict = make_client(contract="enforce")
    assert (await strict.chat(message)).status == 400
    assert not strict.world.sessions.find("s")
    assert not strict.world.history.of("s")


@pytest.mark.parametrize("message_id", [[], 0, "x", 12345, 1.5])
async def test_a_reply_to_any_other_id_is_answered(client: Client, message_id: JSON) -> None:
    message: list[JSON] = [{"type": "plain", "text": "hi"}, {"type": "reply", "message_id": message_id}]
    assert (await client.chat(message)).whole
    message[1] = {"type": "reply", "message_id": [1], "selected_text": "quoted"}
    assert (await client.chat(message)).whole


COUNT = [
    {"when": {"message": {"command": "reset"}}, "command": [{"text": "done"}]},
    {"when": {"message": {"command": "new"}}, "command": [{"text": "done"}]},
    {"when": {"message": {"command": "sid"}}, "command": [{"text": "done"}]},
    {"title": None},
    {"when": {"message": "fail"}, "run": [{"fail": {"status": 500, "message": "no"}}]},
    {"when": {"message": "half"}, "run": [{"say": "half "}, {"fail": {"status": 500, "message": "no"}}]},
    {"when": {"message": "empty"}, "run": []},
    {"when": {"message": "blank"}, "run": [{"say": ["  "]}]},
    {"when": {"message": "tool"}, "run": [{"call": {"tool": "t"}}]},
    {"run": [{"say": ["{request}"]}]},
]


async def count(client: Client) -> int:
    reply = await client.chat("how many", enable_streaming=False)
    text = next(frame["data"] for frame in reply.frames if frame["type"] == "plain")
    return int(json.loads(text)["n_messages"])


@pytest.mark.parametrize(
    ("message", "fields", "messages"),
    [
        ("/reset", {}, 2),
        ("new", {}, 2),
        ("/sid", {}, 6),
        ("fail", {}, 6),
        ("half", {}, 6),
        ("empty", {}, 6),
        ("blank", {}, 6),
        ("hi", {"selected_model": True}, 6),
        ("tool", {}, 8),
        ("hi", {}, 8),
    ],
)
@pytest.mark.parametrize("streaming", [True, False])
async def test_what_the_model_sees_after(message: str, fields: dict[str, Any], messages: int, streaming: bool) -> None:
    client = make_client(fixture_of(scripts=COUNT))
    assert [await count(client), await count(client)] == [2, 4]
    assert (await client.chat(message, enable_streaming=streaming, **fields)).whole
    assert await count(client) == messages


@pytest.mark.parametrize("depth", [500, 700, 880])
async def test_a_field_that_is_not_read_may_be_deep(client: Client, depth: int) -> None:
    for path, missing in (("/api/v1/chat", "username"), ("/api/v1/im/message", "umo")):
        for begin, end in (("[", "]"), ('{"a":', "}")):
            value = begin * depth + ("0" if begin != "[" else "") + end * depth
            body = f'{{"other": {value}}}'.encode()
            reply = await client.request("POST", path, body, headers=[KEY, JSON_TYPE])
            assert (reply.status, reply.json["message"]) == (200, f"Missing key: {missing}")


async def test_a_stream_under_load_ends_cleanly_after_complete() -> None:
    script = {"run": [{"fault": {"name": "truncate", "event": "complete"}}, {"say": ["a", "b"]}]}
    client = make_client(fixture_of(scripts=[{"title": None}, script]))
    reply = await client.chat("hi")
    assert reply.types == "session_id +a +b agent_stats complete"
    assert reply.whole


async def test_the_long_text_of_the_recorded_model_is_x_then_y() -> None:
    client = make_client("astrbot-4.19.4")
    headers = [("X-API-Key", client.app.key), JSON_TYPE]
    body = {"username": "a", "message": "[long] [notitle]"}
    reply = await client.request("POST", "/api/v1/chat", json.dumps(body).encode(), headers=headers)
    assert [frame["data"] for frame in reply.frames[1:3]] == ["x" * 5000, "y" * 5000]
