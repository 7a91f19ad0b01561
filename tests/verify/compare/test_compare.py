"""Two servers side by side: mockbot with itself, and with copies that are broken on purpose."""

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from mockbot.cli.compare import compare as verb
from mockbot.errors import UserError
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.testing import MockBot
from mockbot.verify import Comparison, Difference, Divergence, compare
from mockbot.verify.client import Received, Sent
from mockbot.verify.compare.differences import differences
from mockbot.verify.compare.ids import IdPairs
from tests.verify.broken import Bend, Bent, Whole

pytestmark = pytest.mark.slow

CHAT, BOTS, CONFIGS = "POST /api/v1/chat", "GET /api/v1/im/bots", "GET /api/v1/configs"
OTHER = Settings(pace_ms=0, seed=2)
UUIDS = ["6f1b3c1e-8d1f-4f0a-9b1e-0c5f7d3e2a1b", "0a9d8c7b-6e5f-4a3b-8c2d-1e0f9a8b7c6d"]


def response(body: Any, status: int = 200, media_type: str = "application/json", **headers: str) -> Received:
    fields = (("content-type", media_type), *headers.items())
    return Received(status, "", fields, body if isinstance(body, bytes) else json.dumps(body).encode(), None)


def stream(*frames: dict[str, Any]) -> Received:
    return response(
        b"".join(b"data: %s\n\n" % json.dumps(frame).encode() for frame in frames), 200, "text/event-stream"
    )


OK = {"status": "ok", "message": None, "data": {"rows": [{"id": 1, "name": None}, {"id": 2, "name": "x"}]}}
PLAIN, END = {"type": "plain", "data": "x"}, {"type": "end"}
REASON = {**PLAIN, "chain_type": "reasoning"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (response(OK), response(OK), []),
        (None, None, []),
        (response(OK), None, [("response", "200", "none")]),
        (response(OK), response(OK, 201), [("status", "200", "201")]),
        (response(OK), response(b"x", 200, "text/html"), [("media type", "application/json", "text/html")]),
        (response(OK), response(b"{"), [("body", "object", "string")]),
        (response({}, allow="GET, POST"), response({}, allow="POST,GET"), []),
        (response({}, allow="GET"), response({}), [("Allow", "GET", "none")]),
        (response(OK), response({**OK, "status": "error"}), [("/status", '"ok"', '"error"')]),
        (response(OK), response({**OK, "message": "done"}), [("/message", "null", "string")]),
        (response(OK), response({**OK, "data": None}), [("/data", "object", "null")]),
        (response(OK), response({**OK, "data": {"rows": [{"id": 3, "name": "y"}]}}), []),
        (response(OK), response({**OK, "data": {"rows": []}}), []),
        (response([{"a": 1}]), response([{"a": "3"}]), [("/*/a", "number", "string")]),
        (response(OK), response({**OK, "data": {"rows": [{"name": "y"}]}}), [("/data/rows/*/id", "there", "missing")]),
        (response(b"a", 200, "text/html"), response(b"b", 200, "text/html"), []),
        (response(b"a", 200, "text/html"), response(b"", 200, "text/html"), [("body", "a text", "empty")]),
        (stream(PLAIN, PLAIN, END), stream(PLAIN, END), []),
        (stream(PLAIN, END), stream(END, PLAIN), [("order of frames", "plain → end", "end → plain")]),
        (stream(PLAIN, REASON), stream(PLAIN), [("order of frames", "plain → plain/reasoning", "plain")]),
        (stream(PLAIN), stream({**PLAIN, "data": 1}), [("frame plain /data", "string", "number")]),
        (stream(PLAIN), stream({"type": "plain"}), [("frame plain /data", "there", "missing")]),
    ],
)  # fmt: skip
def test_responses_differ_where_a_client_would_notice(
    one: Received | None, other: Received | None, expected: list[tuple[str, str, str]]
) -> None:
    assert differences(one, other) == [Difference(*each) for each in expected]


def test_ids_and_keys_are_translated_for_the_other_server() -> None:
    pairs = IdPairs("key-one", "key-two")
    pairs.add(
        {"data": {"attachment_id": "abcdef01", "x": UUIDS[0], "t": "12:30"}},
        {"data": {"attachment_id": "22222222", "x": UUIDS[1], "t": "12:31"}},
    )
    sent = Sent(
        "POST",
        f"/a/{UUIDS[0]}?key=key-one",
        "1.1",
        (("X-API-Key", "key-one"),),
        b'{"id": "abcdef01", "t": "12:30"}\xff',
    )
    assert pairs.translated(sent) == Sent(
        "POST",
        f"/a/{UUIDS[1]}?key=key-two",
        "1.1",
        (("X-API-Key", "key-two"),),
        b'{"id": "22222222", "t": "12:30"}\xff',
    )


@pytest.fixture(scope="module")
def one() -> Iterator[MockBot]:
    with MockBot(seed=1) as server:
        yield server


@pytest.fixture
def bent() -> Iterator[Callable[[Bend], str]]:
    """A function that serves mockbot with changed responses and returns its URL."""
    servers: list[Server] = []

    def make(bend: Bend) -> str:
        server = Server(Bent(bend, OTHER), listen("127.0.0.1", 0))
        servers.append(server)
        server.start()
        return server.base_url

    try:
        yield make
    finally:
        for server in servers:
            server.stop()


def found(comparison: Comparison) -> list[tuple[str, Difference]]:
    return [(each.operation, each.difference) for each in comparison.divergences]


