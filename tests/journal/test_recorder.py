"""What the journal keeps of an exchange: the bytes as they were sent, with keys masked."""

import logging
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.transaction import KEY as TRANSACTION
from mockbot.contract.transaction import Transaction
from mockbot.fault.fault import ABORT
from mockbot.journal.entry import KEPT, Entry
from mockbot.journal.recorder import SCOPE_JOURNAL, Recorder
from mockbot.response import Response
from mockbot.sse import data_frame
from mockbot.world.call import Call
from tests.conftest import KEY, Client, fixture_of, make_client
from tests.journal.sample import BEGIN, TEXT

pytestmark = pytest.mark.anyio


async def test_an_entry_has_the_whole_exchange(client: Client) -> None:
    reply = await client.get("/api/v1/chat/sessions?username=alice&page=0")
    (entry,) = client.entries
    assert list(client.world.journal) == [entry]
    assert (entry.method, entry.path, entry.query) == ("GET", "/api/v1/chat/sessions", "username=alice&page=0")
    assert (entry.operation, entry.status, entry.ended) == ("GET /api/v1/chat/sessions", 200, "complete")
    assert (entry.response_body, entry.response_size) == (reply.body, len(reply.body))
    assert [violation.at for violation in entry.violations] == ["/page"]
    assert list(entry.response_headers) == reply.headers


async def test_a_response_names_its_entry_and_counts_violations(client: Client) -> None:
    replies = [await client.get(f"/api/v1/chat/sessions?username=a&page={page}") for page in (1, 0)]
    assert [reply.header("x-mockbot-entry") for reply in replies] == ["e1", "e2"]
    assert [reply.header("x-mockbot-violations") for reply in replies] == [None, "1"]


async def test_chunks_are_kept_with_their_times() -> None:
    script = {"run": [{"say": {"text": ["a", "b"], "every": "2s"}}]}
    client = make_client(fixture_of(scripts=[{"title": None}, script]))
    reply = await client.chat("hi")
    (entry,) = client.entries
    assert [chunk.data for chunk in entry.chunks] == reply.chunks
    assert [chunk.at for chunk in entry.chunks][:3] == [0, 0, 2]
    assert entry.seconds == 2
    assert entry.script is not None


async def test_the_beginning_and_the_size_of_long_bodies_are_kept(client: Client) -> None:
    await client.chat("x" * (KEPT + 5000), enable_streaming=False)
    (entry,) = client.entries
    assert (len(entry.body), entry.body_size > KEPT + 5000) == (KEPT, True)
    assert entry.response_size > KEPT == sum(len(chunk.data) for chunk in entry.chunks)
    assert entry.tail is not None
    assert entry.tail.data.endswith(b'"data": "", "streaming": false, "message_id": "%b"}\n\n' % last_id(entry))


def last_id(entry: Entry) -> bytes:
    assert entry.tail is not None
    return entry.tail.data.rpartition(b'"message_id": "')[2].partition(b'"')[0]


async def test_keys_are_masked(client: Client) -> None:
    secret = "abk_" + "s3cret" * 5
    for carrier in (("X-API-Key", secret), ("Authorization", f"Bearer {secret}"), ("Cookie", f"k={secret}")):
        await client.get(f"/api/v1/im/bots?api_key={secret}", headers=[carrier])
    assert len(client.entries) == 3
    for entry in client.entries:
        assert secret not in repr(entry)
        assert "abk_" in entry.query


async def test_a_client_that_leaves_before_the_response(client: Client) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> NoReturn:
        raise AssertionError(f"{message} was sent to a client that has left")

    scope = {"type": "http", "method": "POST", "path": "/api/v1/chat", "query_string": b"", "headers": []}
    await client.app(scope, receive, send)
    assert (client.entries[0].status, client.entries[0].ended) == (0, "client left")


async def test_a_failure_is_answered_with_500_and_logged_with_its_traceback(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Call) -> NoReturn:
        raise ZeroDivisionError

    client = make_client(profile=replace(client.app.profile, steps=(fail,)))
    with caplog.at_level(logging.ERROR, "mockbot"):
        reply = await client.get("/api/v1/x", headers=[KEY])
    assert (reply.status, reply.json["data"]) == (500, None)
    assert reply.header("x-mockbot-entry") == "e1"
    (entry,) = client.entries
    assert (entry.status, entry.ended) == (500, "defect")
    assert "ZeroDivisionError" in caplog.text
    assert "(entry e1)" in caplog.text


HTML = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
FETCHED = ("Sec-Fetch-Dest", "image")


