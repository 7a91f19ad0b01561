"""Behaviour of all operations of the control API."""

import json
from collections.abc import Iterator

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.types import Message

from mockbot.contract.amounts import MOST_VALUES
from mockbot.control.control import MAX_BODY, MOST_FILLING, control_contract, endpoints, read_body
from mockbot.control.request import unusable
from mockbot.held import Held
from mockbot.journal.entry import Arrival
from mockbot.journal.masking import Masking
from mockbot.turns import Turns
from tests.conftest import KEY, make_client
from tests.control.conftest import LOCAL, Control

pytestmark = pytest.mark.anyio
JSON = ("Content-Type", "application/json")


def test_the_contract_is_a_valid_document_and_every_operation_has_an_endpoint() -> None:
    document = control_contract().document.effective
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert len(endpoints()) == len(control_contract().operations.by_name)


async def test_an_unknown_path_is_a_problem(control: Control) -> None:
    reply = await control.request("GET", "nothing")
    assert (reply.status, reply.header("content-type")) == (404, "application/problem+json")
    assert reply.json["title"] == "Not Found"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE"])
async def test_a_wrong_method_gets_405_with_the_right_ones(control: Control, method: str) -> None:
    reply = await control.request(method, "worlds/a")
    assert (reply.status, reply.header("allow")) == (405, "GET, PUT, DELETE")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
@pytest.mark.parametrize("path", ["worlds/a/scripts", "worlds/a/reset"])
async def test_a_body_that_a_form_can_send_is_refused(control: Control, path: str, media_type: str) -> None:
    reply = await control.request("POST", path, b"[]", [LOCAL, ("Content-Type", media_type)])
    assert reply.status == 415


async def test_a_body_without_a_content_type_is_refused(control: Control) -> None:
    assert (await control.request("POST", "worlds/a/reset", b"{}")).status == 415


async def test_all_violations_are_reported_and_nothing_changes(control: Control) -> None:
    problem = await control.json("PUT", "worlds/a", {"pace": -1, "contract": "loose", "speed": 1}, 400)
    assert {violation["rule"] for violation in problem["violations"]} == {"minimum", "enum", "additionalProperties"}
    assert control.client.app.worlds.find("a") is None


@pytest.mark.parametrize("name", ["a b", ".", "..", "x" * 65, "ä", "a\n"])
async def test_an_invalid_name_of_a_world_is_refused(control: Control, name: str) -> None:
    assert (await control.request("PUT", f"worlds/{name}", {})).status in (400, 404)


async def test_an_escaped_slash_belongs_to_a_name(control: Control) -> None:
    transport = httpx.ASGITransport(control.client.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:6185/__mockbot__/worlds") as client:
        assert (await client.post("default%2Freset", json={})).status_code == 405
        assert (await client.post("default/reset", json={})).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/snapshot",
        "/clock",
        "/scripts",
        "/faults",
        "/journal",
        "/journal/stream",
        "/journal/entries/e1",
        "/journal.har",
        "/verdict",
    ],
)
async def test_reading_makes_no_world(control: Control, path: str) -> None:
    problem = await control.json("GET", f"worlds/missing{path}", status=404)
    assert problem["detail"] == (
        "There is no world missing; the first request to /w/missing makes it, or PUT /__mockbot__/worlds/missing"
    )
    assert control.client.app.worlds.find("missing") is None


async def test_a_misspelt_world_is_answered_with_the_right_name(control: Control) -> None:
    problem = await control.json("GET", "worlds/defaul", status=404)
    assert problem["detail"].startswith("There is no world defaul (did you mean default?); ")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("wrlds", " (did you mean /__mockbot__/worlds?)"),
        ("world/blue/faults", " (did you mean /__mockbot__/worlds/blue/faults?)"),
        ("worlds/blue/fault", " (did you mean /__mockbot__/worlds/blue/faults?)"),
        ("qqq", ""),
    ],
)
async def test_a_path_that_is_not_in_the_control_api_says_where_to_begin(
    control: Control, path: str, meant: str
) -> None:
    problem = await control.json("GET", path, status=404)
    begin = f"The control API has no /__mockbot__/{path}{meant}. It begins at /__mockbot__/worlds,"
    assert problem["detail"].startswith(begin)


async def test_who_wants_to_make_a_world_is_answered_with_the_right_request(control: Control) -> None:
    problem = await control.json("POST", "worlds", {"name": "blue"}, status=405)
    assert problem["detail"] == "To make a world, use PUT /__mockbot__/worlds/NAME"


