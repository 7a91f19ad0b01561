"""Scripts for operations: what they send, and the mistakes in them."""

import re
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.script.load import read
from mockbot.source import parse
from mockbot.world.snapshot import snapshot
from mockbot.world.worlds import DEFAULT
from tests.conftest import make_client
from tests.control.conftest import Control
from tests.generic.shop import TWO, ask, shop


def answer_of(tmp_path: Path, script: str, line: Any = "GET /things", **options: Any) -> Any:
    return ask(shop(tmp_path, script, **options), line)[0]


def test_an_answer_takes_the_place_of_the_example(tmp_path: Path) -> None:
    app = shop(
        tmp_path,
        "- {when: {operation: GET /things, query: {page: 2}}, times: 1, answer: {headers: {X-A: b}, json: []}}",
    )
    first, second, other = ask(app, "GET /things?page=2", "GET /things?page=2", "GET /things")
    assert (first.status_code, first.headers["x-a"], first.json()) == (200, "b", [])
    assert "x-a" not in second.headers
    assert "x-a" not in other.headers
    entries = list(app.worlds.get(DEFAULT).journal)
    assert [entry.script for entry in entries] == [f"{tmp_path / 'scripts.yaml'}:1", None, None]
    assert not any(entry.defects for entry in entries)


@pytest.mark.parametrize(
    ("answer", "body", "media_type"),
    [
        ("{status: 404, json: {code: x}}", b'{"code":"x"}\n', "application/json"),
        ("{text: '[]'}", b"[]", "application/json"),
        ("{example: two}", b'[{"id":1,"name":"a"},{"id":2,"name":"b"}]\n', "application/json"),
        ("{base64: W10=}", b"[]", "application/json"),
        ("{file: list.json}", b"[ ]", "application/json"),
        ("{status: 503}", b"", None),
    ],
)
def test_bodies(tmp_path: Path, answer: str, body: bytes, media_type: str | None) -> None:
    (tmp_path / "list.json").write_text("[ ]")
    got = answer_of(tmp_path, f"- {{when: {{operation: GET /things}}, answer: {answer}}}")
    assert (got.content, got.headers.get("content-type")) == (body, media_type)


def test_a_file_of_another_kind_has_the_documented_media_type(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x89PNG")
    got = answer_of(tmp_path, "- {when: {operation: GET /picture}, answer: {file: a.bin}}", "GET /picture")
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG", "image/png")


@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        ("x{path.id}", "x7"),
        ("{header.X-Tenant}", "acme"),
        ("{query.q} and {query.none}", "1 and "),
        ("{n}-{uuid:4}", "1-"),
        ("{now}", "20"),
        ("{{path.id}}", "{path.id}"),
        ("{who}!", "cm!"),
    ],
)
def test_placeholders(tmp_path: Path, placeholder: str, value: str) -> None:
    script = (
        "- when: {operation: 'GET /things/{id}', header: {X-Tenant: {regex: '(?P<who>c.)'}}}\n"
        f"  answer: {{json: {{id: '{{path.id}}', name: '{placeholder}'}}}}"
    )
    got = answer_of(tmp_path, script, ("GET /things/7?q=1", {"headers": {"X-Tenant": "acme"}}))
    assert got.json()["id"] == 7, got.text
    assert got.json()["name"].startswith(value)


def test_a_value_of_the_body_keeps_its_type(tmp_path: Path) -> None:
    value = "{id: '{body.a.0}', name: 'is {body.b}', tag: '{body.c.d}'}"
    script = f"- {{when: {{operation: POST /things}}, answer: {{json: {value}}}}}"
    got = answer_of(tmp_path, script, ("POST /things", {"json": {"a": [3], "b": True, "c": {"d": "e"}}}))
    assert (got.status_code, got.json()) == (201, {"id": 3, "name": "is true", "tag": "e"})


def test_what_placeholders_make_is_validated_when_it_is_sent(tmp_path: Path) -> None:
    app = shop(tmp_path, "- {when: {operation: POST /things}, answer: {json: {id: '{body.a}', name: x}}}")
    (got,) = ask(app, ("POST /things", {"json": {"a": "text"}}))
    assert got.status_code == 500
    assert [entry.ended for entry in app.worlds.get(DEFAULT).journal] == ["complete"]
    assert [len(entry.defects) for entry in app.worlds.get(DEFAULT).journal] == [1]


