"""Documents of other people on a server: mistakes in them, their addresses, and their paths."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockbot.app import Mockbot, create_app
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.world.worlds import DEFAULT

GET = {"get": {"responses": {"200": {"description": "ok", "content": {"text/plain": {"example": "get"}}}}}}
INFO = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def serve(tmp_path: Path, document: Any, **options: Any) -> Mockbot:
    (tmp_path / "api.json").write_text(json.dumps({**INFO, **document}, indent=1))
    return create_app(Settings(spec=str(tmp_path / "api.json"), pace_ms=0, **options), log=lambda _: None)


def statuses(app: Mockbot, *targets: str) -> list[int]:
    async def send() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            return [(await client.get(target)).status_code for target in targets]

    return asyncio.run(send())


def test_mistakes_are_logged_and_with_strict_spec_they_are_errors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mockbot"), "propagate", True)
    document = {"paths": {"/a": GET}, "components": {"schemas": {"A": {"required": ["a", "a"]}}}}
    assert statuses(serve(tmp_path, document), "/a") == [200]
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{tmp_path}/api.json:26: /components/schemas/A/required: 'required' has 'a' more than once"
    )
    with pytest.raises(UserError, match=r"api.json:26: /components/schemas/A/required: "):
        serve(tmp_path, document, strict_spec=True)


def test_unfitting_defaults_are_logged_and_with_strict_spec_examples_are_errors_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mockbot"), "propagate", True)
    schemas = {"A": {"type": "integer", "default": "one"}, "B": {"type": "integer", "example": "two"}}
    document = {"paths": {"/a": GET}, "components": {"schemas": schemas}}
    assert statuses(serve(tmp_path, document), "/a") == [200]
    (record,) = caplog.records
    assert record.getMessage().endswith(
        'the default "one" does not fit its schema: it must be an integer, got the string "one"'
    )
    with pytest.raises(UserError, match=r'api.json:\d+: /components/schemas/B/example: the example "two" does not fit'):
        serve(tmp_path, document, strict_spec=True)


def test_base_paths_worlds_and_escaped_slashes_lead_to_the_operation(tmp_path: Path) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"const": "a/b"}}
    document = {
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {"/things/{id}": {**GET, "parameters": [parameter]}},
    }
    good = ["/things/a%2Fb", "/v1/things/a%2fb", "/w/one/things/a%2Fb", "/w/o%6Ee/v1/things/a%2Fb"]
    assert statuses(serve(tmp_path, document), *good) == [200] * 4
    assert statuses(serve(tmp_path, document), "/things/a/b", "/v2/things/a%2Fb", "/things/b") == [404, 404, 400]


def test_an_escaped_slash_is_a_slash_with_a_version_of_astrbot(tmp_path: Path) -> None:
    document = {"paths": {"/things/{id}": GET}}
    app = serve(tmp_path, document, astrbot="4.19.4")
    assert statuses(app, "/things/a%2Fb") == [404]


def test_a_path_with_a_fragment_or_a_query_is_served(tmp_path: Path) -> None:
    document = {"paths": {"/a#copy": GET, "/b?action=x": GET, "/c/{id}:go": GET}}
    assert statuses(serve(tmp_path, document), "/a", "/a%23copy", "/b?action=x", "/b", "/c/1:go", "/c/1") == [
        200, 200, 200, 404, 200, 404,
    ]  # fmt: skip


@pytest.mark.parametrize("astrbot", [None, "4.19.4"])
def test_references_in_place_of_responses_and_bodies_are_served(tmp_path: Path, astrbot: str | None) -> None:
    operation = {
        "requestBody": {"$ref": "#/components/requestBodies/Chat"},
        "responses": {"200": {"$ref": "#/components/responses/Ok"}},
    }
    components = {
        "requestBodies": {"Chat": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Chat"}}}}},
        "responses": {"Ok": {"description": "ok", "content": {"text/plain": {"example": "ok"}}}},
        "schemas": {"Chat": {"type": "object"}},
    }
    paths = {
        "/api/v1/chat": {"post": operation},
        "/api/v1/file": {"post": operation},
        "/api/v1/chat/sessions": {"get": {"responses": operation["responses"]}},
        "/api/v1/im/message": {"post": operation},
        "/api/v1/im/bots": {"get": {"responses": operation["responses"]}},
        "/api/v1/configs": {"get": {"responses": operation["responses"]}},
    }
    app = serve(tmp_path, {"paths": paths, "components": components}, astrbot=astrbot)
    assert len(app.profile.contract.operations.by_name) == 6


def test_the_upstream_document_is_what_the_author_wrote(tmp_path: Path) -> None:
    app = serve(tmp_path, {"paths": {"/a": GET, "/b": {"$ref": "#/paths/~1a"}}})
    assert app.profile.document.upstream_bytes == (tmp_path / "api.json").read_bytes()
    assert statuses(app, "/b") == [200]


def test_a_request_is_for_that_of_the_paths_with_a_fragment_that_it_fits(tmp_path: Path) -> None:
    def described(parameter: str, value: str) -> dict[str, Any]:
        content = {"text/plain": {"example": value}}
        needed = {"name": parameter, "in": "query", "required": True}
        return {"get": {"parameters": [needed], "responses": {"200": {"description": "", "content": content}}}}

    document = {"paths": {"/a": described("one", "plain"), "/a#other": described("two", "other")}}
    app = serve(tmp_path, document)
    assert statuses(app, "/a?one=1", "/a?two=1", "/a?three=1") == [200, 200, 400]
    assert [each.operation for each in app.worlds.get(DEFAULT).journal] == ["GET /a", "GET /a#other", "GET /a"]


def test_paths_that_mockbot_uses_itself_are_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mockbot"), "propagate", True)
    app = serve(tmp_path, {"paths": {"/w": GET, "/w/{id}": GET, "/openapi.json": GET}})
    warnings = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert [each for each in warnings if each.startswith("mockbot")] == [
        "mockbot uses this path itself; the document's is at /w/default/w/{id}",
        "mockbot answers with the document here",
    ]
    assert statuses(app, "/w", "/w/default/w/3", "/w/3") == [200, 200, 404]
