import asyncio
from pathlib import Path

import pytest

from mockbot.app import create_app
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.conftest import KEY, Client
from tests.control.conftest import LOCAL, Control

pytestmark = pytest.mark.anyio
FIXTURE = "keys: [{key: abk_demo}]\nproviders: [{id: p}]\nscripts: [{name: one, run: [{say: first}]}]\n"


@pytest.fixture
def fixture(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(FIXTURE, "utf-8")
    return path


def edit(fixture: Path, text: str) -> None:
    fixture.write_text(text, "utf-8")


@pytest.fixture
def filed(fixture: Path) -> Control:
    """An application that started from a fixture in a file."""
    clock = FrozenClock()
    settings = Settings(fixture=str(fixture), pace_ms=0)
    return Control(Client(create_app(settings, clock=clock, log=lambda _: None), clock, []))


async def test_health(control: Control) -> None:
    assert await control.get("health") == {"status": "ok"}


async def test_version_names_mockbot_astrbot_and_the_contract(control: Control) -> None:
    version = await control.get("version")
    assert version["astrbot"] == "4.19.4"
    assert version["contract"].startswith("sha256:")


async def test_contract_is_the_effective_contract(control: Control) -> None:
    assert await control.get("contract") == control.client.app.profile.document.effective


async def test_new_scripts_are_used_at_once_and_the_world_stays(filed: Control, fixture: Path) -> None:
    await filed.client.chat("x")
    edit(fixture, FIXTURE.replace("first", "second"))
    assert (await filed.json("POST", "reload"))["status"] == "ok"
    assert "=second" in (await filed.client.chat("x", enable_streaming=False)).types
    assert len(filed.client.world.journal) == 2


async def test_a_new_fixture_replaces_only_the_default_world(filed: Control, fixture: Path) -> None:
    await filed.json("PUT", "worlds/old", {}, 201)
    await filed.client.chat("x")
    edit(fixture, FIXTURE.replace("abk_demo", "abk_other"))
    await filed.json("POST", "reload")
    assert len(filed.client.world.sessions) == 0
    assert filed.client.app.key == "abk_other"
    assert (await filed.get("worlds/old"))["key"] == "abk_demo"
    assert (await filed.json("PUT", "worlds/new", {}, 201))["key"] == "abk_other"


async def test_a_bad_file_changes_nothing_and_health_is_503_until_it_is_good_again(
    filed: Control, fixture: Path
) -> None:
    edit(fixture, "keys: 7\n")
    refused = await filed.json("POST", "reload", status=422)
    assert "mine.yaml:1: /keys" in refused["detail"]
    assert "=first" in (await filed.client.chat("x", enable_streaming=False)).types
    assert (await filed.json("GET", "health", status=503))["detail"] == refused["detail"]
    edit(fixture, FIXTURE)
    await filed.json("POST", "reload")
    assert await filed.get("health") == {"status": "ok"}


async def test_health_has_no_reason_for_other_clients(filed: Control, fixture: Path) -> None:
    edit(fixture, "keys: 7\n")
    await filed.json("POST", "reload", status=422)
    reply = await filed.request("GET", "health", headers=[("Host", "mockbot.example")])
    assert reply.status == 503
    assert "mine.yaml" not in reply.json["detail"]


async def test_shutdown_stops_the_server_after_its_response(control: Control) -> None:
    stopped = asyncio.Event()
    control.client.app.serving.stop = stopped.set
    assert await control.json("POST", "shutdown", status=202) == {"status": "ok"}
    await asyncio.wait_for(stopped.wait(), 1)
    assert (await control.request("GET", "health")).status == 503


async def test_shutdown_without_a_server_is_refused(control: Control) -> None:
    assert (await control.request("POST", "shutdown")).status == 409


async def test_an_api_key_gives_no_access(control: Control) -> None:
    reply = await control.request("GET", "worlds", headers=[("Host", "evil.example"), KEY])
    assert reply.status == 403
    assert (await control.request("GET", "worlds", headers=[LOCAL])).status == 200
