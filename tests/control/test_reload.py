"""A reload: what it reads, what it changes, and what stays."""

import gc
import logging
import shutil
import weakref
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockbot.app import create_app
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.conftest import Client, Reply
from tests.control.conftest import Control
from tests.generic.shop import SHOP, THING

PUBLISHED = Path(__file__).parents[2] / "openapi.json"
pytestmark = pytest.mark.anyio
SCRIPTS = """
- name: first
  times: 2
  when: {operation: GET /things}
  answer: {json: [{id: 7, name: x}]}
- name: stream
  when: {operation: GET /events}
  events: [{data: {n: 1}}, {data: {n: 2}}]
"""


@dataclass
class Edited(Control):
    """A server of files that a test edits."""

    folder: Path

    def write(self, name: str, content: Any) -> None:
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        (self.folder / name).write_text(text, "utf-8")

    async def reload(self, status: int = 200) -> Any:
        return await self.json("POST", "reload", status=status)

    async def things(self, at: str = "") -> Reply:
        return await self.client.request("GET", f"{at}/things", headers=[])


def served(folder: Path, **options: Any) -> Edited:
    clock = FrozenClock()
    app = create_app(Settings(pace_ms=0, **options), clock=clock, log=lambda _: None)
    return Edited(Client(app, clock, []), folder)


@pytest.fixture
def shop(tmp_path: Path) -> Edited:
    """A server of a document, a fixture and scripts."""
    for name, content in {"shop.yaml": SHOP, "fixture.yaml": "keys: []\n", "scripts.yaml": SCRIPTS}.items():
        (tmp_path / name).write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
    paths = {"spec": str(tmp_path / "shop.yaml"), "fixture": str(tmp_path / "fixture.yaml")}
    return served(tmp_path, scripts=tmp_path / "scripts.yaml", **paths)


def other_shop() -> dict[str, Any]:
    """Return the document with a new operation, without /events and /picture, and with names that are numbers."""
    document = deepcopy(SHOP)
    paths = document["paths"]
    paths["/new"] = paths.pop("/picture")
    del paths["/events"]
    row = {**THING, "properties": {"id": {"type": "integer"}, "name": {"type": "integer"}}}
    content = paths["/things"]["get"]["responses"]["200"]["content"]
    content["application/json"] = {"schema": {"type": "array", "minItems": 1, "items": row}}
    return document


async def test_a_new_document_answers_and_validates_the_requests_that_follow(shop: Edited) -> None:
    shop.write("shop.yaml", other_shop())
    shop.write("scripts.yaml", "[]")
    found = await shop.reload()
    assert found["document"] == {
        "changed": ["GET /things"],
        "new": ["GET /new"],
        "removed": ["GET /events", "GET /picture"],
    }
    assert [type(row["name"]) for row in (await shop.things()).json] == [int]
    assert (await shop.client.get("/new", headers=[])).status == 200
    assert (await shop.client.get("/picture", headers=[])).status == 404
    assert yaml.safe_load((await shop.client.get("/openapi.json", headers=[])).body)["paths"].keys() == (
        other_shop()["paths"].keys()
    )
    assert "/new" in (await shop.get("contract"))["paths"]
    kept = list(shop.client.world.journal)
    assert [entry.operation for entry in kept] == ["GET /things", "GET /new", None]
    assert [violation.rule for violation in kept[2].violations] == ["paths"]


async def test_a_stream_that_is_open_ends_as_it_began(shop: Edited) -> None:
    stream = shop.client.begin("GET", "/events", headers=[])
    assert await stream.frame() == {"n": 1}
    stream.stall()
    shop.write("shop.yaml", other_shop())
    shop.write("scripts.yaml", "[]")
    await shop.reload()
    stream.resume()
    reply = await stream.reply()
    assert (reply.whole, reply.frames) == (True, [{"n": 1}, {"n": 2}])
    assert (await shop.client.get("/events", headers=[])).status == 404


async def test_a_file_that_the_document_refers_to_is_read_again(tmp_path: Path) -> None:
    document = deepcopy(SHOP)
    document["paths"] = {"/thing": document["paths"]["/things/{id}"]}
    operation = document["paths"]["/thing"]["get"]
    del operation["parameters"]
    operation["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": "parts/thing.yaml"}
    (tmp_path / "parts").mkdir()
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(document))
    (tmp_path / "parts" / "thing.yaml").write_text("{type: string, const: old}")
    server = served(tmp_path, spec=str(tmp_path / "api.yaml"))
    assert (await server.client.get("/thing", headers=[])).json == "old"
    server.write("parts/thing.yaml", "{type: string, const: new}")
    assert (await server.reload())["document"] is not None
    assert (await server.client.get("/thing", headers=[])).json == "new"


