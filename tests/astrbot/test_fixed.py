"""What never changes in a world is written once, and counts in its size."""

import gc
import json
import weakref

from mockbot.astrbot import lists
from mockbot.astrbot.state import AstrBotState, fixed, state_of
from mockbot.astrbot.v4_19_4.answers import ANSWERS
from mockbot.astrbot.v4_19_4.profile import BLUEPRINT
from mockbot.contract.transaction import Transaction
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.settings import Settings
from mockbot.source import parse
from mockbot.world.call import Call
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixtures
from mockbot.world.world import World


def call_in(fixture: str) -> Call:
    made = Fixtures(BLUEPRINT).parse(parse(fixture, "mine.yaml"))
    world = World("w", made, seed=0, clock=FrozenClock(), settings=Settings(), blueprint=BLUEPRINT)
    return Call(world, Transaction(None), Entry("e1", "w", 0.0, "GET", "/", "", ()), None, "GET", "/", (), {}, {})


def listed(call: Call) -> Response:
    response = ANSWERS.write(lists.list_bots(call), call)
    assert isinstance(response, Response)
    return response


def test_a_list_is_written_once_for_each_world() -> None:
    first, second = call_in("bots: [{id: a}]"), call_in("bots: [{id: b}]")
    assert listed(first) is listed(first)
    assert [json.loads(listed(each).body)["data"]["bot_ids"] for each in (first, second)] == [["a"], ["b"]]


def test_the_data_is_made_once() -> None:
    made: list[AstrBotState] = []

    @fixed
    def data(state: AstrBotState) -> JSON:
        made.append(state)
        return "data"

    call = call_in("bots: []")
    for _ in range(2):
        ANSWERS.write(data(call), call)
    assert made == [state_of(call.world)]


def test_what_is_kept_is_freed_with_its_world() -> None:
    call = call_in("bots: [{id: a}]")
    listed(call)
    state = weakref.ref(state_of(call.world))
    gc.disable()
    try:
        del call
        assert state() is None
    finally:
        gc.enable()


def test_the_size_of_a_world_has_what_is_kept() -> None:
    call = call_in("bots: [{id: " + "a" * 10_000 + "}]")
    before = call.world.size
    listed(call)
    assert call.world.size - before > 10_000
