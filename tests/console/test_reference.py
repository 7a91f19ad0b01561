"""The API reference over HTTP: where it is, and what its page may do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockbot.app import create_app
from mockbot.console.assets import FOLDER
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.conftest import Client, Reply

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
PAGE, ANYWHERE = "/docs", "/__mockbot__/docs"
REMOTE = (("Host", "mock.example"), ("X-Forwarded-For", "192.0.2.7"))
FILES = ("page.js", "page.css", "swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "swagger-ui/LICENSE")


def is_page(reply: Reply) -> bool:
    return reply.status == 200 and b"<title>API reference" in reply.body


def base_of(reply: Reply) -> str:
    """Return where a page says that its files are."""
    found = re.search(r'data-base="([^"]*)"', reply.body.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("target", "base", "world"),
    [
        (ANYWHERE, "docs", "default"),
        (f"{ANYWHERE}?world=blue", "docs", "blue"),
        (PAGE, "__mockbot__/docs", "default"),
        ("/w/blue/docs", "../../__mockbot__/docs", "blue"),
        ("/w/default/docs", "../../__mockbot__/docs", "default"),
    ],
)
async def test_the_page_names_its_world_and_where_its_files_are(
    strict: Client, target: str, base: str, world: str
) -> None:
    reply = await strict.get(target, headers=REMOTE)
    assert is_page(reply)
    assert base_of(reply) == base
    assert f'data-world="{world}"' in reply.body.decode()


async def test_a_world_can_be_named_in_a_header(strict: Client) -> None:
    reply = await strict.get(PAGE, headers=[("X-Mockbot-World", "blue")])
    assert base_of(reply) == "__mockbot__/docs"
    assert 'data-world="blue"' in reply.body.decode()


@pytest.mark.parametrize("target", [f"{ANYWHERE}/{name}" for name in FILES])
async def test_the_files_of_the_page_are_open_and_their_own(client: Client, target: str) -> None:
    reply = await client.get(target, headers=REMOTE)
    assert reply.status == 200
    assert reply.body == (FOLDER / target.removeprefix("/__mockbot__/")).read_bytes()
    again = await client.get(target, headers=[("If-None-Match", reply.header("etag") or "")])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "name",
    ["", "nope.js", "../page.js", "../../reference.py", "%2e%2e/page.js", "\x00", "swagger-ui", "x" * 5000, "\ud800"],
)
async def test_there_are_no_other_files(client: Client, name: str) -> None:
    reply = await client.get(f"{ANYWHERE}/{name}")
    assert reply.status == 404


async def test_the_page_may_run_its_own_files_and_ask_its_own_host_only(client: Client) -> None:
    reply = await client.get(ANYWHERE)
    policy = dict(part.split(" ", 1) for part in (reply.header("content-security-policy") or "").split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in " ".join(policy.values())
    assert not re.search(r"<script>|<style|\son\w+=|style=|https?:", reply.body.decode())


async def test_the_name_of_a_world_is_text(client: Client) -> None:
    reply = await client.get(f'{ANYWHERE}?world="><script>alert(1)</script>')
    assert is_page(reply)
    assert b"<script>alert" not in reply.body


async def test_the_document_is_the_contract_of_the_world(client: Client) -> None:
    await client.request("PUT", "/__mockbot__/worlds/new", {"astrbot": "4.29.3"}, headers=[("Host", "localhost")])
    old = (await client.get(f"{ANYWHERE}/openapi.json", headers=REMOTE)).json
    new = (await client.get(f"{ANYWHERE}/openapi.json?world=new", headers=REMOTE)).json
    assert "/api/v1/chat/sessions/new" not in old["paths"]
    assert "/api/v1/chat/sessions/new" in new["paths"]
    assert (await client.get(f"{ANYWHERE}/openapi.json?world=none")).json == old
    assert [world.name for world in client.app.worlds] == ["default", "new"]


@pytest.mark.parametrize("at", ["", "/w/w"])
async def test_in_observe_the_imitated_server_answers_at_docs(client: Client, at: str) -> None:
    assert not is_page(await client.get(f"{at}{PAGE}"))
    assert is_page(await client.get(ANYWHERE))


@pytest.mark.parametrize("path", ["/docs", "/{name}", "/docs/{name}"])
async def test_a_document_with_a_path_of_its_own_there_answers_itself(tmp_path: Path, path: str) -> None:
    operation: Any = {"responses": {"200": {"description": "x", "content": {"text/plain": {"example": "own"}}}}}
    if "{" in path:
        operation["parameters"] = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {path: {"get": operation}}}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    client = Client(create_app(Settings(spec=str(tmp_path / "spec.json")), log=lambda _: None), FrozenClock(), [])
    assert is_page(await client.get(PAGE)) == (path == "/docs/{name}")
    assert (await client.get(path.replace("{name}", "docs"))).body == b"own"
    assert is_page(await client.get(ANYWHERE))


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_only_get_and_head_show_it(strict: Client, method: str) -> None:
    assert not is_page(await strict.request(method, PAGE))
    refused = await strict.request(method, ANYWHERE)
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD")
    assert (await strict.request("HEAD", PAGE)).body == b""


async def test_the_page_is_in_no_journal(strict: Client) -> None:
    await strict.get(PAGE)
    assert strict.entries == []


def test_the_viewer_is_of_the_version_that_the_command_fetches() -> None:
    command = (ROOT / ".ci" / "vendor").read_text("utf-8")
    version = re.search(r"^vendor swagger-ui-dist (\S+)", command, re.MULTILINE)
    assert version
    assert f'"{version[1]}"' in (FOLDER / "docs/swagger-ui/swagger-ui-bundle.js").read_text("utf-8")