@pytest.mark.parametrize(
    ("path", "header", "violations"),
    [
        ("/favicon.ico", FETCHED, 0),
        ("/apple-touch-icon-precomposed.png", FETCHED, 0),
        ("/.well-known/appspecific/com.chrome.devtools.json", FETCHED, 0),
        ("/", ("Accept", "*/*"), 1),
        ("/nope", HTML, 1),
        ("/api/v1/im/bots?page=0", HTML, 0),
    ],
)
async def test_pages_that_browsers_look_for_are_not_violations(
    client: Client, path: str, header: tuple[str, str], violations: int
) -> None:
    reply = await client.get(path, headers=[KEY, header])
    (entry,) = client.entries
    assert len(entry.violations) == violations
    assert reply.header("x-mockbot-violations") == (str(violations) if violations else None)


async def test_an_entry_has_its_request_while_the_response_waits(client: Client) -> None:
    seen: list[tuple[str | None, bytes, int]] = []

    def look(_: Call) -> ASGIApp:
        (entry,) = client.world.journal
        seen.append((entry.operation, entry.body, len(entry.violations)))
        return Response(204)

    profile = client.app.profile
    client = make_client(profile=replace(profile, handlers={**profile.handlers, "POST /api/v1/chat": look}))
    await client.chat("hi", enable_streaming="x")
    ((operation, body, violations),) = seen
    assert (operation, violations > 0) == ("POST /api/v1/chat", True)
    assert b'"hi"' in body


async def test_a_stream_that_breaks_the_contract_is_cut_and_the_entry_says_why(
    client: Client,
) -> None:
    async def stream(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for frame in (BEGIN, TEXT | {"data": 5}):
            await send({"type": "http.response.body", "body": data_frame(frame), "more_body": True})

    def answer(_: Call) -> ASGIApp:
        return stream

    profile = client.app.profile
    client = make_client(profile=replace(profile, handlers={**profile.handlers, "POST /api/v1/chat": answer}))
    reply = await client.chat("hi")
    assert (reply.types, reply.whole) == ("session_id", False)
    (entry,) = client.entries
    assert (entry.ended, entry.why.startswith("the stream would violate the contract")) == ("defect", True)
    assert entry.defects


async def ended_after(*happened: str, method: str = "GET", status: int = 200, length: int = -1) -> tuple[str, str]:
    """Return how the entry of a response ended, and why, after these events in this order."""
    headers = [] if length < 0 else [(b"content-length", b"%d" % length)]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for event in happened:
            match event:
                case "piece":
                    await send({"type": "http.response.body", "body": b"12345", "more_body": True})
                case "complete":
                    await send({"type": "http.response.body", "body": b""})
                case "leave":
                    await receive()
                case "end":
                    client.world.journal.end()
                case "fail":
                    raise ZeroDivisionError
                case _:
                    await send({"type": ABORT, "how": event})

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        """Send nothing."""

    client = make_client()
    entries: list[Entry] = []
    scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": []}
    recorder = Recorder(app, entries.append, client.app.profile.error)
    await recorder({**scope, SCOPE_JOURNAL: client.world.journal, TRANSACTION: Transaction(None)}, receive, send)
    (entry,) = entries
    return entry.ended, entry.why


@pytest.mark.parametrize(
    ("happened", "ended", "why"),
    [
        (("complete",), "complete", ""),
        (("leave",), "client left", ""),
        (("cut",), "cut", "a fault ended the connection"),
        (("reset", "leave", "complete"), "reset", "a fault ended the connection"),
        (("cut", "reset"), "cut", "a fault ended the connection"),
        (("leave", "cut", "complete"), "client left", ""),
        (("complete", "leave", "cut"), "complete", ""),
        (("end", "leave"), "cut", "its world was removed or replaced, or the server was stopped"),
        (("leave", "end"), "client left", ""),
        ((), "cut", "the response was not sent completely"),
        (("fail",), "defect", "mockbot failed; its log has the traceback"),
    ],
)
async def test_an_entry_says_what_ended_it_first(happened: tuple[str, ...], ended: str, why: str) -> None:
    assert await ended_after(*happened) == (ended, why)


@pytest.mark.parametrize(
    ("happened", "sent", "ended"),
    [
        (("leave",), {"length": 0}, "complete"),
        (("piece", "leave"), {"length": 5}, "complete"),
        (("piece", "leave"), {"length": 6}, "client left"),
        (("piece", "end"), {"length": 5}, "complete"),
        (("leave",), {"length": 5, "method": "HEAD"}, "complete"),
        (("leave",), {"status": 204}, "complete"),
        (("leave",), {"status": 304}, "complete"),
    ],
)
async def test_a_client_may_leave_as_soon_as_it_has_every_byte(
    happened: tuple[str, ...], sent: dict[str, Any], ended: str
) -> None:
    assert await ended_after(*happened, **sent) == (ended, "")