@pytest.mark.parametrize(
    ("method", "path", "detail"),
    [
        ("DELETE", "faults?name=cut", "has no query parameter `name`; expected one of id"),
        ("DELETE", "scripts?nam=greeting", "has no query parameter `nam`; did you mean `name`?"),
        ("DELETE", "breakpoints?breakpoint=b1", "has no query parameter `breakpoint`; expected one of id"),
        ("DELETE", "journal?entry=e1", "has no query parameter `entry`; none are defined"),
        ("GET", "journal?limt=1", "has no query parameter `limt`; did you mean `limit`?"),
        ("POST", "reset?x", "has no query parameter `x`; none are defined"),
    ],
)
async def test_an_unknown_query_parameter_is_rejected_and_changes_nothing(
    control: Control, method: str, path: str, detail: str
) -> None:
    await control.client.get("/api/v1/im/bots")
    await control.json("POST", "worlds/default/faults", {"fault": {"name": "cut"}}, status=201)
    problem = await control.json(method, f"worlds/default/{path}", status=400)
    assert detail in problem["detail"]
    world = control.client.app.worlds.get("default")
    assert (len(world.journal), len(world.faults.list()), len(world.scripts) > 0) == (1, 1, True)


async def test_the_path_of_the_console_says_who_gets_it(control: Control) -> None:
    problem = await control.json("GET", "", status=404)
    assert problem["detail"].startswith("The console is only sent to what accepts text/html. The control API begins at")


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("PUT", "worlds/a", MOST_FILLING),
        ("PUT", "worlds/a/states", MOST_FILLING),
        ("POST", "worlds/a/verify", MOST_VALUES),
        ("POST", "worlds/a/faults", MOST_VALUES),
    ],
)
async def test_a_body_with_too_many_values_is_refused_before_it_is_read(
    control: Control, method: str, path: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: bytes) -> None:
        raise AssertionError

    monkeypatch.setattr("mockbot.control.control.read_json", read)
    reply = await control.request(method, path, b"[" + b"[]," * (most // 2) + b"1]", headers=[LOCAL, JSON])
    assert (reply.status, reply.json["detail"].partition(";")[0]) == (413, f"The body must have at most {most} values")
    assert [world.name for world in control.client.app.worlds] == ["default"]


async def test_a_body_that_is_too_large_is_refused(control: Control) -> None:
    assert (await control.request("PUT", "worlds/a", b" " * (MAX_BODY + 1), [LOCAL, JSON])).status == 413


@pytest.mark.parametrize("text", ["1e999", "-1e999", str(2**63), "9" * 400, "[" * 70 + "]" * 70])
async def test_json_that_not_every_parser_reads_is_refused(control: Control, text: str) -> None:
    body = f'[{{"frames": [{text}]}}]'.encode()
    assert (await control.request("POST", "worlds/a/scripts", body, [LOCAL, JSON])).status == 422


def test_other_json_is_usable() -> None:
    assert unusable({"a": [1, 2.5, None, True, "x", -(2**62)]}) is None


async def test_it_has_neither_journal_nor_cors() -> None:
    client = make_client(contract="enforce", cors=("http://page.test",))
    reply = await Control(client).request("GET", "worlds", headers=[LOCAL, ("Origin", "http://127.0.0.1:6185")])
    assert reply.status == 200
    assert not [name for name, _ in reply.headers if name.startswith("access-control")]
    assert (
        await Control(client).request("GET", "worlds", headers=[LOCAL, ("Origin", "http://page.test")])
    ).status == 403
    assert len(client.world.journal) == 0


async def test_there_is_no_control_api_below_a_world(control: Control) -> None:
    reply = await control.client.request("GET", "/w/a/__mockbot__/worlds", headers=[KEY, LOCAL])
    assert reply.status == 404
    assert reply.json["status"] == "error"


async def test_a_response_that_breaks_the_contract_is_a_500(
    control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mockbot.__version__", 4.19)
    problem = await control.json("GET", "version", status=500)
    assert problem["violations"][0]["at"] == "/mockbot"
    assert "breaks its contract" in caplog.text


async def test_a_large_response_is_validated_too(control: Control) -> None:
    journal = control.client.world.journal
    for _ in range(300):
        journal.open(Arrival("GET", "/x", Masking(journal.callers, b"", ((b"a", b"b" * 100),))))
    entries = (await control.get("worlds/default/journal?limit=300"))["entries"]
    assert len(json.dumps(entries)) > 64 * 1024


async def test_a_client_that_leaves_during_its_body_changes_nothing(control: Control) -> None:
    messages: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    assert await read_body(receive, Held().share(), Turns()) == ""
