"""An entry as people and programs see it."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.entry import Chunk
from mockbot.journal.view import content, curl, view
from tests.conftest import Client
from tests.journal.sample import BEGIN, END, HELLO, MINIMUM, chat, exchange


def test_everything_is_shown() -> None:
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
        "faults": ["stall"],
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


def test_what_an_entry_weighs_grows_with_all_that_a_client_can_make_long() -> None:
    light = exchange().weight
    for long in ({"path": "x" * 9000}, {"query": "x" * 9000}, {"headers": (("a", "x" * 9000),)}, {"body": b"x" * 9000}):
        assert exchange(**long).weight > light + 8900
    assert exchange(violations=(MINIMUM,) * 100).weight > light + 50_000


def test_a_list_of_entries_needs_no_bodies() -> None:
    shown = view(chat(1, (BEGIN, END)), bodies=False)
    assert "body" not in shown["request"]
    assert shown["response"]["chunks"] == 2


def test_when_a_client_left() -> None:
    assert view(chat(1, (BEGIN,), ended="client left", left=0.25))["left"] == 0.25


def test_what_cannot_be_text_is_base64() -> None:
    assert content(b"a\xc3\xa9") == {"text": "aé"}
    assert content(b"\xc3") == {"base64": "ww=="}


@given(st.binary(), st.text())
def test_every_entry_can_be_written(body: bytes, query: str) -> None:
    json.dumps(view(exchange(body=body, query=query, chunks=[Chunk(0, body)]))).encode()


def test_a_curl_line_says_it_again() -> None:
    headers = (("host", "x"), ("content-length", "9"), ("x-api-key", "abk_***"), ("content-type", "application/json"))
    entry = chat(1, headers=headers, query="a=%20b", body={"message": "it's $HOME"})
    assert shlex.split(curl(entry, "http://127.0.0.1:1/")) == [
        *["curl", "-N", "-X", "POST", "http://127.0.0.1:1/api/v1/chat?a=%20b"],
        *["-H", "x-api-key: abk_***", "-H", "content-type: application/json"],
        *["--data-raw", '{"message": "it\'s $HOME"}'],
    ]


def test_a_body_never_becomes_a_files_name() -> None:
    assert "--data-raw @/etc/passwd" in curl(exchange(method="POST", body=b"@/etc/passwd"), "http://h")


def test_curl_has_a_word_of_its_own_for_head() -> None:
    assert curl(exchange(method="HEAD"), "http://h").startswith("curl -N --head http")


def test_a_curl_line_has_an_escaped_path_and_no_bytes() -> None:
    line = curl(exchange(path="/w/a b/100%/ü", body=b"\xff"), "http://h")
    assert line == "curl -N -X GET http://h/w/a%20b/100%25/%C3%BC"


@pytest.mark.anyio
async def test_a_real_stream_is_shown_chunk_by_chunk(client: Client) -> None:
    reply = await client.chat("hello")
    (entry,) = client.world.journal
    shown = view(entry)
    assert [piece["text"].encode() for piece in shown["response"]["chunks"]] == reply.chunks
    assert shown["ended"] == "complete"
