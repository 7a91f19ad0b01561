"""Wishes: what a request asks of its response with `Prefer`."""

import asyncio
import json
from pathlib import Path

import pytest

from mockbot.contract.keywords import schema_validator
from mockbot.world.worlds import DEFAULT
from tests.conftest import make_client
from tests.generic.asking import Serve, get
from tests.generic.asking import ask as ask_document
from tests.generic.shop import ITEMS, TWO, ask, shop, wish

SCRIPTS = """
- {name: one, when: {operation: GET /things, query: {page: 9}}, answer: {json: [{id: 1, name: one}]}}
- {name: other, when: {operation: GET /events}, events: [{data: {n: 1}}]}
"""


@pytest.mark.parametrize(
    ("line", "wished", "status", "body"),
    [
        ("GET /things", "code=200", 200, []),
        ("GET /things", "code=404", 404, {"code": "gone"}),
        ("GET /things", "CODE = 404", 404, {"code": "gone"}),
        ("GET /things", "code=503", 503, None),  # of 5XX
        ("GET /things/7", "code=404", 404, None),
        ("GET /things", "example=two", 200, TWO),
        ("GET /things", 'example="two"', 200, TWO),
        ("GET /things", "code=200, example=none", 200, []),
        ("GET /things", "script=one", 200, [{"id": 1, "name": "one"}]),
        ("GET /things", "example=two, fault=delay;seconds=0.001", 200, TWO),
        ("GET /things", 'script=one, fault=null;at="/*/name"', 200, [{"id": 1, "name": None}]),
        ("GET /things", "example=two, fault=status;status=204", 204, None),
        ("GET /things?__prefer=example%3Dtwo", "respond-async, wait=10", 200, TWO),
    ],
)
def test_a_wish_is_granted_and_named(tmp_path: Path, line: str, wished: str, status: int, body: object) -> None:
    app = shop(tmp_path, SCRIPTS)
    (got,) = ask(app, wish(line, wished))
    assert (got.status_code, got.json() if got.content else None) == (status, body)
    (entry,) = app.worlds.get(DEFAULT).journal
    assert entry.wish
    assert got.headers["preference-applied"] == entry.wish
    assert not entry.violations
    assert not entry.defects
    assert "__prefer" not in entry.query


@pytest.mark.parametrize(
    ("line", "wished", "reason"),
    [
        ("GET /things", "code=418", "GET /things has no response '418'; use one of 200, 404, 5XX"),
        ("GET /things", "code", "no response ''"),
        ("GET /things", "code=²00", "no response"),
        ("GET /things", "example=three", "no example 'three' for GET /things; use one of bad (200), none (200), two"),
        ("GET /things", "code=404, example=two", "no example 'two'"),
        ("GET /things", "example=bad", "cannot make this 200 response"),
        ("GET /things/7", "example=two", "it has none"),
        ("GET /things", "script=two", "This world has no script 'two' for GET /things; use one"),
        ("GET /things", "script=other", "no script 'other' for GET /things"),
        ("GET /things", "script=one, code=200", "script cannot be combined with code"),
        ("GET /things", "fault=nope", "There is no fault 'nope'; use one of status, delay"),
        ("GET /things", "fault=delay;seconds=soon", "`seconds` must be a number"),
        ("GET /things", "fault=delay;minutes=1", "`minutes` is not known here"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_granted_is_refused_with_what_could_be(
    tmp_path: Path, line: str, wished: str, reason: str
) -> None:
    app = shop(tmp_path, SCRIPTS)
    (got,) = ask(app, (line, {"headers": [("Prefer", wished.encode("latin-1"))]}))
    assert got.status_code == 400
    assert reason in got.json()["detail"]
    assert "preference-applied" not in got.headers
    (entry,) = app.worlds.get(DEFAULT).journal
    assert entry.faults == ()


def test_several_headers_are_one_list_and_several_faults_are_applied(tmp_path: Path) -> None:
    app = shop(tmp_path)
    (got,) = ask(app, wish("GET /things", "fault=delay;seconds=0.001", "fault=status;status=429, code=404"))
    assert got.status_code == 429
    (entry,) = app.worlds.get(DEFAULT).journal
    assert entry.faults == ("delay", "status")


def test_authentication_and_validation_come_first(tmp_path: Path) -> None:
    app = shop(tmp_path)
    locked, opened, invalid = ask(
        app,
        wish("GET /locked", "code=200"),
        wish("GET /locked", "code=403", **{"X-Key": "k"}),
        wish("GET /things?page=x", "code=404"),
    )
    assert (locked.status_code, opened.status_code, invalid.status_code) == (401, 403, 400)
    assert "preference-applied" not in locked.headers
    assert opened.json() == {"code": "gone"}
    assert invalid.json()["violations"]


def test_in_observe_a_wish_is_granted_to_an_invalid_request(tmp_path: Path) -> None:
    app = shop(tmp_path, contract="observe")
    (got,) = ask(app, wish("GET /things?page=x", "code=404"))
    assert got.status_code == 404
    assert got.headers["x-mockbot-violations"] == "1"


def test_a_seed_chooses_a_value(tmp_path: Path) -> None:
    app = shop(tmp_path)
    seeds = [wish("GET /things", f"dynamic=true;seed={seed}") for seed in range(20)]
    first, second = ([each.text for each in ask(app, *seeds)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 5
    fits = schema_validator({})
    assert all(fits(ITEMS, json.loads(text)) for text in first)
    assert any("tag" in text for text in first)


def test_the_handlers_of_astrbot_do_not_run() -> None:
    client = make_client(contract="enforce")

    async def send(prefer: str, path: str = "/api/v1/im/bots") -> tuple[int, object]:
        got = await client.get(path, headers=[("X-API-Key", "abk_demo"), ("Prefer", prefer)])
        return got.status, got.json

    refused = {"status": "error", "message": "Forbidden", "data": None}
    assert asyncio.run(send("code=403")) == (403, refused)
    status, value = asyncio.run(send("code=418"))
    assert isinstance(value, dict)
    assert (status, value["status"], value["data"]) == (400, "error", None)


def test_a_chat_plays_the_script_of_a_name() -> None:
    client = make_client(contract="enforce")
    body = {"username": "ada", "message": "hello", "enable_streaming": False}

    async def send() -> str:
        headers = [("X-API-Key", "abk_demo"), ("Content-Type", "application/json"), ("Prefer", "script=named")]
        await client.request(
            "POST",
            "/__mockbot__/worlds/default/scripts",
            [{"name": "named", "when": {"message": "never"}, "run": [{"say": "named!"}]}],
            headers=[("Host", "127.0.0.1:6185"), ("Content-Type", "application/json")],
        )
        return (await client.request("POST", "/api/v1/chat", body, headers=headers)).types

    assert "=named!" in asyncio.run(send())


@pytest.mark.parametrize("status", ["400", "4XX", "default"])
def test_a_refused_wish_need_not_fit_the_document(serve: Serve, status: str) -> None:
    document = get({"application/json": {"example": {}}})
    answers = document["paths"]["/v2/a"]["get"]["responses"]
    answers[status] = {"description": "", "content": {"application/json": {"schema": {"required": ["message"]}}}}
    (got,) = ask_document(serve(document), "GET /v2/a", headers={"Prefer": "code=418, example=none"})
    assert (got.status_code, got.headers["content-type"]) == (400, "application/problem+json")
