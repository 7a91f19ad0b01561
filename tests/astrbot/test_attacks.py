"""Requests of hostile or broken clients: no crash, no hang, no growth."""

import asyncio
import json
import logging
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from starlette.types import ASGIApp

from mockbot.astrbot import versions
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.astrbot.v4_19_4.body import DEEPEST, too_deep
from mockbot.contract.amounts import MOST_VALUES
from mockbot.jsontext import JSON
from mockbot.source import Source
from mockbot.world.call import Call
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixtures
from tests.conftest import KEY, Client, Reply, fixture_of, make_client

pytestmark = pytest.mark.anyio


async def post(client: Client, path: str, body: bytes, content_type: str | bytes = "application/json") -> Reply:
    return await client.request("POST", path, body, headers=[KEY, ("Content-Type", content_type)])


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize("depth", [100, 480, 880, 940, 1000, 200_000])
async def test_deep_json_is_refused_or_answered(mode: str, depth: int) -> None:
    client = make_client(contract=mode)
    for place in ("username", "session_id", "message", "config_id", "reply", "other"):
        fields: dict[str, Any] = {"username": "alice", "session_id": "s", "message": "hi"}
        if place == "reply":
            fields["message"] = [{"type": "plain", "text": "x"}, {"type": "reply", "message_id": "@"}]
        else:
            fields[place] = "@"
        body = json.dumps(fields).replace('"@"', "[" * depth + "]" * depth).encode()
        reply = await post(client, "/api/v1/chat", body)
        assert reply.whole
        if depth > MOST_VALUES:
            assert reply.status == 413
            continue
        assert reply.status in ((200, 500) if mode == "observe" else (200, 400))
        assert reply.status != 200 or depth <= DEEPEST or place == "other"


def test_depth_counts_levels_of_lists_and_objects() -> None:
    assert not too_deep([{"a": [1]}])
    value: JSON = 1
    for _ in range(DEEPEST - 1):
        value = [value]
    assert not too_deep(value)
    assert too_deep([value])


