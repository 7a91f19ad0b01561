"""HAR: every entry becomes a valid document, and nothing of it is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.har import to_har
from mockbot.turns import at_once
from tests.conftest import Client
from tests.journal.sample import BEGIN, END, HELLO, MINIMUM, TEXT, chat, exchange

SCHEMA = Draft6Validator(
    json.loads((Path(__file__).parent / "har-1.2.schema.json").read_text("utf-8")),
    format_checker=Draft6Validator.FORMAT_CHECKER,
)
HEADERS = st.lists(st.tuples(st.text(), st.text())).map(tuple)


def only(entry: Entry) -> Any:
    har: Any = at_once(to_har([entry]))
    SCHEMA.validate(har)
    json.dumps(har).encode()
    (found,) = har["log"]["entries"]
    return found


def test_the_schema_rejects_an_incomplete_document() -> None:
    assert not SCHEMA.is_valid({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [{}]}})


def test_an_empty_journal_is_a_valid_document() -> None:
    SCHEMA.validate(at_once(to_har([])))


def test_a_request_with_url_and_query() -> None:
    headers = (("Host", "127.0.0.1:6185"), ("X-Api-Key", "abk_***"))
    entry = exchange(1.5, path="/w/ci 7/api/v1/chat/sessions", query="username=a%20b&page=1", headers=headers)
    found = only(entry)
    assert found["startedDateTime"] == "1970-01-01T00:00:01.500+00:00"
    assert found["request"]["url"] == "http://127.0.0.1:6185/w/ci%207/api/v1/chat/sessions?username=a%20b&page=1"
    assert found["request"]["queryString"] == [{"name": "username", "value": "a b"}, {"name": "page", "value": "1"}]
    assert {"name": "X-Api-Key", "value": "abk_***"} in found["request"]["headers"]
    assert "postData" not in found["request"]


def test_a_stream_has_its_events_with_their_times() -> None:
    found = only(chat(1, (BEGIN, TEXT, END), faults=("stall",), script="greeting"))
    assert [event["at"] for event in found["_events"]] == [0, 0.1, 0.2]
    assert found["_events"][1]["text"] == 'data: {"type": "plain", "data": "Hi"}\n\n'
    assert found["response"]["content"]["text"] == "".join(event["text"] for event in found["_events"])
    assert found["response"]["content"]["mimeType"] == "text/event-stream"
    assert json.loads(found["request"]["postData"]["text"]) == HELLO
    assert found["timings"] == {"send": 0, "wait": 0, "receive": 300}
    assert (found["_script"], found["_faults"], found["_ended"]) == ("greeting", ["stall"], "complete")


def test_violations_and_the_end_are_in_custom_fields() -> None:
    found = only(exchange(violations=(MINIMUM,), ended="cut", why="a fault", status=0))
    assert found["_violations"] == [MINIMUM.as_json()]
    assert (found["_ended"], found["_why"]) == ("cut", "a fault")
    assert "_events" not in found


def test_bytes_that_are_not_utf_8_are_base64() -> None:
    found = only(exchange(method="POST", body=b"\xff", chunks=[Chunk(0, b"\xfe")]))
    assert (found["request"]["postData"]["text"], found["request"]["postData"]["_encoding"]) == ("/w==", "base64")
    assert (found["response"]["content"]["text"], found["response"]["content"]["encoding"]) == ("/g==", "base64")


@given(
    path=st.text().map(lambda text: "/" + text),
    query=st.text(),
    headers=HEADERS,
    body=st.binary(),
    pieces=st.lists(st.binary(min_size=1)),
    began=st.floats(0, 4e9),
)
def test_the_document_is_valid_for_any_request_and_response(
    path: str, query: str, headers: Any, body: bytes, pieces: list[bytes], began: float
) -> None:
    chunks = [Chunk(0, piece) for piece in pieces]
    only(exchange(began, path=path, query=query, headers=headers, body=body, chunks=chunks))


@pytest.mark.anyio
async def test_the_journal_of_a_running_application_is_valid(client: Client) -> None:
    await client.chat("hello")
    await client.upload("a.bin", b"\xff\xfe")
    await client.get("/nowhere?x=%ff")
    SCHEMA.validate(at_once(to_har(client.world.journal)))
