"""What a hostile or broken client may send: no crash, no hang, no growth, no trace."""

import json
import logging

import pytest

from mockbot.astrbot import pipeline
from mockbot.astrbot.body import DEEPEST, too_deep
from mockbot.astrbot.state import AstrBotState, state_of
from tests.conftest import KEY, Client, fixture_of, make_client

pytestmark = pytest.mark.anyio
JSON = ("Content-Type", "application/json")


async def post(client: Client, path: str, body: bytes, content_type: str | bytes = "application/json"):
    return await client.request("POST", path, body, headers=[KEY, ("Content-Type", content_type)])


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
@pytest.mark.parametrize("depth", [100, 480, 880, 940, 1000, 200_000])
async def test_deep_json_is_refused_or_answered(mode: str, depth: int) -> None:
    client = make_client(contract=mode)
    for place in ("username", "session_id", "message", "config_id", "reply", "other"):
        fields = {"username": "alice", "session_id": "s", "message": "hi"}
        if place == "reply":
            fields["message"] = [{"type": "plain", "text": "x"}, {"type": "reply", "message_id": "@"}]
        else:
            fields[place] = "@"
        body = json.dumps(fields).replace('"@"', "[" * depth + "]" * depth).encode()
        reply = await post(client, "/api/v1/chat", body)
        assert reply.whole
        assert reply.status in ((200, 500) if mode == "observe" else (200, 400))
        assert reply.status != 200 or depth <= DEEPEST


def test_depth_counts_levels_of_lists_and_objects() -> None:
    assert not too_deep([{"a": [1]}])
    value: object = 1
    for _ in range(DEEPEST - 1):
        value = [value]
    assert not too_deep(value)
    assert too_deep([value])


@pytest.mark.usefixtures("unforgiving")
async def test_an_enormous_session_is_answered_not_kept_and_drives_nobody_out() -> None:
    client = make_client(contract="enforce", max_json=32 * 1024 * 1024)
    before = [row.session_id for row in client.world.sessions.all()]
    reply = await client.chat("hi", session_id="s" * 20_000_000)
    assert reply.types.endswith("message_saved end")
    assert [row.session_id for row in client.world.sessions.all()] == before
    assert len(client.world.history.all()) == 2


@pytest.mark.usefixtures("unforgiving")
@pytest.mark.parametrize("mode", ["observe", "enforce"])
async def test_lone_surrogates_and_nul_pass_through_everything(mode: str) -> None:
    client = make_client(contract=mode)
    odd = "\0\ud83d x \udfff"
    for streaming in (True, False):
        reply = await client.chat(odd, username=odd, session_id=odd, enable_streaming=streaming)
        assert reply.frames[0]["session_id"] == odd
        assert reply.types.endswith("end")
    assert (await client.push(odd, umo=f"webchat:FriendMessage:{odd}")).status == 200
    for fields in ({"config_id": odd}, {"config_name": odd}, {"selected_model": odd}, {"selected_provider": odd}):
        assert (await client.chat("hi", **fields)).status == 200
    for umo in (f"{odd}:FriendMessage:x", f"webchat:{odd}:x", odd):
        assert (await client.push("x", umo=umo)).json["status"] == "error"
    listed = [row for row in client.world.sessions.all() if row.creator == odd.strip()]
    assert listed


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
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
        assert (await post(client, "/api/v1/chat", body)).status in (200, 400)
        reply = b'[{"type": "plain", "text": "t"}, {"type": "reply", "message_id": %s}]' % (b"9" * digits)
        assert (await post(client, "/api/v1/chat", b'{"username": "a", "message": %s}' % reply)).status in (200, 400)


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
async def test_thoughts_that_never_end_cost_no_time() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}]))
    message = "</think>" + "<think>" * 100_000
    reply = await client.chat(message, enable_streaming=False)
    assert reply.frames[1]["data"] == message


@pytest.mark.usefixtures("unforgiving")
async def test_the_same_picture_a_thousand_times_is_shown_once() -> None:
    client = make_client(fixture_of(scripts=[{"title": None}, {"run": [{"say": ["{request}"]}]}]))
    attachment_id = (await client.upload("a.png", b"x" * 100_000, "image/png")).json["data"]["attachment_id"]
    parts = [{"type": "image", "attachment_id": attachment_id}] * 1000
    reply = await client.chat(parts, enable_streaming=False)
    assert len(reply.body) < 1_000_000


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_failure_in_the_middle_cuts_the_stream_is_logged_and_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, streaming: bool
) -> None:
    def play(*_):
        yield from original(*_)
        raise ZeroDivisionError("a bug")

    original = pipeline.play
    monkeypatch.setattr(pipeline, "play", play)
    client = make_client()
    with caplog.at_level(logging.ERROR):
        reply = await client.chat("hi", enable_streaming=streaming)
    assert not reply.whole
    assert reply.frames
    assert [record.name for record in caplog.records] == ["mockbot"]
    assert "ZeroDivisionError: a bug" in caplog.text
    (entry,) = client.entries
    assert (entry.ended, "its log has the traceback" in entry.why) == ("defect", True)
    monkeypatch.undo()
    assert (await client.chat("hi")).whole


async def test_a_failure_before_the_answer_is_a_500_is_logged_and_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(AstrBotState, "bot_ids", lambda _: 1 / 0)
    client = make_client()
    reply = await client.get("/api/v1/im/bots")
    assert (reply.status, reply.json["status"], reply.whole) == (500, "error", True)
    assert "ZeroDivisionError" in caplog.text
    assert client.entries[0].ended == "defect"


@pytest.mark.usefixtures("unforgiving")
async def test_a_client_that_leaves_while_it_sends_changes_nothing() -> None:
    client = make_client()
    exchange = client.open("hi")
    exchange.leave()
    exchange._sent = True  # the body never came
    await exchange.reply()
    assert exchange.status == 0
    assert client.entries[0].status == 0
    assert not client.world.sessions.find("s")


@pytest.mark.parametrize("fixture", ["default", "empty"])
async def test_a_message_that_no_script_fits_changes_nothing_where_scripts_are_strict(fixture: str) -> None:
    client = make_client(fixture, contract="enforce", strict_scripts=True)
    client.world.scripts.clear()
    before = [client.world.sessions.all(), client.world.history.all(), len(state_of(client.world).routes)]
    reply = await client.chat("hi", username="new", session_id="new", config_name="default")
    assert (reply.status, reply.json["message"]) == (400, "No script fits this message; there are no scripts")
    assert [client.world.sessions.all(), client.world.history.all(), len(state_of(client.world).routes)] == before
