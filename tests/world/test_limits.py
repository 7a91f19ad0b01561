"""However long it runs and whatever it is asked, a world stays small."""

from collections import deque

import pytest

from mockbot.astrbot.installation import RateLimit
from mockbot.astrbot.rate import RateLimits
from mockbot.bounded import Bounded
from mockbot.script.model import Command, Script
from mockbot.script.scripts import Scripts
from mockbot.script.when import ChatRequest
from tests.conftest import make_client


def test_rate_limits_forget_the_session_longest_silent_also_where_time_stands_still() -> None:
    rates = RateLimits(sessions=2)
    once = RateLimit(count=1, strategy="discard")
    assert [rates.wait(name, once, 0.0) for name in ("a", "b", "c")] == [0.0, 0.0, 0.0]
    assert rates.wait("c", once, 0.0) is None
    assert rates.wait("a", once, 0.0) == 0.0


def test_the_name_of_a_session_has_its_weight() -> None:
    kept: Bounded[str, deque[float]] = Bounded(10, 1000, len)
    kept.put("a" * 200, deque())
    kept.put("b" * 200, deque())
    assert [key[0] for key, _ in kept.items()] == ["b"]


def test_states_are_forgotten_before_they_are_too_many() -> None:
    scripts = Scripts(most=2)
    for name in ("a", "b", "c"):
        scripts.states[name] = "x"
    scripts.add(Script("s", Command(), sets={"d": "y"}))
    scripts.choose(ChatRequest("x", "u", "s", "umo"))
    assert scripts.states == {"c": "x", "d": "y"}


@pytest.mark.anyio
async def test_a_world_answers_so_many_chats_at_a_time() -> None:
    client = make_client(contract="enforce", max_streams=1)
    first = client.open("hello")
    first.stall()
    await client.settle()
    refused = await client.chat("hello")
    assert refused.json["message"] == "This world answers 1 chats at a time, and all of them go on"
    first.resume()
    assert (await first.reply()).whole
    assert (await client.chat("hello")).whole


@pytest.mark.anyio
async def test_sessions_history_and_journal_keep_to_their_limits() -> None:
    client = make_client(contract="enforce", max_sessions=5, max_history=7, max_journal_entries=3)
    for number in range(20):
        await client.chat("hello", session_id=f"s{number}")
    world = client.world
    assert (len(world.sessions), len(world.history.all()), len(world.journal)) == (5, 7, 3)