def test_an_answer_that_says_so_violates_the_contract(tmp_path: Path) -> None:
    app = shop(tmp_path, "- {when: {operation: GET /things}, violates: true, answer: {status: 418, json: {a: list}}}")
    (got,) = ask(app, "GET /things")
    assert (got.status_code, got.json()) == (418, {"a": "list"})
    assert not any(entry.defects for entry in app.worlds.get(DEFAULT).journal)


def test_a_stream_of_events(tmp_path: Path) -> None:
    script = """
    - when: {operation: GET /events}
      events:
        - {data: {n: 1}}
        - {wait: 1ms}
        - {event: done, id: "4", retry: 10, data: {n: "{n}"}}
        - {comment: hi}
        - {data: "[DONE]"}
    """
    got = answer_of(tmp_path, script, "GET /events")
    assert got.headers["content-type"] == "text/event-stream"
    assert got.text == ('data: {"n": 1}\n\nevent: done\nid: 4\nretry: 10\ndata: {"n": 1}\n\n: hi\n\ndata: [DONE]\n\n')


def test_a_fault_in_a_stream_cuts_it(tmp_path: Path) -> None:
    script = "- {when: {operation: GET /events}, events: [{data: {n: 1}}, {fault: truncate}, {data: {n: 2}}]}"
    app = shop(tmp_path, script)
    ask(app, "GET /events")
    (entry,) = app.worlds.get(DEFAULT).journal
    assert entry.faults == ("truncate",)
    assert b'"n": 2' not in entry.response_body


def test_a_stream_ends_where_an_event_violates_the_contract(tmp_path: Path) -> None:
    script = "- {when: {operation: GET /events}, events: [{data: {n: 1}}, {data: {n: '{query.q}'}}, {data: {n: 3}}]}"
    app = shop(tmp_path, script)
    with pytest.raises(AssertionError):  # httpx expects a complete response
        ask(app, "GET /events?q=x")
    (entry,) = app.worlds.get(DEFAULT).journal
    assert (entry.ended, len(entry.defects), entry.response_body) == ("defect", 1, b'data: {"n": 1}\n\n')


