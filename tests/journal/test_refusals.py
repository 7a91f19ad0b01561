"""The log and the journal say why mockbot refuses a request, with secrets masked."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from mockbot.app import create_app
from mockbot.journal.entry import Entry
from mockbot.journal.log import text_log
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.conftest import KEY, Client, make_client

PETS: Any = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/pets": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"201": {"description": "made", "content": {"application/json": {"schema": {}}}}},
            },
            "get": {
                "responses": {
                    "200": {"description": "all", "content": {"application/json": {"schema": {"type": "array"}}}}
                }
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "one", "content": {"application/json": {"schema": {}}}}}},
        },
    },
}
JSON = ("Content-Type", "application/json")
CHAT = b'{"username": "ada", "message": "abk_demo_all"}'


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("settings", "request_", "why"),
    [
        ({}, ("GET", "/api/v1/im/bots", [("Prefer", "code=999")]), "GET /api/v1/im/bots has no response '999'; use"),
        (
            {},
            ("GET", "/api/v1/im/bots", [("Prefer", "fault=abk_demo_all")]),
            "There is no fault 'abk_********'; use one",
        ),
        (
            {"strict_scripts": True, "fixture": "empty"},
            ("POST", "/api/v1/chat", [JSON]),
            "No script matches this message",
        ),
        (
            {"strict_scripts": True, "fixture": "empty", "astrbot": "4.29.3"},
            ("POST", "/api/v1/chat", [JSON]),
            "No script matches this message",
        ),
        ({"spec": "pets", "stateful": True}, ("GET", "/pets/none", []), "There is no pet with the id none"),
    ],
)
async def test_the_reason_of_a_refusal_is_logged(
    settings: dict[str, Any], request_: tuple[str, str, list[tuple[str, str]]], why: str, tmp_path: Path
) -> None:
    if "spec" in settings:
        (tmp_path / "pets.json").write_text(json.dumps(PETS))
        settings = settings | {"spec": str(tmp_path / "pets.json")}
    out = StringIO()
    entries: list[Entry] = []
    client = Client(create_app(Settings(**settings), log=entries.append), FrozenClock(), entries)
    method, path, headers = request_
    key = ("X-API-Key", client.app.key or "")
    reply = await client.request(method, path, CHAT if method == "POST" else b"", headers=[key, *headers])
    assert 400 <= reply.status < 500
    text_log(out)(entries[0])
    assert f"\n  refused: {why}" in out.getvalue()
    assert entries[0].refused.startswith(why)
    assert "demo_all" not in out.getvalue()


@pytest.mark.anyio
async def test_a_request_that_is_answered_has_no_reason() -> None:
    client = make_client()
    assert (await client.get("/api/v1/im/bots", headers=[KEY, ("Prefer", "code=200")])).status == 200
    assert client.entries[0].refused == ""
