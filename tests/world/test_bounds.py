"""What worlds hold takes no more memory than the settings promise, whatever the shape of the data."""

from collections.abc import Callable

import pytest

from mockbot.astrbot.installation import RateLimit
from mockbot.astrbot.rate import RateLimits
from mockbot.fault.armed import Faults
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON
from mockbot.script.load import read
from mockbot.script.scripts import Scripts
from mockbot.script.when import ChatRequest
from mockbot.source import Source
from mockbot.world.attachments import Attachments
from mockbot.world.chats import History, Sessions
from mockbot.world.clock import FrozenClock
from mockbot.world.ids import Ids
from mockbot.world.records import Attachment
from mockbot.world.rows import Resource, Rows
from tests.bounds import BOUND, FACTOR, TEXTS, VALUES, WIDE, assert_kept, filled, fresh, measured, until_refused


@pytest.mark.parametrize("shape", VALUES)
def test_history(shape: str) -> None:
    def fill() -> object:
        history = History(FrozenClock(), 10**9, BOUND)
        made = VALUES[shape]
        filled(
            lambda number: history.add(fresh(f"c{number}"), "user", [{"type": "plain", "text": fresh(made(number))}]),
            lambda: history.size,
        )
        return history

    assert_kept(measured(fill))


@pytest.mark.parametrize("shape", TEXTS)
def test_sessions(shape: str) -> None:
    def fill() -> object:
        sessions, made = Sessions(FrozenClock(), 10**9, BOUND), TEXTS[shape]
        filled(lambda number: sessions.create(made(number), fresh(made(number))), lambda: sessions.size)
        return sessions

    assert_kept(measured(fill))


@pytest.mark.parametrize("shape", VALUES)
@pytest.mark.parametrize("parents", [(), (("parent", "parent"),)])
def test_rows(shape: str, parents: tuple[tuple[str, str], ...]) -> None:
    def fill() -> object:
        rows, resource = Rows(10**9, BOUND), Resource("pets", "/pets", "/pets/{id}", "id", parents)
        made = VALUES[shape]
        filled(
            lambda number: rows.put(resource, fresh({"id": f"i{number}", "parent": f"p{number}", "v": made(number)})),
            lambda: rows.size,
        )
        return rows

    assert_kept(measured(fill))


@pytest.mark.parametrize("shape", TEXTS)
@pytest.mark.parametrize("content", [0, 10_000])
def test_attachments(shape: str, content: int) -> None:
    def fill() -> object:
        files = Attachments(Ids(0), FrozenClock(), 10**9, BOUND)
        made = TEXTS[shape]
        filled(
            lambda number: files.add(
                Attachment(f"a{number}", fresh(made(number)), "file", made(number), fresh(made(number))),
                bytes(content),
            ),
            lambda: files.size,
        )
        return files

    assert measured(fill) <= 2 * BOUND * FACTOR  # records and contents


SCRIPTS: dict[str, Callable[[int], JSON]] = {
    "a text": lambda number: {"name": f"s{number}", "run": [{"say": f"{number}" * 50_000}]},
    "a wide text": lambda number: {"name": f"s{number}", "run": [{"say": f"{number}" * 5_000 + WIDE}]},
    "steps": lambda number: {"name": f"s{number}", "run": [{"say": f"{each}"} for each in range(1000)]},
    "waits": lambda number: {"name": f"s{number}", "run": [{"wait": 1} for each in range(1000)]},
    "expressions": lambda number: {
        "name": f"s{number}",
        "when": {"message": {"regex": f"(?:{number}|b)+" * 300}},
        "run": [],
    },
    "frames": lambda number: {"name": f"s{number}", "frames": [{"a": f"{each}"} for each in range(1000)]},
    "states": lambda number: {
        "name": f"s{number}",
        "sets": {f"{number}.{each}": "x" * 90 for each in range(90)},
        "run": [],
    },
}


@pytest.mark.parametrize("shape", SCRIPTS)
def test_scripts(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.script.scripts.SIZE_LIMIT", BOUND)

    def fill() -> object:
        scripts = Scripts(limit=10**9)
        until_refused(
            lambda number: scripts.add(*read(Source("s", [fresh(SCRIPTS[shape](number))], {}))),
            "bytes of added scripts at most",
        )
        return scripts

    read(Source("s", [fresh(SCRIPTS[shape](0))], {}))
    assert_kept(measured(fill))


def test_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.script.states.SIZE_LIMIT", BOUND)

    def fill() -> object:
        scripts = Scripts(limit=10**9)
        for number in range(400):
            states: dict[str, JSON] = {f"{number}.{each}": f"{each}é" * 90 for each in range(20)}
            scripts.add(*read(Source("s", [fresh({"name": "a", "sets": states, "run": []})], {})))
            scripts.play("a", ChatRequest("hello", "ada", "s", "umo"))
            scripts.remove("a")
        return scripts

    assert_kept(measured(fill))


def test_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.fault.armed.SIZE_LIMIT", BOUND)

    def fill() -> object:
        faults = Faults(lambda: 0.0)
        until_refused(
            lambda number: faults.arm(parse_fault(fresh({"name": "extra_event", "data": f"{number}é" * 20_000}))),
            "bytes at most",
        )
        return faults

    assert_kept(measured(fill))


@pytest.mark.parametrize("times", [1, 500])
def test_rates(times: int) -> None:
    def fill() -> object:
        rates, limit = RateLimits(10**9, BOUND), RateLimit(times, 1e9, "stall")
        for number in range(2 * BOUND // (1024 + 32 * times)):
            for each in range(times):
                rates.wait(f"webchat:{number}é", limit, each + 0.5)
        return rates

    assert_kept(measured(fill))
