"""The lists of AstrBot 4.29.3, from its handlers, with the fixture of the recorded installation."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from mockbot.astrbot.handler import Answers
from mockbot.astrbot.v4_29_3 import conversations, lists, plugins
from mockbot.astrbot.v4_29_3.answers import ANSWERS, REFUSING
from mockbot.astrbot.v4_29_3.profile import BLUEPRINT, NAME
from mockbot.contract.transaction import Transaction
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.settings import Settings
from mockbot.source import parse
from mockbot.turns import at_once
from mockbot.world.call import Call
from mockbot.world.clock import EPOCH, FrozenClock
from mockbot.world.fixture import Fixtures
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World

NAMES = ("default", "empty", NAME, f"{NAME}-reasoning")
MINE = replace(BLUEPRINT, server=NAME)
FIXTURES = Fixtures(MINE)
HANDLERS = {**lists.HANDLERS, **plugins.HANDLERS, **conversations.HANDLERS}
QUERIES = {**lists.QUERIES, **plugins.QUERIES, **conversations.QUERIES}


def world(fixture: str = NAME) -> World:
    """Return a world of a shipped fixture, or of the text of one."""
    made = FIXTURES.load(fixture) if fixture in NAMES else FIXTURES.parse(parse(fixture, "mine.yaml"))
    return World("w", made, seed=0, clock=FrozenClock(), settings=Settings(), blueprint=MINE)


async def answer(where: World, operation: str, query: str = "", **path: str) -> tuple[int, Any]:
    """Return the status and the body of the response to a GET request, which is the same if it is made in turns."""
    name = f"GET /api/v1/{operation}"
    pairs = parse_qsl(query, keep_blank_values=True)
    entry = Entry("e1", "w", 0.0, "GET", "/", query, ())
    transaction = Transaction(None, path_parameters=path)
    call = Call(where, transaction, entry, None, "GET", "/", pairs, dict(pairs), {})
    answers: Answers = REFUSING if name in lists.REFUSING else ANSWERS
    response = answers.write(HANDLERS[name](call), call)
    assert isinstance(response, Response)
    assert at_once(answers.writing(HANDLERS[name](call), call)) == response
    return response.status, json.loads(response.body)


async def data(where: World, operation: str, query: str = "", **path: str) -> Any:
    """Return the data of a success."""
    status, body = await answer(where, operation, query, **path)
    assert (status, body["status"]) == (200, "ok"), body
    return body["data"]


def wrong(operation: str, query: Mapping[str, str]) -> list[Any]:
    """Return where a query has wrong types, and of which kind."""
    return [(detail.loc, detail.type) for detail in QUERIES[f"GET /api/v1/{operation}"].details(query)]


@pytest.mark.anyio
async def test_bots_are_raw_entries_with_doubles_and_empty_ids() -> None:
    where = world()
    bots = (await data(where, "bots"))["bots"]
    assert [bot["id"] for bot in bots] == ["my_onebot", "disabled_tg", "disabled_tg", ""]
    assert bots[0] == {
        "id": "my_onebot",
        "type": "aiocqhttp",
        "enable": True,
        "ws_reverse_host": "127.0.0.1",
        "ws_reverse_port": 16299,
        "ws_reverse_token": "",
    }
    assert (await data(where, "im/bots"))["bot_ids"] == ["my_onebot", "disabled_tg"]
    assert len((await data(where, "bots", "enabled=false"))["bots"]) == 3
    assert [bot["id"] for bot in (await data(where, "bots", "type=aiocqhttp"))["bots"]] == ["my_onebot"]
    assert (await data(where, "bots/{bot_id}", bot_id="my_onebot"))["bot"] == bots[0]
    assert await answer(where, "bots/by-id", "bot_id=nope") == (
        400,
        {"status": "error", "message": "Bot nope not found"},
    )


@pytest.mark.anyio
@pytest.mark.parametrize("operation", ["chat/configs", "config-profiles"])
async def test_config_profiles_keep_the_blanks_around_names(operation: str) -> None:
    rows = (await data(world(), operation))["info_list"]
    assert [row["name"] for row in rows] == ["Alpha", "Dup", "Dup", "  Padded  ", "default"]
    assert list(rows[0]) == ["path", "name", "id"]
    assert rows[-1] == {"id": "default", "name": "default", "path": "/AstrBot/data/cmd_config.json"}
    assert [row["name"] for row in (await data(world(), "configs"))["configs"]][3] == "Padded"


@pytest.mark.anyio
async def test_sessions_are_those_of_the_last_username() -> None:
    where = world("default")
    rows = (await data(where, "chat/sessions", "username=alice&username=bob"))["sessions"]
    assert [row["session_id"] for row in rows] == ["bobs-session"]


@pytest.mark.anyio
async def test_providers_are_merged_with_their_sources() -> None:
    where = world()
    rows = (await data(where, "providers"))["providers"]
    assert [row["id"] for row in rows] == ["fake/main", "fake/second", "dead/x"]
    assert rows[2] == {
        "id": "dead/x",
        "provider": "openai",
        "type": "openai_chat_completion",
        "provider_type": "chat_completion",
        "enable": True,
        "key": ["sk-fake"],
        "api_base": "http://127.0.0.1:9/v1",
        "timeout": 120,
        "proxy": "",
        "custom_headers": {},
        "provider_source_id": "dead",
        "model": "dead-model",
        "modalities": ["text", "image", "tool_use"],
        "custom_extra_body": {},
        "max_context_tokens": 0,
    }
    assert (await data(where, "provider-sources/{source_id}/providers", source_id="dead"))["providers"] == [rows[2]]
    assert (await data(where, "providers", "enabled=false"))["providers"] == []
    assert (await data(where, "providers", "capability=embedding"))["providers"] == []


@pytest.mark.anyio
async def test_one_provider_has_its_own_fields_unless_merged() -> None:
    where = world()
    found = await data(where, "providers/by-id", "provider_id=fake/second")
    assert list(found) == ["provider", "model_metadata"]
    assert "key" not in found["provider"]
    merged = await data(where, "providers/{provider_id}", "merged=true", provider_id="fake/second")
    assert merged["provider"]["key"] == ["sk-fake"]
    assert await answer(where, "providers/by-id", "provider_id=nope") == (
        400,
        {"status": "error", "message": "Provider nope not found"},
    )


@pytest.mark.anyio
async def test_sources_have_the_models_of_their_providers() -> None:
    where = world()
    assert [row["id"] for row in (await data(where, "provider-sources"))["provider_sources"]] == ["fake", "dead"]
    assert await data(where, "provider-sources/{source_id}/models", source_id="fake") == {
        "models": ["fake-model", "second-model"],
        "provider_source_id": "fake",
        "model_metadata": {},
    }
    assert (await answer(where, "provider-sources/models", "source_id=nope"))[0] == 400
    assert (await data(where, "provider-sources/by-id", "source_id=dead"))["provider_source"]["id"] == "dead"


@pytest.mark.anyio
async def test_a_provider_without_a_source_has_one_with_default_values() -> None:
    where = world("default")
    rows = (await data(where, "providers"))["providers"]
    assert (rows[0]["provider_source_id"], rows[0]["key"]) == ("openai_chat_completion", [])


@pytest.mark.anyio
async def test_personas_have_times_without_an_offset() -> None:
    where = world(
        "personas: [{persona_id: a, created_at: '2026-01-31T12:00:00.5+01:00'}, "
        "{persona_id: b, folder_id: f, tools: []}]"
    )
    first, second = await data(where, "personas")
    assert (first["created_at"], first["updated_at"]) == ("2026-01-31T11:00:00.500000",) * 2
    assert (second["created_at"], second["tools"], second["skills"]) == ("2026-01-01T00:00:00", [], None)
    assert await data(where, "personas", "folder_id=f") == [second]
    assert await data(where, "personas", "folder_id=") == [first]
    assert await data(where, "personas/{persona_id}", persona_id="b") == second
    assert (await answer(where, "personas/by-id", "persona_id=c"))[0] == 400


@pytest.mark.anyio
async def test_plugins_are_listed_with_built_in_ones_last() -> None:
    where = world("plugins: [{name: inner, reserved: true}, {name: my_own, config: {a: 1}, i18n: {zh: {}}}]")
    status, body = await answer(where, "plugins")
    assert (status, body["message"], [row["name"] for row in body["data"]]) == (200, "", ["my_own", "inner"])
    assert body["data"][0]["marketplace_name"] == "my-own"
    assert (await data(where, "plugins/config", "plugin_id=my_own")) == {
        "plugin_name": "my_own",
        "log_level": None,
        "metadata": None,
        "config": {"a": 1},
        "i18n": {"zh": {}},
    }
    assert await data(where, "plugins/failed") == {}


@pytest.mark.anyio
async def test_one_plugin_has_its_commands_and_tools() -> None:
    found = await data(world(), "plugins/{plugin_id}", plugin_id="probe_plugin")
    assert {each["type"] for each in found["components"]} == {"command", "llm_tool"}
    assert await answer(world(), "plugins/{plugin_id}", plugin_id="nope") == (
        200,
        {"status": "error", "message": "插件不存在", "data": {}},
    )


def talked(count: int, *, commands: int = 0) -> World:
    """Return a world with conversations, one a second, and sessions in which no model has answered."""
    where = world()
    for number in range(count + commands):
        session = where.sessions.create(f"s{number}", "alice")
        session.model_calls = int(number < count)
        where.history.add(session.session_id, "user", [{"type": "plain", "text": f"question {number}"}])
        where.history.add(session.session_id, "bot", [{"type": "plain", "text": "Réponse"}])
        where.clock.advance(1)
    return where


@pytest.mark.anyio
async def test_conversations_are_sessions_in_which_the_model_answered() -> None:
    found = await data(talked(2, commands=1), "conversations")
    first, second = found["conversations"]
    umo = "webchat:FriendMessage:webchat!alice!s1"
    assert (first["user_id"], second["user_id"]) == (umo, umo.replace("s1", "s0"))
    assert (first["created_at"], first["token_usage"]) == (EPOCH + 1, 127)
    assert list(first) == [
        *("platform_id", "user_id", "cid", "title", "persona_id", "token_usage", "created_at", "updated_at"),
        *("umo_info", "history"),
    ]
    assert json.loads(first["history"]) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "question 1"},
                {
                    "type": "text",
                    "text": "<system_reminder>Current datetime: 2026-01-01 08:00 (CST), Weekday: Thursday"
                    "</system_reminder>",
                },
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "Réponse"}]},
    ]
    assert "Réponse" in first["history"]


@pytest.mark.anyio
async def test_a_conversation_has_the_requests_that_the_model_answered() -> None:
    where = world()
    where.sessions.create("s", "alice").model_calls = 2
    stats: dict[str, JSON] = {"agent_stats": {"token_usage": {"input_other": 1, "input_cached": 2, "output": 3}}}
    for checkpoint in ("a", "command", "b"):
        where.history.add("s", "user", [{"type": "plain", "text": f"user {checkpoint}"}], checkpoint=checkpoint)
        said: dict[str, JSON] = {"type": "plain", "text": f"bot {checkpoint}"}
        extra = {} if checkpoint == "command" else stats
        where.history.add("s", "bot", [said], checkpoint=checkpoint, extra=extra)
    row = (await data(where, "conversations"))["conversations"][0]
    context = [(each["role"], each["content"]) for each in json.loads(row["history"])]
    assert [role for role, _ in context] == ["user", "assistant", "_checkpoint"] * 2
    assert (context[1][1], context[2][1]) == ([{"type": "text", "text": "bot a"}], {"id": "a"})
    assert (context[5][1], row["token_usage"]) == ({"id": "b"}, 6)


@pytest.mark.anyio
async def test_conversations_come_in_pages() -> None:
    where = talked(25)
    last = await data(where, "conversations", "page=2")
    assert len(last["conversations"]) == 5
    assert last["pagination"] == {
        "page": 2,
        "page_size": 20,
        "total": 25,
        "total_pages": 2,
        "grouped_by_session": False,
    }
    clamped = (await data(where, "conversations", "page=-1&page_size=1000"))["pagination"]
    assert (clamped["page"], clamped["page_size"], clamped["total_pages"]) == (1, 100, 1)
    assert (await data(where, "conversations", "page=500"))["conversations"] == []
    assert (await answer(where, "conversations", f"page={2**63}"))[0] in (400, 500)
    oldest = await data(where, "conversations", "sort_order=asc&page_size=1")
    assert oldest["conversations"][0]["umo_info"]["session_id"] == "webchat!alice!s0"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("search=QUESTION 1", 1),
        ("search=nothing_like_this", 0),
        ("umo=webchat:FriendMessage:webchat!alice!s2", 1),
        ("exclude_ids=webchat:FriendMessage:webchat!alice!s2", 2),
        ("platforms=telegram", 0),
        ("platforms=telegram,webchat", 3),
        ("exclude_platforms=webchat", 0),
        ("message_types=GroupMessage", 0),
    ],
)
async def test_conversations_can_be_filtered(query: str, count: int) -> None:
    found = await data(talked(3), "conversations", query)
    assert (len(found["conversations"]), found["pagination"]["total"]) == (count, count)
    assert found["pagination"]["total_pages"] == 1


@pytest.mark.anyio
async def test_a_conversation_is_found_by_its_id_and_user() -> None:
    where = talked(2)
    row = (await data(where, "conversations", "include_history=false"))["conversations"][0]
    assert "history" not in row
    found = await data(
        where, "conversations/{conversation_id}", f"user_id={row['user_id']}", conversation_id=row["cid"]
    )
    assert (found["cid"], found["updated_at"]) == (row["cid"], row["updated_at"])
    _, body = await answer(where, "conversations/{conversation_id}", "user_id=x", conversation_id=row["cid"])
    assert body == {"status": "error", "message": "对话不存在"}


def test_queries_of_wrong_types_are_found() -> None:
    assert wrong("conversations", {"page": "x"}) == [(("query", "page"), "int_parsing")]
    assert wrong("conversations", {"sort_by": "title"}) == [(("query", "sort_by"), "literal_error")]
    assert wrong("bots", {"enabled": ""}) == [(("query", "enabled"), "bool_parsing")]
    assert wrong("providers/by-id", {}) == [(("query", "provider_id"), "missing")]
    assert wrong("providers", {"enabled": "off", "capability": ""}) == []


@pytest.mark.anyio
@pytest.mark.parametrize("fixture", NAMES)
async def test_every_list_has_an_answer_in_every_fixture_and_in_its_snapshot(fixture: str) -> None:
    where = world(fixture)
    again = world(json.dumps(snapshot(where)))
    assert snapshot(again) == snapshot(where)
    for name in HANDLERS:
        operation = name.removeprefix("GET /api/v1/")
        if "{" not in operation and not operation.endswith(("by-id", "models", "plugins/config")):
            found = await answer(where, operation, "username=alice")
            assert found[0] == 200
            assert await answer(again, operation, "username=alice") == found
