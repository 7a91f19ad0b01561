import asyncio
import threading

import pytest

from mockbot.journal.key_forms import Found
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World
from tests.conftest import KEY, make_client
from tests.control.conftest import Control

pytestmark = pytest.mark.anyio


async def test_a_world_is_made_with_the_settings_in_the_request(control: Control) -> None:
    given = {
        "fixture": "empty",
        "seed": 7,
        "clock": "frozen",
        "pace": 5,
        "contract": "observe",
        "strict_scripts": True,
    }
    world = await control.json("PUT", "worlds/ci-7", given, 201)
    assert world.items() >= {**given, "name": "ci-7", "base_path": "/w/ci-7", "sessions": 0}.items()
    assert await control.get("worlds/ci-7") == world


async def test_fields_that_are_left_out_have_the_values_of_the_server(control: Control) -> None:
    world = await control.json("PUT", "worlds/a", {}, 201)
    assert world.items() >= {"fixture": "default", "seed": "0/a", "clock": "running", "contract": "enforce"}.items()
    assert world["key"] == "abk_demo"


async def test_each_world_has_its_own_mode_and_strictness(control: Control) -> None:
    await control.json("PUT", "worlds/loose", {"contract": "observe"}, 201)
    await control.json("PUT", "worlds/exact", {"strict_scripts": True}, 201)
    client = control.client
    assert (await client.request("GET", "/api/v1/chat/sessions?page=0&username=alice")).status == 400
    loose = await client.request("GET", "/w/loose/api/v1/chat/sessions?page=0&username=alice")
    assert (loose.status, loose.json["status"]) == (200, "ok")
    assert (await client.chat("no script for this")).status == 200
    assert (await client.chat("no script for this", at="/w/exact")).status == 400


async def test_a_fixture_can_be_in_the_request(control: Control) -> None:
    fixture = {"extends": "empty", "keys": [{"key": "mine"}], "scripts": [{"name": "hi", "run": [{"say": "hello"}]}]}
    world = await control.json("PUT", "worlds/a", {"fixture": fixture}, 201)
    assert (world["key"], world["fixture"]) == ("mine", "fixture")


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("nowhere", "nowhere: no such fixture"),
        ("/etc/passwd", "/etc/passwd: no such fixture"),
        ({"extends": "../fixtures/default.yaml"}, "no such fixture"),
        ({"extends": "/etc/passwd"}, "no such fixture"),
        ({"scripts": ["scripts/default.yaml"]}, "/scripts/0: a fixture sent over HTTP cannot name files"),
        ({"keys": [{"key": 1}], "bots": 7}, "/keys/0/key"),
        ({"scripts": [{"when": {"message": {"regex": "("}}, "run": []}]}, "not a regular expression"),
        ({"attachments": [{"id": "a", "filename": "b", "type": "file", "base64": "?"}]}, "not Base64"),
    ],
)
async def test_a_fixture_that_cannot_be_used_changes_nothing(control: Control, fixture: object, reason: str) -> None:
    before = snapshot(control.client.world)
    refused = await control.json("PUT", "worlds/default", {"fixture": fixture}, 422)
    assert reason in refused["detail"]
    assert snapshot(control.client.world) == before


async def test_a_frozen_clock_starts_at_the_given_time_and_is_advanced(control: Control) -> None:
    await control.json("PUT", "worlds/a", {"clock": "frozen", "start": "2030-01-01T00:00:00+01:00"}, 201)
    assert (await control.get("worlds/a/clock"))["now"] == "2029-12-31T23:00:00+00:00"
    moved = await control.json("POST", "worlds/a/clock/advance", {"seconds": 90.5})
    assert moved == {"now": "2029-12-31T23:01:30.500000+00:00", "unix": 1893452490.5, "clock": "frozen"}
    await control.json("POST", "worlds/a/reset")
    assert (await control.get("worlds/a/clock"))["now"] == "2029-12-31T23:00:00+00:00"


async def test_a_running_clock_starts_at_the_given_time(control: Control) -> None:
    await control.json("PUT", "worlds/a", {"start": "2030-01-01T00:00:00Z"}, 201)
    assert (await control.get("worlds/a/clock"))["now"].startswith("2030-01-01T00:00:0")


async def test_clocks_stop_at_the_last_date(control: Control) -> None:
    await control.json("PUT", "worlds/a", {"clock": "frozen"}, 201)
    for _ in range(300):
        control.client.app.worlds.get("a").clock.advance(1e9)
    assert (await control.json("POST", "worlds/a/clock/advance", {"seconds": 1e9}))["now"].startswith("9000-01-01")
    assert (await control.client.chat("hello", at="/w/a")).whole


@pytest.mark.parametrize("start", ["2030-01-01T00:00:00", "yesterday", "1969-01-01T00:00:00Z", "9999-01-01T00:00:00Z"])
async def test_an_invalid_start_is_refused(control: Control, start: str) -> None:
    assert (await control.request("PUT", "worlds/a", {"start": start})).status in (400, 422)


async def test_a_snapshot_can_be_loaded(control: Control) -> None:
    await control.client.chat("hello", at="/w/a")
    await control.client.upload("a.txt", b"\xff\x00", at="/w/a")
    saved = await control.get("worlds/a/snapshot")
    await control.json("PUT", "worlds/b", {"fixture": saved}, 201)
    assert await control.get("worlds/b/snapshot") == saved


async def test_reset_brings_a_world_back_to_its_start(control: Control) -> None:
    await control.json("PUT", "worlds/a", {"clock": "frozen", "contract": "observe"}, 201)
    before = await control.get("worlds/a/snapshot")
    await control.client.chat("hello", at="/w/a")
    assert await control.get("worlds/a/snapshot") != before
    world = await control.json("POST", "worlds/a/reset")
    assert world.items() >= {"entries": 0, "contract": "observe", "clock": "frozen"}.items()
    assert await control.get("worlds/a/snapshot") == before


