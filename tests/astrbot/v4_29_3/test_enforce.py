"""In enforce, requests that AstrBot 4.29.3 refuses in its own way are refused as the contract says."""

from typing import Literal

import pytest

from mockbot.astrbot.v4_29_3.profile import BLUEPRINT, NAME, profile
from mockbot.world.fixture import Fixtures
from tests.astrbot.v4_29_3.files_api import part, send
from tests.conftest import Client, make_client

FIXTURE = Fixtures(BLUEPRINT).shipped(NAME)
CHUNK = "/api/v1/files/upload/chunk"
pytestmark = pytest.mark.anyio


def client(contract: Literal["enforce", "observe"] = "enforce") -> Client:
    return make_client(FIXTURE, profile=profile(), contract=contract)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/v1/chat", "POST"),
        ("OPTIONS", "/api/v1/chat/sessions/new", "GET"),
        ("OPTIONS", "/api/v1/chat/sessions/s", "GET, PATCH, DELETE"),
    ],
)
async def test_a_wrong_method_is_refused_with_the_methods_of_the_path(method: str, path: str, allow: str) -> None:
    reply = await client().request(method, path)
    assert (reply.status, reply.header("allow")) == (405, allow)
    assert reply.json["data"]["violations"][0]["in"] == "method"


async def test_observe_answers_as_astrbot() -> None:
    observing = client("observe")
    assert (await observing.get("/api/v1/chat")).json == {"status": "error", "message": "Not Found"}
    reply = await observing.request("OPTIONS", "/api/v1/chat/sessions/s")
    assert (reply.status, reply.header("allow")) == (405, "GET")


async def test_an_empty_field_of_a_form_breaks_the_contract() -> None:
    enforcing = client()
    fields = [part("upload_id", b""), part("chunk_index", b"0"), part("chunk", b"x", "x")]
    reply = await send(enforcing, CHUNK, *fields, key=("X-API-Key", "abk_star"))
    assert reply.status == 422
    assert [(each.at, each.rule) for each in enforcing.entries[-1].violations] == [("/upload_id", "minLength")]


@pytest.mark.parametrize("contract", ["enforce", "observe"])
async def test_an_operation_without_a_handler_follows_the_contract(contract: Literal["enforce", "observe"]) -> None:
    reply = await client(contract).get("/api/v1/skills/file", headers=[("X-API-Key", "abk_star")])
    assert reply.status == 400
    assert {each["rule"] for each in reply.json["data"]["violations"]} == {"required"}
