"""Durations are read alike in scripts, faults, options, requests and tests."""

import re
from typing import Any

import pytest

from mockbot.duration import PATTERN, is_duration, milliseconds, seconds
from mockbot.errors import UserError
from mockbot.fault.catalogue import Delay
from mockbot.fault.parse import parse_fault
from mockbot.testing import MockBot, World
from tests.conftest import make_client
from tests.control.conftest import Control
from tests.testing.conftest import server as server
from tests.testing.conftest import world as world


@pytest.mark.parametrize(
    ("text", "value"), [("150ms", 0.15), ("2s", 2), ("0.5s", 0.5), ("1m", 60), ("1.5m", 90), (3, 3), (0.25, 0.25)]
)
def test_a_number_counts_in_the_unit_of_its_place(text: Any, value: float) -> None:
    assert seconds(text) == pytest.approx(value)
    assert milliseconds(text) == pytest.approx(value * 1000 if isinstance(text, str) else value)


@pytest.mark.parametrize("text", ["", "2", "2 s", "-1s", "1h", "s", "1e3s", "1sms", "٣s", "2s\n"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert not is_duration(text)
    assert re.fullmatch(PATTERN, text) is None
    with pytest.raises(ValueError, match="is not a duration such as 150ms, 2s or 1m"):
        seconds(text)


def test_a_fault_takes_a_duration() -> None:
    assert parse_fault({"name": "delay", "seconds": "150ms"}) == Delay(0.15)
    assert parse_fault({"name": "delay", "seconds": 2}) == Delay(2)
    with pytest.raises(UserError, match="`seconds` must be a number or a duration such as 150ms, 2s or 1m, got"):
        parse_fault({"name": "delay", "seconds": "soon"})
    with pytest.raises(UserError, match="`seconds` must be between 0 and 3600, got 5400"):
        parse_fault({"name": "delay", "seconds": "90m"})


@pytest.mark.anyio
async def test_the_control_api_takes_durations() -> None:
    control = Control(make_client())
    row = await control.json("PUT", "worlds/x", {"pace": "1.5s", "clock": "frozen"}, 201)
    assert row["pace"] == 1500
    before = (await control.get("worlds/x/clock"))["unix"]
    after = await control.json("POST", "worlds/x/clock/advance", {"seconds": "150ms"})
    assert after["unix"] - before == pytest.approx(0.15)
    assert (await control.request("POST", "worlds/x/clock/advance", {"seconds": "soon"})).status == 400
    refused = await control.request("PUT", "worlds/x", {"pace": "2m"})
    assert (refused.status, refused.json["detail"]) == (422, "/pace: must be at most 60000")


def test_tests_take_durations(server: MockBot, world: World) -> None:
    before = world.clock.now()
    assert world.clock.advance("2s") == before + 2
    with server.world(pace="0.05s") as other:
        assert server.control.ask("GET", f"worlds/{other.name}")["pace"] == pytest.approx(50)
    with MockBot(pace="10ms") as bot:
        assert bot.control.ask("GET", "worlds")["worlds"][0]["pace"] == 10
    with pytest.raises(AssertionError, match="0 ended, waited for 1"):
        world.journal.wait_for(timeout="900ms")
    assert world.journal.settle("10ms") == ()
