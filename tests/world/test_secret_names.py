"""A name of a world that contains a key is refused, and nothing shows it."""

import json

import pytest

from tests.conftest import fixture_of, make_client
from tests.control.conftest import LOCAL

NAMES = ["abk_TOPSECRET0123", "x-abk_TOPSECRET0123", "configured-key-1", "a.configured-key-1"]


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["path", "header", "control"])
async def test_a_name_with_a_key_is_refused(name: str, place: str) -> None:
    client = make_client(fixture_of(keys=[{"key": "configured-key-1"}]))
    match place:
        case "path":
            response = await client.request("GET", f"/w/{name}/api/v1/configs")
        case "header":
            response = await client.request("GET", "/api/v1/configs", headers=[("X-Mockbot-World", name)])
        case _:
            response = await client.request("PUT", f"/__mockbot__/worlds/{name}", {}, headers=[LOCAL])
    assert response.status == (400 if place == "control" else 404)
    worlds = await client.request("GET", "/__mockbot__/worlds", headers=[LOCAL])
    seen = response.body + worlds.body + json.dumps(response.headers).encode()
    assert b"must not contain a key" in response.body
    assert name.encode() not in seen


@pytest.mark.anyio
async def test_a_name_with_a_key_of_its_own_fixture_is_refused() -> None:
    client = make_client()
    body = {"fixture": {"keys": [{"key": "own-key-123456"}]}}
    response = await client.request("PUT", "/__mockbot__/worlds/own-key-123456", body, headers=[LOCAL])
    assert response.status == 422
    assert b"own-key-123456" not in response.body


@pytest.mark.anyio
async def test_other_names_are_served() -> None:
    client = make_client()
    response = await client.request("GET", "/w/test_abk-1.py/api/v1/configs")
    assert response.status == 200
