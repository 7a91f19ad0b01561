"""Exchanges with AstrBot 4.29.3: comments, clients that leave, steps in the midst of a stream, and gzipped bodies."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockbot.exchange.load import read
from mockbot.exchange.matchers import Mismatch
from mockbot.jsontext import JSON
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.source import parse
from mockbot.verify.client import Received
from mockbot.verify.replay.notation import NOTATIONS
from mockbot.verify.replay.player import Player

STREAM = "text/event-stream; charset=utf-8"
Play = Callable[[str], Mismatch | None]


class Parley:
    """An application with a stream that goes on after a second request, and some bodies."""

    key, base_path, server_header = "K", "", "test"

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.left = asyncio.Event()
        self.frames = [b'data: {"type": "a", "data": 1}\n\n', b'data: {"type": "b", "data": "\xc3\xa9"}\n\n']
        self.comment = b": heartbeat\n\n"

    async def close(self) -> None:
        self.go.set()

    async def watch(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def start(content_type: str, *headers: tuple[bytes, bytes]) -> None:
            fields = [(b"content-type", content_type.encode()), *headers]
            await send({"type": "http.response.start", "status": 200, "headers": fields})

        async def body(content: bytes, more: bool = False) -> None:
            await send({"type": "http.response.body", "body": content, "more_body": more})

        match scope["path"]:
            case "/stream":
                await start(STREAM)
                await body(self.frames[0], more=True)
                await body(self.comment, more=True)
                waits = {asyncio.create_task(self.go.wait()), asyncio.create_task(self.watch(receive))}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                if self.go.is_set():
                    await body(self.frames[1])
                for wait in waits:
                    wait.cancel()
            case "/go":
                self.go.set()
                await start("application/json")
                await body('{"status":"ok","é":1}'.encode())
            case "/left":
                await self.left.wait()
                await start("application/json")
                await body(b"{}")
            case "/zipped":
                await start("text/plain", (b"content-encoding", b"gzip"))
                await body(gzip.compress(b"x\xff"))
            case "/line-end":
                await start("application/json")
                await body(b"{}\n")


@pytest.fixture
def app() -> Parley:
    return Parley()


@pytest.fixture
def play(app: Parley) -> Iterator[Play]:
    server = Server(app, listen("127.0.0.1", 0))
    server.start()

    def one(written: str) -> Mismatch | None:
        text = f"about: a\nastrbot: 4.29.3\nexchanges:\n- {{name: n, recorded: r, {written}}}\n"
        (exchange,) = read(parse(text, "a.yaml"))
        return Player(server.base_url, {"abk_all": "K"}, "x").play(exchange).difference

    try:
        yield one
    finally:
        server.stop()


A, B = {"type": "a", "data": 1}, {"type": "b", "data": "é"}
GO = "{request: {method: GET, path: /go}, expect: {json: {status: ok, é: 1}}}"


def streamed(*frames: object, rest: str = "", request: str = "") -> str:
    expected = json.dumps(frames, ensure_ascii=False)
    return f"request: {{method: POST, path: /stream{request}}}, expect: {{frames: {expected}}}{rest}"


def test_steps_are_played_while_the_stream_goes_on(play: Play) -> None:
    assert play(streamed(A, B, rest=f", meanwhile: {{after: 1, steps: [{GO}]}}")) is None


def test_a_difference_in_the_midst_of_a_stream_is_reported(play: Play) -> None:
    wrong = GO.replace("ok", "no")
    found = play(streamed(A, B, rest=f", meanwhile: {{after: 1, steps: [{wrong}]}}"))
    assert found == Mismatch("meanwhile step 1 /status", '"no"', '"ok"')


def test_a_client_can_leave_a_stream(play: Play) -> None:
    left = ", steps: [{request: {method: POST, path: /stream, leave: 1}, expect: {frames: [" + json.dumps(A) + "]}}]"
    assert play(f"request: {{method: GET, path: /left}}, expect: {{json: {{}}}}{left}") is None


def test_the_frames_of_a_stream_that_is_left_are_compared(play: Play) -> None:
    found = play(streamed(B, request=", leave: 1"))
    assert found is not None
    assert (found.at, found.got) == ("/0/type", '"a"')


def test_only_a_heartbeat_is_a_comment(app: Parley, play: Play) -> None:
    app.comment = b": ping\n\n"
    assert play(streamed(A, B, rest=f", meanwhile: {{after: 1, steps: [{GO}]}}")) == Mismatch(
        "/1", ": heartbeat", '": ping\\n\\n"'
    )


def test_ids_of_saved_messages_increase_within_a_stream(app: Parley, play: Play) -> None:
    saved = [{"type": name, "data": {"id": 5}} for name in ("user_message_saved", "message_saved")]
    app.frames = [f"data: {json.dumps(frame)}\n\n".encode() for frame in saved]
    found = play(streamed(*saved, rest=f", meanwhile: {{after: 1, steps: [{GO}]}}"))
    assert found == Mismatch("/1/data/id", "more than 5", "5")


def test_a_gzipped_body_is_compared_as_bytes(play: Play) -> None:
    assert play("request: {method: GET, path: /zipped}, expect: {base64: eP8=}") is None
    found = play("request: {method: GET, path: /zipped}, expect: {base64: eP4=}")
    assert found == Mismatch("", '"eP4="', '"eP8="')


def test_json_has_no_line_feed_at_the_end(play: Play) -> None:
    found = play("request: {method: GET, path: /line-end}, expect: {json: {}}")
    assert found is not None
    assert found.at == "body"


def test_what_comes_after_the_frames_of_a_client_that_left_is_ignored() -> None:
    received = Received(200, "", (), b'data: {"a": 1}\n\n: heartbeat\n\ndata: {"b": 2}\n\ndata: {"c', None)
    notation = NOTATIONS["4.29.3"]
    assert notation.frames(received, 1) == [{"a": 1}]
    assert notation.frames(received, 2) == [{"a": 1}, {"b": 2}]
    assert notation.frames(received) == Mismatch("/3", "the end of the stream", '"data: {\\"c"')


def test_ids_of_saved_messages_can_come_again_in_the_next_stream_of_4_29_3() -> None:
    frames: list[JSON] = [{"type": "message_saved", "data": {"id": 5}}]
    assert NOTATIONS["4.29.3"].id_difference(frames, 0) == 0
    assert NOTATIONS["4.19.4"].id_difference(frames, 0) == 5
    assert NOTATIONS["4.19.4"].id_difference(frames, 5) == Mismatch("/0/data/id", "more than 5", "5")