@pytest.mark.usefixtures("unforgiving")
async def test_an_enormous_session_is_answered_but_not_stored_and_removes_no_other() -> None:
    client = make_client(contract="enforce", max_json=32 * 1024 * 1024)
    before = [row.session_id for row in client.world.sessions.all()]
    reply = await client.chat("hi", session_id="s" * 20_000_000 + "\N{GRINNING FACE}")
    assert reply.types.endswith("message_saved end")
    assert [row.session_id for row in client.world.sessions.all()] == before
    assert len(client.world.history.all()) == 2


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize("odd", ["\0\ud83d x \udfff", "\0 \x01\x7f\x85\ufffe \0"], ids=["surrogates", "NUL"])
async def test_lone_surrogates_and_nul_are_answered_everywhere(mode: str, odd: str) -> None:
    client = make_client(contract=mode)
    lone = "\ud83d" in odd
    refused = 500 if mode == "observe" else 400
    for streaming in (True, False):
        reply = await client.chat(odd, username=odd, session_id=odd, enable_streaming=streaming)
        assert reply.status == (refused if lone else 200)
        if not lone:
            assert reply.frames[0]["session_id"] == odd
        assert (await client.chat(odd, username=odd, enable_streaming=streaming)).status == 200
        reply = await client.chat(odd, session_id="t", enable_streaming=streaming)
        assert reply.types.endswith("end")
    assert (await client.push(odd, umo=f"webchat:FriendMessage:{odd}")).status == 200
    for fields in ({"config_id": odd}, {"config_name": odd}, {"selected_model": odd}, {"selected_provider": odd}):
        assert (await client.chat("hi", **fields)).status == 200
    for umo in (f"{odd}:FriendMessage:x", f"webchat:{odd}:x", odd):
        assert (await client.push("x", umo=umo)).json["status"] == "error"
    listed = [row for row in client.world.sessions.all() if row.creator == odd.strip()]
    assert bool(listed) != lone


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "1e999"])
async def test_numbers_that_json_lacks_are_echoed_in_observe_as_astrbot_does(number: str) -> None:
    body = b'{"username": "alice", "message": "hi", "session_id": %s}' % number.encode()
    reply = await post(make_client(), "/api/v1/chat", body)
    echoed = number.replace("1e999", "Infinity")
    assert reply.chunks[0] == f'data: {{"type": "session_id", "data": null, "session_id": {echoed}}}\n\n'.encode()
    assert reply.whole
    assert (await post(make_client(contract="enforce"), "/api/v1/chat", body)).status == 400


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
async def test_numbers_of_thousands_of_digits(mode: str) -> None:
    client = make_client(contract=mode)
    for digits in (4300, 4301, 100_000):
        body = b'{"username": "a", "message": "hi", "session_id": %s}' % (b"9" * digits)
        readable = digits == 4300  # more digits are no number for Python
        reply = await post(client, "/api/v1/chat", body)
        assert reply.status == (400 if mode == "enforce" else 500 if readable else 200)
        assert mode == "enforce" or readable or reply.json["message"] == "Missing key: username"
        parts = b'[{"type": "plain", "text": "t"}, {"type": "reply", "selected_text": "t", "message_id": %s}]' % (
            b"9" * digits
        )
        reply = await post(client, "/api/v1/chat", b'{"username": "a", "message": %s}' % parts)
        assert reply.status == (400 if mode == "enforce" and not readable else 200)
        assert reply.body.startswith(b"data: ") == readable


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize(
    "headers",
    [
        [("X-API-Key", b"\xff\xfe\x80")],
        [("Authorization", b"Bearer \xff")],
        [KEY, ("Content-Type", b"\xff; charset=\x00")],
        [KEY, ("Content-Type", b"multipart/form-data; boundary=\xff\xfe")],
        [KEY, ("Content-Type", 'multipart/form-data; boundary="')],
        [KEY, ("Content-Type", "multipart/form-data;;;=")],
        [KEY, ("Content-Type", "multipart/form-data; boundary=" + "x" * 60_000)],
        [KEY, ("Content-Length", "1e9")],
        [KEY, ("Content-Length", "9" * 5000)],
        [KEY, ("Cookie", "a=b;" * 1000)],
        [KEY, *[("x", "y")] * 1000],
    ],
)
async def test_odd_headers(mode: str, headers: list[tuple[str, str]]) -> None:
    client = make_client(contract=mode)
    for method, path in (("GET", "/api/v1/im/bots"), ("POST", "/api/v1/file"), ("POST", "/api/v1/chat")):
        reply = await client.request(method, path, b"--b\r\n\r\n--b--\r\n", headers=headers)
        assert 200 <= reply.status < 500


@pytest.mark.usefixtures("unforgiving")
async def test_unclosed_thoughts_are_kept_in_linear_time() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}]))
    message = "</think>" + "<think>" * 100_000
    begin = process_time()
    reply = await client.chat(message, enable_streaming=False)
    assert reply.frames[1]["data"] == message
    assert process_time() - begin < 5


@pytest.mark.usefixtures("unforgiving")
async def test_the_size_of_pictures_in_the_prompt_is_limited() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}, {"run": [{"say": ["{request}"]}]}]))
    attachment_id = (await client.upload("a.png", b"x" * 100_000, "image/png")).json["data"]["attachment_id"]
    parts = [{"type": "image", "attachment_id": attachment_id}] * 1000
    reply = await client.chat(parts, enable_streaming=False)
    assert len(reply.body) < 1_000_000


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_exception_in_the_middle_cuts_the_stream_and_is_logged(
    caplog: pytest.LogCaptureFixture, streaming: bool
) -> None:
    class BrokenClock(FrozenClock):
        async def sleep(self, seconds: float) -> None:
            raise ZeroDivisionError("a bug")

    fixture = fixture_of(scripts=[{"when": {"message": "wait"}, "run": [{"say": "hi"}, {"wait": 1}]}])
    client = make_client(fixture, clock=BrokenClock())
    with caplog.at_level(logging.ERROR):
        reply = await client.chat("wait", enable_streaming=streaming)
    assert not reply.whole
    assert reply.frames
    assert [record.name for record in caplog.records] == ["mockbot"]
    assert "ZeroDivisionError: a bug" in caplog.text
    (entry,) = client.entries
    assert entry.ended == "defect"
    assert entry.why is not None
    assert "its log has the traceback" in entry.why
    assert (await client.chat("hi")).whole


