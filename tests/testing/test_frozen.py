"""Tests that hold the clock of their process, or replace its files, while mockbot runs in it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import freezegun
import pytest
import time_machine
from pyfakefs.fake_filesystem import FakeFilesystem

from mockbot import MockBot
from mockbot.server.server import Loop
from tests.testing.conftest import ask, chat

HOLD: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "freezegun": lambda: freezegun.freeze_time("2026-01-01"),
    "time-machine": lambda: time_machine.travel("2026-01-01", tick=False),
}


@pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)
def test_a_server_starts_streams_and_stops_while_the_clock_stands(
    hold: Callable[[], AbstractContextManager[object]],
) -> None:
    with hold(), MockBot(pace=1) as server:
        assert chat(server.default, "hi")[0] == 200
        assert server.default.journal.settle()[0].ended == "complete"


def test_a_server_runs_while_time_monotonic_is_a_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    with MockBot(pace=1) as server:
        assert chat(server.default, "hi")[0] == 200
        with pytest.raises(AssertionError, match="0 ended, waited for 1"):
            server.default.journal.wait_for("GET /api/v1/im/bots", timeout=0.01)


def test_timers_of_the_event_loop_go_on_while_the_clock_stands() -> None:
    async def sleep() -> None:
        with freezegun.freeze_time("2026-01-01", real_asyncio=False):
            await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(sleep())


def test_a_server_starts_and_answers_while_files_are_fake(fs: FakeFilesystem) -> None:
    script = {"when": {"message": "hi"}, "run": [{"say": "hello"}]}
    with MockBot() as server, server.world() as world:
        world.scripts.add(script)
        assert "hello" in chat(world, "hi")[1]
        for path in ("im/bots", "configs", "chat/sessions?username=ada"):
            assert ask(world, "GET", path)[0] == 200
        assert ask(world, "GET", "nope")[0] == 404
        world.verify("POST /api/v1/chat")
        assert not fs.exists("/etc")