async def test_worlds_of_astrbot_keep_their_state_when_its_document_changes(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    shutil.copy(PUBLISHED, file)
    server = served(tmp_path, spec=str(file), astrbot="4.19.4")
    for at in ("", "/w/a"):
        assert (await server.client.chat("hello", at)).status == 200
    text = file.read_text("utf-8").replace('"/api/v1/configs"', '"/api/v1/settings"')
    file.write_text(text, "utf-8")
    await server.reload()
    for at in ("", "/w/a"):
        rows = (await server.client.get(f"{at}/api/v1/chat/sessions?username=alice")).json["data"]["sessions"]
        assert "s" in [row["session_id"] for row in rows]
        assert (await server.client.get(f"{at}/api/v1/configs")).status == 404
    assert len(server.client.world.journal) == 3


async def test_an_old_document_is_freed(shop: Edited) -> None:
    await shop.things()
    stream = shop.client.begin("GET", "/events", headers=[])
    await stream.frame()
    before = weakref.ref(shop.client.app.profile.document)
    shop.write("shop.yaml", other_shop())
    shop.write("scripts.yaml", "[]")
    await shop.reload()
    stream.resume()
    await stream.reply()
    await shop.things()
    await shop.get("worlds/default/verdict")
    del stream
    gc.collect()
    assert before() is None


async def test_a_document_that_is_the_same_is_not_made_again(shop: Edited) -> None:
    before = shop.client.app.profile
    assert (await shop.reload())["message"] == "nothing has changed"
    assert shop.client.app.profile is before
    shop.write("shop.yaml", yaml.safe_dump(SHOP) + "# a comment\n")
    assert (await shop.reload())["document"] is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("openapi: 3.1.0\npaths: 7\n", "shop.yaml:2: /paths: must be an object"),
        ("openapi: 3.1.0\n  paths:\n", "shop.yaml:2: not well-formed YAML"),
        (yaml.safe_dump(other_shop()), "scripts.yaml:7: /1/when/operation: there is no operation 'GET /events'"),
    ],
)
async def test_a_document_that_cannot_be_used_changes_nothing(shop: Edited, text: str, reason: str) -> None:
    before = shop.client.app.profile
    shop.write("shop.yaml", text)
    for _ in range(2):
        assert reason in (await shop.reload(422))["detail"]
        assert reason in (await shop.json("GET", "health", status=503))["detail"]
        assert (await shop.things()).json == [{"id": 7, "name": "x"}]
    assert shop.client.app.profile is before
    shop.write("shop.yaml", SHOP)
    assert (await shop.reload())["message"] == "nothing has changed"
    assert await shop.get("health") == {"status": "ok"}


async def test_every_world_of_the_servers_fixture_gets_its_scripts_and_keeps_its_state(shop: Edited) -> None:
    await shop.json("PUT", "worlds/own", {"fixture": {"scripts": []}}, 201)
    for at in ("", "/w/a", "/w/own"):
        await shop.things(at)
    added = [{"name": "added", "when": {"operation": "GET /things"}, "requires": {"s": "on"}, "answer": {"json": []}}]
    await shop.json("POST", "worlds/a/scripts", added)
    await shop.json("PUT", "worlds/a/states", {"s": "off"})
    third = "- name: third\n  when: {operation: GET /things}\n  answer: {json: [{id: 3, name: y}]}\n"
    shop.write("scripts.yaml", SCRIPTS + third)
    assert (await shop.reload())["scripts"] == {"changed": [], "new": ["third"], "removed": []}
    for at in ("", "/w/a"):
        assert [(await shop.things(at)).json[0]["id"] for _ in range(2)] == [7, 3]  # the first had been used once
    assert (await shop.things("/w/own")).json == []
    scripts = await shop.get("worlds/a/scripts")
    assert [script["name"] for script in scripts["scripts"]] == ["added", "first", "stream", "third"]
    assert scripts["states"] == {"s": "off"}
    assert [len(world.journal) for world in shop.client.app.worlds] == [3, 3, 2]