def client_of(version: str, rows: dict[str, Any], clock: FrozenClock | None = None, **settings: Any) -> Client:
    """Return a client of a version of AstrBot, with lists replaced as in a fixture file that extends the default."""
    profile = versions.profile(version)
    name = str(profile.blueprint.fixtures["default"].with_name("inline.yaml"))
    fixture = Fixtures(profile.blueprint).parse(Source(name, {"version": 1, "extends": "default", **rows}, {"": 1}))
    return make_client(fixture, profile=profile, clock=clock, **settings)


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
async def test_an_exception_after_the_client_has_left_does_not_change_how_the_entry_ended(
    caplog: pytest.LogCaptureFixture, version: str
) -> None:
    gate = asyncio.Event()

    class BreakingClock(FrozenClock):
        async def sleep(self, seconds: float) -> None:
            await gate.wait()

        def now(self) -> float:
            if gate.is_set():
                raise ZeroDivisionError("a bug")
            return super().now()

    client = client_of(version, {"scripts": [{"run": [{"wait": 1}, {"say": "hi"}]}]}, BreakingClock())
    chat = client.open("wait", session_id="new")
    await chat.frame()
    chat.leave()
    await client.settle()
    await chat.reply()
    gate.set()
    await client.settle()
    assert "ZeroDivisionError: a bug" in caplog.text
    assert [(entry.ended, entry.why) for entry in client.entries] == [("client left", "")]


async def test_an_exception_before_the_response_is_a_500_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(call: Call) -> ASGIApp:
        raise ZeroDivisionError("a bug")

    profile = v4_19_4.profile()
    client = make_client(profile=replace(profile, handlers={**profile.handlers, "GET /api/v1/im/bots": broken}))
    reply = await client.get("/api/v1/im/bots")
    assert (reply.status, reply.json["status"], reply.whole) == (500, "error", True)
    assert "ZeroDivisionError" in caplog.text
    assert client.entries[0].ended == "defect"


@pytest.mark.usefixtures("unforgiving")
async def test_a_client_that_disconnects_before_its_body_changes_nothing() -> None:
    client = make_client()
    exchange = client.open("hi")
    exchange.leave(before_body=True)
    await exchange.reply()
    assert exchange.status == 0
    assert client.entries[0].status == 0
    assert not client.world.sessions.find("s")


@pytest.mark.parametrize("fixture", ["default", "empty"])
async def test_with_strict_scripts_a_message_without_a_script_changes_nothing(fixture: str) -> None:
    client = make_client(fixture, contract="enforce", strict_scripts=True)
    client.world.scripts.clear()
    before = [client.world.sessions.all(), client.world.history.all(), len(state_of(client.world).routes)]
    reply = await client.chat("hi", username="new", session_id="new", config_name="default")
    assert (reply.status, reply.json["message"]) == (400, "No script matches this message; there are no scripts")
    assert [client.world.sessions.all(), client.world.history.all(), len(state_of(client.world).routes)] == before


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
async def test_a_message_that_is_refused_for_want_of_a_script_keeps_the_route_and_the_number_of_turns(
    version: str,
) -> None:
    client = client_of(
        version,
        {
            "configs": [{"id": name, "name": name} for name in ("default", "one", "other")],
            "scripts": [{"when": {"message": "go", "turn": turn}, "run": [{"say": "a"}]} for turn in (1, 2)],
        },
        contract="enforce",
        strict_scripts=True,
    )
    routes = state_of(client.world).routes
    assert (await client.chat("go", config_id="one")).status == 200
    before = dict(routes.items())
    assert list(before.values()) == ["one"]
    for config in ("other", "default"):
        assert (await client.chat("nothing", config_id=config)).status == 400
        assert dict(routes.items()) == before
    assert (await client.chat("go")).status == 200  # the second turn, not the fourth
