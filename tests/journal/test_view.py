"""An entry as JSON and as a command line of curl."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.entry import Arrival, Chunk, Entry
from mockbot.journal.masking import Callers, Masking
from mockbot.journal.view import content, curl, view
from tests.conftest import Client
from tests.journal.sample import BEGIN, END, HELLO, MINIMUM, chat, exchange

Headers = Sequence[tuple[bytes, bytes]]


def test_a_view_has_every_field() -> None:
    entry = chat(
        1, (BEGIN, END), headers=(("Accept", "*/*"),), script="greeting", faults=("stall",), violations=(MINIMUM,)
    )
    assert view(entry) == {
        "id": "e1",
        "world": "default",
        "operation": "POST /api/v1/chat",
        "began": 1,
        "seconds": 0.2,
        "left": None,
        "ended": "complete",
        "why": "",
        "script": "greeting",
        "wish": None,
        "faults": ["stall"],
        "refused": "",
        "violations": [MINIMUM.as_json()],
        "defects": [],
        "request": {
            "method": "POST",
            "path": "/api/v1/chat",
            "query": "",
            "headers": [{"name": "Accept", "value": "*/*"}],
            "size": len(json.dumps(HELLO)),
            "body": {"text": json.dumps(HELLO)},
        },
        "response": {
            "status": 200,
            "headers": [{"name": "content-type", "value": "text/event-stream"}],
            "size": entry.response_size,
            "chunks": [
                {"at": 0.0, "text": 'data: {"type": "session_id", "data": null, "session_id": "s"}\n\n'},
                {"at": 0.1, "text": 'data: {"type": "end", "data": ""}\n\n'},
            ],
        },
    }


def test_the_weight_grows_with_everything_that_a_client_can_make_long() -> None:
    def opened(method: str = "GET", path: str = "/", query: bytes = b"", headers: Headers = ()) -> Entry:
        return Entry.opened("e1", "w", 0.0, 0.0, Arrival(method, path, Masking(Callers(), query, headers)))

    light, long = opened().weight, "x" * 9000
    heavy = (
        opened(method=long),
        opened(path=long),
        opened(query=long.encode()),
        opened(headers=[(b"a", long.encode())]),
    )
    assert all(entry.weight > light + 8500 for entry in (*heavy, exchange(body=b"x" * 9000)))
    violations = tuple(replace(MINIMUM, at=f"/{number}", message=f"{number}" * 100) for number in range(100))
    assert exchange(violations=violations).weight > light + 20_000


def test_a_view_without_bodies_has_sizes() -> None:
    shown: Any = view(chat(1, (BEGIN, END)), bodies=False)
    assert "body" not in shown["request"]
    assert shown["response"]["chunks"] == 2


def test_a_view_says_when_the_client_left() -> None:
    assert view(chat(1, (BEGIN,), ended="client left", left=0.25))["left"] == 0.25


def test_content_that_is_not_utf_8_is_base64() -> None:
    assert content(b"a\xc3\xa9") == {"text": "aé"}
    assert content(b"\xc3") == {"base64": "ww=="}


@given(st.binary(), st.text())
def test_every_view_is_json(body: bytes, query: str) -> None:
    json.dumps(view(exchange(body=body, query=query, chunks=[Chunk(0, body)]))).encode()


def test_curl_sends_the_request_again() -> None:
    headers = (("host", "x"), ("content-length", "9"), ("x-api-key", "abk_***"), ("content-type", "application/json"))
    entry = chat(1, headers=headers, query="a=%20b", body={"message": "it's $HOME"})
    assert shlex.split(curl(entry, "http://127.0.0.1:1/")) == [
        *["curl", "-N", "-X", "POST", "http://127.0.0.1:1/api/v1/chat?a=%20b"],
        *["-H", "x-api-key: abk_***", "-H", "content-type: application/json"],
        *["--data-raw", '{"message": "it\'s $HOME"}'],
    ]


def test_curl_never_reads_a_file_that_a_body_names() -> None:
    assert "--data-raw @/etc/passwd" in curl(exchange(method="POST", body=b"@/etc/passwd"), "http://h")


def test_curl_has_an_option_for_head() -> None:
    assert curl(exchange(method="HEAD"), "http://h").startswith("curl -N --head http")


def test_curl_gets_an_escaped_path_and_no_binary_body() -> None:
    line = curl(exchange(path="/w/a b/100%/ü", body=b"\xff"), "http://h")
    assert line == "curl -N -X GET http://h/w/a%20b/100%25/%C3%BC"


@pytest.mark.anyio
async def test_a_view_of_a_stream_has_each_chunk(client: Client) -> None:
    reply = await client.chat("hello")
    (entry,) = client.world.journal
    shown: Any = view(entry)
    assert [piece["text"].encode() for piece in shown["response"]["chunks"]] == reply.chunks
    assert shown["ended"] == "complete"
