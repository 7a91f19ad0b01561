"""A world is limited in size, whatever is sent to it."""

import pytest

from mockbot.script.model import Command, Script
from mockbot.script.scripts import Scripts
from mockbot.script.when import ChatRequest
from tests.conftest import make_client


def test_the_oldest_states_are_forgotten() -> None:
    scripts = Scripts(limit=2)
    for name in ("a", "b", "c"):
        scripts.states[name] = "x"
    scripts.add(Script("s", Command(), sets={"d": "y"}))
    scripts.choose(ChatRequest("x", "u", "s", "umo"))
    assert scripts.states == {"c": "x", "d": "y"}


def test_as_many_states_as_the_limit_are_kept() -> None:
    scripts = Scripts([Script("s", Command(), sets={"b": "y"})], {"a": "x"}, limit=2)
    scripts.choose(ChatRequest("x", "u", "s", "umo"))
    assert scripts.states == {"a": "x", "b": "y"}


@pytest.mark.anyio
async def test_the_number_of_chats_at_a_time_is_limited() -> None:
    client = make_client(contract="enforce", max_streams=1)
    first = client.open("hello")
    first.stall()
    await client.settle()
    refused = await client.chat("hello")
    assert refused.json["message"] == "This world allows no more chats at a time (1); wait until one of them ends"
    first.resume()
    assert (await first.reply()).whole
    assert (await client.chat("hello")).whole


@pytest.mark.anyio
async def test_sessions_history_and_journal_are_limited() -> None:
    client = make_client(contract="enforce", max_sessions=5, max_history=7, max_journal_entries=3)
    for number in range(20):
        await client.chat("hello", session_id=f"s{number}")
    world = client.world
    assert (len(world.sessions), len(world.history.all()), len(world.journal)) == (5, 7, 3)
