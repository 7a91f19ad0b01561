"""The versions of AstrBot, side by side in one server."""

import gzip
from typing import Any

import pytest

from mockbot.app import create_app
from mockbot.astrbot import versions
from mockbot.errors import UserError
from mockbot.settings import Settings
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import Control

pytestmark = pytest.mark.anyio


def test_an_unknown_version_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"--astrbot 5: no such version; use 4\.19\.4 or 4\.29\.3"):
        create_app(Settings(astrbot="5"))


@pytest.mark.parametrize("version", versions.VERSIONS)
def test_a_profile_has_handlers_for_operations_of_its_contract(version: str) -> None:
    profile = versions.profile(version)
    assert profile.name == profile.blueprint.server == f"astrbot-{version}"
    assert profile.handlers.keys() <= profile.contract.operations.by_name.keys()
    assert len(profile.handlers) >= 6


async def with_world(version: str) -> tuple[Client, Any]:
    client = make_client(contract="enforce")
    return client, await Control(client).json("PUT", "worlds/new", {"astrbot": version, "pace": 0}, 201)


async def test_a_world_imitates_another_version() -> None:
    client, made = await with_world("4.29.3")
    assert made["server"] == "astrbot-4.29.3"
    assert "run_started" in (await client.chat("hi", at="/w/new")).types
    assert "run_started" not in (await client.chat("hi")).types
    assert (await client.get("/w/new/api/v1/personas", headers=[("X-API-Key", "abk_demo_all")])).status == 200
    assert (await client.get("/api/v1/personas", headers=[KEY])).status == 404


async def test_a_world_stays_what_it_is_when_it_is_reset() -> None:
    client, _ = await with_world("4.29.3")
    await Control(client).json("POST", "worlds/new/reset", {})
    assert "run_started" in (await client.chat("hi", at="/w/new")).types


async def test_scripts_of_a_world_are_validated_by_its_own_contract() -> None:
    client, _ = await with_world("4.29.3")
    answer: Any = {"json": {"status": "ok", "message": None, "data": []}}
    script = {"when": {"operation": "GET /api/v1/personas"}, "answer": answer}
    await Control(client).json("POST", "worlds/new/scripts", [script])
    reply = await client.get("/w/new/api/v1/personas", headers=[("X-API-Key", "abk_demo_all")])
    assert reply.json["data"] == []


async def test_a_world_of_an_unknown_version_is_refused() -> None:
    client = make_client()
    reply = await Control(client).request("PUT", "worlds/new", {"astrbot": "1"})
    assert (reply.status, "no such version" in reply.json["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("accept", "coded"),
    [("gzip", True), ("gzip;q=0", True), ("x-gzip, br", True), ("GZIP", False), ("br", False), (None, False)],
)
async def test_large_responses_are_compressed_by_the_letters_gzip(accept: str | None, coded: bool) -> None:
    client = make_client(astrbot="4.29.3")
    headers = [KEY] if accept is None else [KEY, ("Accept-Encoding", accept)]
    plain = await client.get("/api/v1/openapi.json")
    reply = await client.get("/api/v1/openapi.json", headers=headers)
    assert reply.header("content-encoding") == ("gzip" if coded else None)
    assert reply.header("vary") == "Accept-Encoding"
    assert (gzip.decompress(reply.body) if coded else reply.body) == plain.body
    small = await client.get("/api/v1/im/bots", headers=headers)
    assert (small.header("vary"), small.header("content-encoding")) == (None, None)


async def test_streams_are_never_compressed() -> None:
    client = make_client(astrbot="4.29.3")
    body = {"username": "a", "message": "x" * 3000}
    reply = await client.request("POST", "/api/v1/chat", body, headers=[KEY, ("Accept-Encoding", "gzip")])
    assert reply.header("content-encoding") is None
    assert reply.frames


async def test_pages_of_the_server_need_no_key() -> None:
    client = make_client(astrbot="4.29.3")
    published = versions.profile("4.29.3").document.upstream_bytes
    assert (await client.get("/api/v1/openapi.json", headers=[])).body == published
    assert (await client.request("POST", "/api/v1/openapi.json")).header("allow") == "GET, HEAD"
    assert (await client.get("/api/v1/docs", headers=[])).header("content-type") == "text/html; charset=utf-8"
    assert (await client.get("/openapi.json", headers=[])).status == 404
    assert (await make_client(astrbot="4.29.3", contract="enforce").get("/openapi.json")).status == 200