def test_with_strict_scripts_an_operation_with_scripts_needs_one_that_matches(tmp_path: Path) -> None:
    script = "- {name: two, when: {operation: GET /things, query: {page: 2}}, answer: {json: []}}"
    app = shop(tmp_path, script, strict_scripts=True)
    refused, other = ask(app, "GET /things?page=3", "GET /events")
    assert refused.status_code == 400
    assert "'two'" in refused.json()["detail"]
    assert "its query/page asks for 2" in refused.json()["detail"]
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("{when: {operation: GET /thing}, answer: {}}", ":1: /0/when/operation: there is no operation 'GET /thing'"),
        ("{when: {query: {a: 1}}, answer: {}}", "a script with answer names its operation"),
        ("{when: {operation: GET /things}, run: []}", "a script with an operation has answer or events"),
        ("{run: []}", "this document has no chat operation"),
        ("{when: {operation: GET /things, message: hi}, answer: {json: []}}", "message is for chat requests"),
        ("{when: {operation: GET /things}, answer: {json: []}, events: []}", "exactly one of"),
        ("{when: {operation: GET /things}, answer: {json: [], text: a}}", "one body, not json and text"),
        ("{when: {operation: GET /things}, answer: {json: [{id: 1, name: 2}]}}", "/0/answer/json/0/name: it violates"),
        ("{when: {operation: GET /things}, answer: {json: [{id: '{n}', name: 2}]}}", "/json/0/name: it violates"),
        ("{when: {operation: GET /things}, answer: {status: 402, json: []}}", "the status 402 is not in the contract"),
        ("{when: {operation: GET /things}, answer: {example: tow}}", "has no example 'tow'; did you mean `two`"),
        ("{when: {operation: GET /things}, answer: {example: bad}}", "it violates the contract"),
        ("{when: {operation: GET /things}, answer: {file: none.json}}", "none.json: cannot be read"),
        ("{when: {operation: GET /things}, answer: {base64: '?'}}", "not Base64"),
        ("{when: {operation: GET /things}, answer: {json: ['{path.id}']}}", "there is no placeholder {path.id}"),
        ("{when: {operation: GET /things}, answer: {headers: {Content-Length: 3}, json: []}}", "set by the server"),
        ("{when: {operation: GET /things, query: {a: {regex: '('}}}, answer: {json: []}}", "/0/when/query/a/regex"),
        ("{when: {operation: GET /things}, events: []}", "GET /things has no stream of events"),
        ("{when: {operation: GET /events}, events: [{data: {n: x}}]}", "/0/events/0: it violates"),
        ("{when: {operation: GET /events}, events: [{fault: nope}]}", "there is no fault `nope`"),
        ("{when: {operation: GET /events}, events: [{wait: 1s, data: {n: 1}}]}", "wait is a step of its own"),
    ],
)  # fmt: skip
def test_mistakes_are_found_at_the_start(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(UserError, match=r"scripts\.yaml:1: /0") as refused:
        shop(tmp_path, f"- {script}")
    assert reason in str(refused.value)


def test_a_snapshot_has_the_contents_of_files(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    script = "- {name: f, when: {operation: GET /things}, answer: {file: list.json}}"
    written = snapshot(shop(tmp_path, script).worlds.get(DEFAULT))["scripts"]
    again = answer_of(tmp_path, f"{written}")
    assert (again.content, again.headers["content-type"]) == (b"[]", "application/json")


def test_a_file_cannot_be_named_over_http(tmp_path: Path) -> None:
    app = shop(tmp_path)
    (tmp_path / "list.json").write_text("[]")
    script = {"when": {"operation": "GET /things"}, "answer": {"file": str(tmp_path / "list.json")}}
    host = {"headers": {"host": "127.0.0.1"}}
    (refused,) = ask(app, ("POST /__mockbot__/worlds/default/scripts", {"json": [script], **host}))
    assert refused.status_code == 422
    assert "cannot name files" in refused.json()["detail"]
    script["answer"] = {"example": "two"}
    added, got = ask(app, ("POST /__mockbot__/worlds/default/scripts", {"json": [script], **host}), "GET /things")
    assert (added.status_code, got.json()) == (200, TWO)


@pytest.mark.anyio
async def test_an_operation_of_astrbot_is_answered_after_authentication() -> None:
    client = make_client(contract="enforce")
    value = {"status": "error", "message": "x", "data": None}
    script = {"when": {"operation": "GET /api/v1/im/bots"}, "answer": {"status": 500, "json": value}}
    await Control(client).json("POST", "worlds/default/scripts", [script])
    assert (await client.get("/api/v1/im/bots", headers=[])).status == 401
    got = await client.get("/api/v1/im/bots")
    assert (got.status, got.json) == (500, value)
    assert not any(entry.defects for entry in client.entries)


@pytest.mark.anyio
async def test_a_chat_of_astrbot_can_be_an_answer_or_events() -> None:
    client = make_client(contract="enforce")
    message = "when: {operation: POST /api/v1/chat, body: {message: %s}}"
    scripts = f"""
    - {{{message % "plain"}, answer: {{json: {{status: error, message: refused, data: null}}}}}}
    - {{{message % "stream"}, violates: true, events: [{{data: {{type: odd}}}}]}}
    """
    client.world.scripts.add(*read(parse(scripts, "s"), client.app.profile.contract))
    assert (await client.chat("plain")).json["message"] == "refused"
    assert (await client.chat("stream")).frames == [{"type": "odd"}]
    with pytest.raises(UserError, match="they violate the contract"):
        read(parse(scripts.replace("violates: true, ", ""), "s"), client.app.profile.contract)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("{base64: é}", "/answer/base64: not Base64"),
        ('{headers: {x-a: "a\\nb"}}', "/answer/headers/x-a: a header's value is one line of Latin-1 characters"),
        ("{headers: {x-a: 漢}}", "/answer/headers/x-a: a header's value is one line of Latin-1 characters"),
        ("{status: 204, json: {}}", "/answer/json: a response with status 204 has no body; leave it out"),
    ],
)
def test_what_cannot_be_sent_is_a_mistake(tmp_path: Path, answer: str, sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        shop(tmp_path, f"- {{when: {{operation: GET /things}}, violates: true, answer: {answer}}}")


def test_a_number_too_large_for_a_float_is_repeated_as_the_largest(tmp_path: Path) -> None:
    script = "- {when: {operation: POST /things}, answer: {json: {id: 1, name: a, echo: '{body.x}'}}}"
    options = {"content": b'{"x": 1e999}', "headers": {"content-type": "application/json"}}
    got = answer_of(tmp_path, script, ("POST /things", options))
    assert (got.status_code, got.json()["echo"]) == (201, 1.7976931348623157e308)
