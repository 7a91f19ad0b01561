"""What a test can set up in a world and make assertions on, over the control API."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.testing import MockBot, World
from tests.testing.conftest import ask, chat

CHAT = "POST /api/v1/chat"
GREET = {"name": "greet", "when": {"message": "hi"}, "run": [{"say": "hello"}]}


def test_two_worlds_with_one_seed_give_equal_responses_and_share_nothing(server: MockBot) -> None:
    with server.world(seed=7) as one, server.world(seed=7) as other:
        assert one.name != other.name
        assert chat(one, "hi", session_id=None) == chat(other, "hi", session_id=None)
        chat(one, "again")
        assert len(one.journal.entries()) == 2
        assert len(other.journal.entries()) == 1


def test_a_world_has_the_given_options(server: MockBot) -> None:
    options: dict[str, Any] = {
        "fixture": "empty",
        "contract": "observe",
        "strict_scripts": True,
        "pace": 5,
        "frozen": False,
    }
    with server.world("chosen", **options, seed=3, scripts=[GREET]) as world:
        row = server.control.ask("GET", "worlds/chosen")
        assert [script.name for script in world.scripts.list()] == ["greet"]
    assert {name: row[name] for name in ("fixture", "contract", "strict_scripts", "pace", "clock", "seed")} == {
        "fixture": "empty",
        "contract": "observe",
        "strict_scripts": True,
        "pace": 5,
        "clock": "running",
        "seed": 3,
    }


def test_creating_a_world_again_removes_the_old_one(server: MockBot) -> None:
    chat(server.world("twice"), "hi")
    with server.world("twice") as world:
        assert world.journal.entries() == ()


def test_a_fixture_file_includes_the_files_it_names(server: MockBot, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("extends: default\nbots: [{id: base}]\ntools: [t]", encoding="utf-8")
    (tmp_path / "more.yaml").write_text(json.dumps({"scripts": [GREET]}), encoding="utf-8")
    ours = tmp_path / "ours.yaml"
    ours.write_text("extends: base.yaml\nbots: [{id: ours}]\nscripts: [more.yaml]", encoding="utf-8")
    with server.world(fixture=ours) as world:
        state = world.snapshot()
        assert [bot["id"] for bot in state["bots"]] == ["ours"]
        assert [script["name"] for script in state["scripts"]] == ["greet"]
        assert (state["tools"], state["keys"][0]["key"]) == (["t"], "abk_demo")


def test_a_mistake_in_a_fixture_file_is_named_with_its_line(server: MockBot, tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text("bots:\n  - {name: x}", encoding="utf-8")
    with pytest.raises(UserError, match=r"ours\.yaml:2: /bots/0"):
        server.world(fixture=ours)


def test_scripts_are_added_in_front_listed_and_removed(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(json.dumps([GREET | {"times": 2}]), encoding="utf-8")
    (added,) = world.scripts.add(tmp_path)
    assert (added.name, added.used, added.left) == ("greet", 0, 2)
    assert "hello" in chat(world, "hi")[1]
    assert [(script.name, script.used) for script in world.scripts.unused()] == [("greet", 1)]
    chat(world, "hi")
    assert world.scripts.unused() == ()
    world.scripts.clear("greet")
    assert "greet" not in [script.name for script in world.scripts.list()]
    world.scripts.clear()
    assert world.scripts.list() == ()
    assert world.scripts.add() == ()


def test_a_client_that_joins_urls_reaches_the_world_by_its_key(server: MockBot, world: World) -> None:
    with server.world() as other:
        assert other.key != world.key
        for each in (world, other):
            url = urllib.parse.urljoin(f"{each.base_url}/", "/api/v1/im/bots")
            assert url == f"{server.base_url}/api/v1/im/bots"
            request = urllib.request.Request(url, headers={"X-API-Key": each.key})
            with urllib.request.urlopen(request, timeout=10) as response:
                assert response.headers["X-Mockbot-World"] == each.name
            each.verify("GET /api/v1/im/bots", count=1)


def test_a_world_can_have_a_given_key(server: MockBot) -> None:
    with server.world(key="my-key") as world:
        assert world.key == "my-key"
        assert chat(world, "hi")[0] == 200


def test_verify_says_that_the_client_has_lost_its_world(server: MockBot, world: World) -> None:
    request = urllib.request.Request(f"{server.base_url}/api/v1/im/bots", headers={"X-API-Key": server.key})
    urllib.request.urlopen(request, timeout=10).close()
    with pytest.raises(AssertionError, match="1 such request reached the default world") as failed:
        world.verify("GET /api/v1/im/bots")
    assert f"the client has lost the prefix /w/{world.name}" in str(failed.value)


def test_scripts_follow_states(world: World) -> None:
    world.scripts.add({"when": {}, "requires": {"mood": "bad"}, "run": [{"say": "go away"}]})
    world.scripts.set_states(mood="bad")
    assert "go away" in chat(world, "hi")[1]


@pytest.mark.parametrize("text", ["just: text", "text", "42"])
def test_a_file_without_scripts_is_reported(world: World, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"a\.yaml: a script file is a list of scripts"):
        world.scripts.add(tmp_path / "a.yaml")


def test_faults_change_the_next_responses(world: World) -> None:
    world.faults.arm("status", status=429, retry_after=2, times=2, operation=CHAT, skip=1)
    assert [(fault["fault"]["name"], fault["left"], fault["skip"]) for fault in world.faults.list()] == [
        ("status", 2, 1)
    ]
    assert [chat(world, "hi")[0] for _ in range(3)] == [200, 429, 429]
    world.faults.arm("cut")
    world.faults.clear()
    assert chat(world, "hi")[0] == 200
    world.faults.arm("text", what="framing")
    assert "data: x\\n\\nid: 1" in chat(world, "hi")[1]
    assert world.journal.entries()[1].faults == ("status",)
    with pytest.raises(UserError, match="explode"):
        world.faults.arm("explode")


def test_an_entry_has_the_whole_exchange(world: World) -> None:
    world.scripts.add(GREET)
    chat(world, "hi")
    entry = world.journal.last(CHAT)
    assert (entry.id, entry.operation, entry.status, entry.ended, entry.script) == (
        "e1",
        CHAT,
        200,
        "complete",
        "greet",
    )
    assert entry.json == {"username": "ada", "session_id": "s", "message": "hi"}
    assert entry.header("Content-TYPE") == "application/json"
    assert entry.header("X-API-Key") == "abk_***"
    assert entry.header("nope") is None
    assert [event["type"] for event in entry.events][:2] == ["session_id", "plain"]
    assert len(entry.chunks) == len(entry.events)
    assert entry.response_body.startswith(b"data: ")
    assert str(entry) == f"e1 POST /w/{world.name}/api/v1/chat -> 200"


def test_an_entry_tells_what_broke_the_contract(world: World) -> None:
    ask(world, "GET", "chat/sessions?username=ada&page=0")
    (violation,) = world.journal.last().violations
    assert (violation.part, violation.at, violation.rule, violation.value) == ("query", "/page", "minimum", 0)
    assert str(violation) == "query /page: `page` must be at least 1, got 0 (minimum)"


def test_entries_by_page_by_operation_and_since(world: World) -> None:
    for _ in range(101):
        ask(world, "GET", "im/bots")
    chat(world, "hi")
    assert [len(world.journal.entries(name)) for name in (None, CHAT, "GET /api/v1/im/bots", "GET /x")] == [
        102,
        1,
        101,
        0,
    ]
    assert [entry.id for entry in world.journal.entries(since="e100")] == ["e101", "e102"]
    world.journal.clear()
    assert world.journal.entries() == ()


def test_a_binary_body_comes_back_as_it_was(world: World) -> None:
    body = b"\xff\xfe"
    request = urllib.request.Request(f"{world.base_url}/api/v1/chat", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)
    refusal.value.close()
    assert world.journal.last().body == body


def test_the_last_of_nothing_says_what_there_is(world: World) -> None:
    chat(world, "hi")
    with pytest.raises(AssertionError, match=r"GET /api/v1/im/bots: 0 ended(.|\n)*e1 POST"):
        world.journal.last("GET /api/v1/im/bots")


def test_waiting_for_what_happened_already(world: World) -> None:
    chat(world, "hi")
    assert [entry.id for entry in world.journal.wait_for(CHAT)] == ["e1"]


def test_waiting_for_what_happens_meanwhile(world: World) -> None:
    client = threading.Thread(target=lambda: (ask(world, "GET", "im/bots"), chat(world, "hi"), chat(world, "ho")))
    client.start()
    entries = world.journal.wait_for(CHAT, count=2)
    client.join()
    assert [entry.json["message"] for entry in entries] == ["hi", "ho"]


def test_waiting_in_vain_says_what_there_is(world: World) -> None:
    chat(world, "hi")
    with pytest.raises(AssertionError, match=r"1 ended, waited for 2; the journal has 1\n  e1 POST"):
        world.journal.wait_for(CHAT, count=2, timeout=0.05)


def test_a_client_that_leaves_while_the_test_waits_is_found_though_its_run_goes_on(server: MockBot) -> None:
    script = {"when": {"message": "slowly"}, "run": [{"say": "first"}, {"wait": "10m"}]}
    with server.world(scripts=[script], frozen=False) as world:
        body = json.dumps({"username": "ada", "message": "slowly"}).encode()
        headers = {"X-API-Key": world.key, "Content-Type": "application/json"}
        response = urllib.request.urlopen(urllib.request.Request(f"{world.base_url}/api/v1/chat", body, headers))
        response.readline()
        leaving = threading.Timer(0.2, response.close)
        leaving.start()
        (entry,) = world.journal.wait_for(CHAT, timeout=60)
        leaving.join()
        assert entry.ended == "client left"


def test_settling_waits_for_what_goes_on(server: MockBot) -> None:
    with server.world(pace=30, frozen=False) as world:
        client = threading.Thread(target=chat, args=(world, "hi"))
        client.start()
        while not world.journal.entries():
            pass
        assert [entry.ended for entry in world.journal.settle(timeout=10)] == ["complete"]
        client.join()


def test_verify_says_what_came_nearest(world: World) -> None:
    chat(world, "hi")
    assert world.verify(CHAT, {"/message": "hi"}, count=1) == ("e1",)
    assert world.verify(CHAT, {"/message": {"contains": "x"}}, count=0) == ()
    with pytest.raises(AssertionError, match=r'e1 POST .*: /message should be "ho" but is "hi"'):
        world.verify(CHAT, {"/message": "ho"})
    with pytest.raises(UserError, match="/where/nope"):
        world.verify(CHAT, {"nope": 1})


def test_the_verdict_names_what_the_client_got_wrong(world: World) -> None:
    assert world.verdict().findings == ()
    ask(world, "GET", "chat/sessions")
    verdict = world.verdict()
    assert verdict.failed
    assert [(finding.name, finding.entries) for finding in verdict.findings] == [("contract-violation", ("e1",))]


def test_time_moves_when_it_is_told_to(world: World) -> None:
    before = world.clock.now()
    assert world.clock.advance(3600) == world.clock.now() == before + 3600


def test_reset_brings_the_start_back(world: World) -> None:
    start = world.snapshot()
    world.scripts.add(GREET | {"times": 1})
    world.clock.advance(1)
    chat(world, "ho")
    assert world.snapshot() != start
    world.reset()
    assert world.snapshot() == start
    assert world.scripts.unused() == ()
    assert world.journal.entries() == ()


def test_a_file_can_be_lost(server: MockBot) -> None:
    fixture = {"extends": "default", "attachments": [{"id": "a1", "filename": "a.txt", "type": "file", "text": "x"}]}
    with server.world(fixture=fixture) as world:
        world.lose("a1")
        assert [row["gone"] for row in world.snapshot()["attachments"]] == [True]


def test_a_deleted_world_starts_anew(server: MockBot) -> None:
    world = server.world(scripts=[GREET])
    world.delete()
    assert "hello" not in chat(world, "hi")[1]
    world.delete()
    with pytest.raises(UserError, match=r"^There is no world"):
        world.delete()


@pytest.mark.parametrize(
    ("text", "astrbot"),
    [
        ("version: 1\nextends: astrbot-4.29.3\n", "4.29.3"),
        ("version: 1\nserver: astrbot-4.29.3\nkeys: [{key: abk_all, scopes: [chat]}]\n", "4.29.3"),
        ("version: 1\nextends: default\n", "4.29.3"),
        ("version: 1\nextends: default\n", None),
    ],
)
def test_a_fixture_file_can_be_for_another_version(
    server: MockBot, tmp_path: Path, text: str, astrbot: str | None
) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(text)
    with server.world(fixture=str(file), astrbot=astrbot) as world:
        row = server.control.ask("GET", f"worlds/{world.name}")
        assert row["server"] == f"astrbot-{astrbot or '4.19.4'}"


def test_a_fixture_file_of_another_version_than_the_worlds_is_an_error(server: MockBot, tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("version: 1\nserver: astrbot-4.29.3\n")
    with pytest.raises(UserError, match=r"this fixture is for astrbot-4\.29\.3, and the server is astrbot-4\.19\.4"):
        server.world(fixture=str(file), astrbot="4.19.4")