async def test_a_reload_makes_no_scripts_for_a_world_that_has_used_none(shop: Edited) -> None:
    await shop.json("PUT", "worlds/unused", {}, 201)
    shop.write(
        "scripts.yaml", "- name: other\n  when: {operation: GET /things}\n  answer: {json: [{id: 9, name: z}]}\n"
    )
    await shop.reload()
    assert "scripts" not in vars(shop.client.app.worlds.get("unused"))
    assert (await shop.things("/w/unused")).json[0]["id"] == 9


async def test_other_data_of_the_fixture_makes_only_the_default_world_again(shop: Edited) -> None:
    await shop.json("PUT", "worlds/default", {"seed": 5, "clock": "frozen"})
    for at in ("", "/w/a"):
        await shop.things(at)
    shop.write("fixture.yaml", "keys: [{key: other}]\nstates: {a: b}\n")
    found = await shop.reload()
    assert (found["fixture"], found["renewed"]) == (["keys", "states"], True)
    assert found["message"] == "fixture: keys, states changed, so the default world starts anew"
    default, other = await shop.get("worlds/default"), await shop.get("worlds/a")
    assert (default["entries"], default["key"], default["seed"], default["clock"]) == (0, "other", 5, "frozen")
    assert (other["entries"], other["key"]) == (1, "")
    assert (await shop.json("POST", "worlds/a/reset"))["key"] == "other"


async def test_a_default_world_with_a_fixture_of_its_own_stays(shop: Edited) -> None:
    await shop.json("PUT", "worlds/default", {"fixture": {"keys": [{"key": "mine"}]}})
    shop.write("fixture.yaml", "keys: [{key: other}]\n")
    assert (await shop.reload())["renewed"] is False
    assert (await shop.get("worlds/default"))["key"] == "mine"


async def test_a_behaviour_is_replaced_and_other_faults_stay(tmp_path: Path) -> None:
    file = tmp_path / "behaviour.yaml"
    file.write_text("faults: [bom]\n")
    server = served(tmp_path, behaviour=file)
    await server.client.chat("hello")
    await server.json("POST", "worlds/default/faults", {"fault": "stall", "operation": "POST /api/v1/file"}, 201)
    server.write("behaviour.yaml", "script: {run: [{say: new}]}\nfaults: [comments]\n")
    found = await server.reload()
    assert (found["behaviour"], found["message"]) == (True, "behaviour: changed")
    armed = (await server.get("worlds/default/faults"))["faults"]
    assert [each["fault"]["name"] for each in armed] == ["stall", "comments"]
    assert len(server.client.world.journal) == 1
    assert next(iter(server.client.world.scripts)).name == f"{file}:1"


async def test_rows_of_a_collection_stay_and_are_shown_as_the_new_document_has_them(tmp_path: Path) -> None:
    document = deepcopy(SHOP)
    create = document["paths"]["/things"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"] = {"type": "object"}
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(document))
    server = served(tmp_path, spec=str(tmp_path / "shop.yaml"), stateful=True)
    made = await server.client.request("POST", "/things", {"name": "a", "tag": "t"}, headers=[])
    assert made.status == 201
    assert (await server.things()).json == [{"id": 1, "name": "a", "tag": "t"}]
    thing = document["paths"]["/things/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    thing["properties"]["tag"] = {"type": "integer"}  # the list has the same schema
    server.write("shop.yaml", document)
    await server.reload()
    assert (await server.things()).json == [{"id": 1, "name": "a"}]


async def test_the_log_has_one_line_for_a_reload(shop: Edited, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mockbot")
    await shop.reload()
    shop.write("scripts.yaml", SCRIPTS.replace("id: 7", "id: 8"))
    await shop.reload()
    shop.write("scripts.yaml", "7")
    for _ in range(2):
        await shop.reload(422)
    shop.write("scripts.yaml", "[]")
    await shop.reload()
    assert [record.getMessage().replace(f"{shop.folder}/", "") for record in caplog.records] == [
        "reload: scripts: 1 changed (first)",
        "reload: scripts.yaml:1: /: the file must be an array or an object, got the number 7",
        "reload: everything stays as it was read before, and unhealthy until this is mended",
        "reload: mended; scripts: 2 removed (first, stream)",
    ]