@pytest.mark.parametrize(
    "sent", [("DELETE", "worlds/a", None), ("POST", "worlds/a/reset", None), ("PUT", "worlds/a", {})]
)
async def test_streams_of_a_removed_or_replaced_world_end(control: Control, sent: tuple[str, str, object]) -> None:
    scripts = [{"name": "slow", "run": [{"say": "one"}, {"wait": "1m"}, {"say": "two"}]}]
    await control.json("PUT", "worlds/a", {}, 201)
    await control.json("POST", "worlds/a/scripts", scripts)
    chat = control.client.open("hello", at="/w/a")
    while "one" not in str((await chat.frame())["data"]):
        pass
    reader = control.client.begin("GET", "/__mockbot__/worlds/a/journal/stream", headers=[("Host", "localhost")])
    await control.client.settle()
    assert (await control.get("worlds/a"))["streams"] == 1
    assert (await control.request(*sent)).status in (200, 204)
    assert not (await chat.reply()).whole
    assert (await reader.reply()).whole


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
async def test_a_stream_of_a_removed_world_ends_between_two_frames(version: str) -> None:
    control = Control(make_client(contract="enforce", astrbot=version))
    await control.json("PUT", "worlds/a", {"clock": "running", "pace": 60_000}, 201)
    chat = control.client.open("hello", at="/w/a")
    await chat.frame()
    await control.client.settle()
    await control.json("DELETE", "worlds/a", status=204)
    assert not (await chat.reply()).whole


@pytest.mark.parametrize("fault", ["delay;seconds=3600", "stall;after=1;seconds=3600", "drip;seconds=3600"])
async def test_a_fault_of_a_removed_world_waits_no_longer(control: Control, fault: str) -> None:
    await control.json("PUT", "worlds/a", {}, 201)
    wish = ("Prefer", f"fault={fault}")
    slow = control.client.begin("GET", "/w/a/api/v1/im/bots", headers=[KEY, wish])
    await control.client.settle()
    await control.json("DELETE", "worlds/a", status=204)
    reply = await asyncio.wait_for(slow.reply(), 60)
    assert (reply.status, reply.whole) == (200, True)


async def test_delete_removes_a_world(control: Control) -> None:
    await control.json("PUT", "worlds/a", {}, 201)
    assert (await control.request("DELETE", "worlds/a")).status == 204
    assert (await control.request("DELETE", "worlds/a")).status == 404
    assert [world["name"] for world in (await control.get("worlds"))["worlds"]] == ["default"]


async def test_the_list_has_the_longest_unused_world_first_and_no_keys(control: Control) -> None:
    for name in ("a", "b", "c"):
        await control.client.request("GET", f"/w/{name}/api/v1/im/bots", headers=[KEY])
    await control.client.request("GET", "/w/a/api/v1/im/bots", headers=[KEY])
    listed = await control.get("worlds")
    assert [world["name"] for world in listed["worlds"]] == ["default", "b", "c", "a"]
    assert [world["entries"] for world in listed["worlds"]] == [0, 1, 1, 2]
    assert "abk_demo" not in str(listed)


async def test_a_lost_attachment_keeps_its_record(control: Control) -> None:
    uploaded = (await control.client.upload("a.png", b"x", "image/png", at="/w/a")).json["data"]["attachment_id"]
    assert (await control.request("POST", "worlds/a/attachments/lose", {"attachment_id": uploaded})).status == 204
    (record,) = [row for row in (await control.get("worlds/a/snapshot"))["attachments"] if row["id"] == uploaded]
    assert record["gone"] is True
    assert (await control.request("POST", "worlds/a/attachments/lose", {"attachment_id": "other"})).status == 404


async def test_what_finds_the_keys_of_a_new_world_is_made_in_a_thread(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 10,000 keys it takes a quarter of a second."""
    threads = list[bool]()

    def finder(keys: frozenset[str]) -> Found:
        threads.append(threading.current_thread() is threading.main_thread())
        return None, 64

    monkeypatch.setattr("mockbot.journal.secrets.finder", finder)
    fixture = {"version": 1, "keys": [{"key": f"abk_number_{number}"} for number in range(3)]}
    await control.json("PUT", "worlds/a", {"fixture": fixture}, status=201)
    await control.client.get("/w/a/api/v1/im/bots", headers=[("X-API-Key", "abk_number_1")])
    await control.json("POST", "worlds/a/reset")
    await control.client.get("/w/a/api/v1/im/bots", headers=[("X-API-Key", "abk_number_2")])
    assert threads == [False, False]


async def test_a_world_that_is_removed_during_its_reset_stays_removed(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.json("PUT", "worlds/a", {}, 201)
    fresh, worlds = World.fresh, control.client.app.worlds

    def removed(world: World) -> World:
        worlds.remove("a")
        return fresh(world)

    monkeypatch.setattr(World, "fresh", removed)
    await control.json("POST", "worlds/a/reset", status=404)
    assert worlds.find("a") is None


async def test_a_world_that_is_replaced_during_its_reset_is_the_new_one(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.json("PUT", "worlds/a", {"seed": 1}, 201)
    fresh, worlds = World.fresh, control.client.app.worlds
    other = (await control.json("PUT", "worlds/b", {"seed": 2}, 201), worlds.find("b"))[1]
    assert other is not None

    def replaced(world: World) -> World:
        other.name = "a"
        worlds.put(other)
        return fresh(world)

    monkeypatch.setattr(World, "fresh", replaced)
    assert (await control.json("POST", "worlds/a/reset"))["seed"] == 2
    assert worlds.find("a") is other