def run(one: MockBot, url: str, **options: Any) -> Comparison:
    return compare(one.base_url, url, key_a=one.key, **{"max_examples": 2, "seed": 1, **options})


def test_two_mockbots_do_not_differ_though_their_ids_do() -> None:
    with MockBot(seed=1) as one, MockBot(seed=7) as other:
        comparison = run(one, other.base_url)
    assert comparison.text.endswith("no difference")
    assert comparison.same
    assert comparison.requests > 500


def test_a_dropped_field_is_the_only_difference(one: MockBot, bent: Callable[[Bend], str]) -> None:
    def drop(whole: Whole) -> Whole:
        value = json.loads(whole.body) if whole.path == "/api/v1/im/bots" and whole.status == 200 else {}
        if not isinstance(value.get("data"), dict):
            return whole
        value["data"].pop("bot_ids")
        return whole.with_json(value)

    assert found(run(one, bent(drop), only=BOTS)) == [(BOTS, Difference("/data/bot_ids", "there", "missing"))]


def test_a_changed_status_is_the_only_difference(one: MockBot, bent: Callable[[Bend], str]) -> None:
    def change(whole: Whole) -> Whole:
        return replace(whole, status=403) if whole.status == 401 else whole

    comparison = run(one, bent(change), only=CONFIGS)
    assert {difference for _, difference in found(comparison)} == {Difference("status", "401", "403")}
    assert (CONFIGS, Difference("status", "401", "403")) in found(comparison)


def test_swapped_frames_are_the_only_difference(one: MockBot, bent: Callable[[Bend], str]) -> None:
    def swap(whole: Whole) -> Whole:
        frames = whole.frames()
        return whole.with_frames([frames[1], frames[0], *frames[2:]]) if len(frames) > 2 else whole

    comparison = run(one, bent(swap), only=CHAT)
    assert {(each.operation, each.difference.at) for each in comparison.divergences} == {(CHAT, "order of frames")}
    assert comparison.divergences[0].difference.one.startswith("session_id → ")
    assert not comparison.same


def test_the_summary_shows_each_difference_once_with_the_smallest_request_and_no_key(
    one: MockBot, bent: Callable[[Bend], str]
) -> None:
    url = bent(lambda whole: replace(whole, status=203) if whole.status == 200 else whole)
    comparison = run(one, url, only=BOTS)
    (divergence,) = comparison.divergences
    assert divergence.cases > 1
    assert divergence.curl.startswith("curl -X GET ")
    assert f"{one.base_url}/api/v1/im/bots" in divergence.curl
    assert "1. GET /api/v1/im/bots: status (" in comparison.text
    assert "   A: 200\n   B: 203\n   curl " in comparison.text
    assert one.key not in comparison.text


def test_a_missing_server_and_an_unknown_operation_are_user_errors(one: MockBot) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UserError, match="does not answer"):
            run(one, f"http://127.0.0.1:{taken.getsockname()[1]}")
    with pytest.raises(UserError, match="no operation GET /nowhere"):
        run(one, one.base_url, only="GET /nowhere")


class Leaving(Bent):
    """mockbot that ends at its fifth request, the first one being that for its key, which it does not answer."""

    server: Server
    asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        if self.asked == 5:
            self.server.should_exit = True
            await asyncio.Event().wait()
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "requires a key; give one with --key-a or MOCKBOT_KEY"),
        ({"key_a": "wrong"}, "rejects this key; give another with --key-a"),
        ({"key_a": "abk_demo_all", "key_b": "wrong"}, "rejects this key; give another with --key-b"),
    ],
)
def test_a_key_that_a_server_rejects_is_a_user_error(one: MockBot, keys: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compare(one.base_url, one.base_url, **keys)  # type: ignore[arg-type]  # the values are texts


@pytest.mark.parametrize("status", [200, 203])
def test_a_server_that_stops_is_named_with_the_differences_so_far(one: MockBot, status: int) -> None:
    app = Leaving(lambda whole: replace(whole, status=status) if whole.status == 200 else whole)
    app.server = Server(app, listen("127.0.0.1", 0))
    app.server.start()
    try:
        comparison = run(one, app.server.base_url, only=BOTS)
    finally:
        app.server.stop()
    assert comparison.requests == 4
    assert {difference.other for _, difference in found(comparison)} == ({"203"} if status == 203 else set())
    assert comparison.gone.startswith(f"{app.server.base_url} does not answer: ")
    assert comparison.gone.endswith(f"; it stopped at {BOTS}")
    assert comparison.gone in comparison.text
    assert not comparison.same


DIVERGENCE = Divergence(BOTS, Difference("status", "1", "2"), "curl")


@pytest.mark.parametrize(
    ("divergences", "gone", "status", "last"),
    [
        ((), "", 0, "no difference\n"),
        ((DIVERGENCE,), "", 1, "1 difference\n"),
        ((DIVERGENCE,), "http://b does not answer", 1, "1 difference so far\n"),
        ((), "http://b does not answer", 3, "no difference so far\n"),
    ],
)
def test_the_exit_status_shows_whether_they_differ(
    monkeypatch: pytest.MonkeyPatch, divergences: tuple[Divergence, ...], gone: str, status: int, last: str
) -> None:
    made = Comparison("http://a", "http://b", 0, 0.1, 5, divergences, gone=gone)
    monkeypatch.setattr(sys.modules["mockbot.verify.compare.compare"], "compare", lambda *_, **__: made)
    result = CliRunner().invoke(verb, ["http://a", "http://b"])
    assert result.exit_code == status
    assert result.output.endswith(last)
