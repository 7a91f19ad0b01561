"""What is large is shown in turns with other requests, and is what it would be at once."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from time import thread_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.control.reply import reply, writing
from mockbot.jsontext import JSON
from mockbot.turns import TURN, Turns, at_once, each
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL
from tests.iterations import iterations
from tests.test_turns import TimedSelector

VALUES: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=2), inner, max_size=3)
    ),
)


@given(VALUES)
def test_a_large_value_is_written_as_a_small_one(value: JSON) -> None:
    assert at_once(writing(value)) == reply(value).body


@pytest.mark.parametrize("levels", [*range(1, 6), *range(56, 66)])
def test_levels_are_counted_from_the_whole_value(levels: int) -> None:
    value: JSON = 1e400
    for number in range(levels):
        value = [value] if number % 2 else {"\ud800": value}
    assert at_once(writing(value)) == reply(value).body


def test_names_that_are_written_alike_are_one() -> None:
    value: JSON = {"\ud800": 1, "\\ud800": 2}
    assert at_once(writing(value)) == reply(value).body
    assert len(json.loads(at_once(writing(value)), object_pairs_hook=list)) == 1


def test_other_tasks_run_between_the_turns_of_long_work() -> None:
    def long(number: int) -> int:
        end = asyncio.get_running_loop().time() + TURN
        while asyncio.get_running_loop().time() < end:
            pass
        return number

    async def run() -> tuple[list[int], int]:
        async with iterations() as count:
            return await Turns().work(each(long, range(5))), count()

    found, count = asyncio.run(run())
    assert found == [*range(5)]
    assert count >= 4


PATHS = ["/snapshot", "/journal?bodies=true&limit=10000", "/journal.har", "/verdict", ""]


async def fill(client: Client) -> None:
    """Upload some files, and send long messages with many escapes."""
    for _ in range(15):
        body = (
            b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            + bytes(3_000_000)
            + b"\r\n--X--"
        )
        form = ("Content-Type", "multipart/form-data; boundary=X")
        assert (await client.request("POST", "/api/v1/file", body, headers=[KEY, form])).status == 200
    for _ in range(40):
        message = {"umo": "webchat:FriendMessage:s", "message": 'a"\u00e9' * 60_000}
        assert (await client.request("POST", "/api/v1/im/message", message)).status == 200


@pytest.mark.slow
@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize("path", PATHS)
def test_a_large_world_is_shown_in_short_turns(path: str) -> None:
    turns, client = TimedSelector(), make_client()

    async def show() -> float:
        before = thread_time()
        reply = await client.get(f"/__mockbot__/worlds/default{path}", headers=[LOCAL])
        assert reply.status == 200
        return thread_time() - before

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
        runner.run(show())  # what this needs is loaded
        runner.run(fill(client))
        turns.longest, turns.began = 0.0, None
        seconds = runner.run(show())
    assert turns.longest < max(seconds / 3, 0.02)


async def snapshot(client: Client) -> Any:
    return (await client.get("/__mockbot__/worlds/default/snapshot", headers=[LOCAL])).json


def many(rows: list[Any], name: str, numbers: Iterable[Any]) -> list[Any]:
    """Return as many rows as numbers, each with its number as `name`."""
    return [{**rows[0], name: number} for number in numbers]


def world_with(fixture: Any) -> dict[str, tuple[str, str, Any]]:
    """Return large requests of the control API, by what they do."""
    sessions = many(fixture["sessions"], "session_id", map(str, range(3000)))
    history = many(fixture["history"], "id", range(1, 3000))
    scripts = [{"name": f"s{number}", "when": {"message": "x"}, "run": [{"say": "y"}]} for number in range(900)]
    return {
        "sessions": ("PUT", "", {"fixture": {**fixture, "sessions": sessions, "history": []}}),
        "messages": ("PUT", "", {"fixture": {**fixture, "history": history}}),
        "scripts": ("POST", "/scripts", scripts),
        "text": ("PUT", "/scripts", {"text": json.dumps(scripts)}),
        "check": ("POST", "/scripts/check", {"text": json.dumps(scripts)}),
    }


@pytest.mark.parametrize("name", ["sessions", "messages", "scripts", "text", "check"])
def test_other_tasks_run_while_a_large_request_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client, threads, in_thread = make_client(), list[bool](), Turns.in_thread

    async def counted(self: Turns, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def noted(*args: Any, **kwargs: Any) -> Any:
            threads.append(threading.current_thread() is not threading.main_thread())
            return function(*args, **kwargs)

        return await in_thread(self, noted, *args, **kwargs)

    async def run() -> tuple[int, int]:
        method, path, body = world_with(await snapshot(client))[name]
        monkeypatch.setattr(Turns, "in_thread", counted)
        async with iterations() as count:
            reply = await client.request(method, f"/__mockbot__/worlds/w{path}", body, headers=[LOCAL])
            turns = count()
        return reply.status, turns

    status, turns = asyncio.run(run())
    assert status in (200, 201)
    assert turns > 50
    assert len(threads) >= 2
    assert all(threads)


@pytest.mark.parametrize("path", ["/snapshot", "/journal.har", "/journal?bodies=true"])
def test_one_large_part_of_a_world_is_made_at_a_time(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.control.reply.LARGE", 0)
    monkeypatch.setattr("mockbot.turns.TURN", 0.0)
    client, making = make_client(), list[int]()
    serving, work = client.app.serving, Turns.work

    async def counted(turns: Turns, each: Any) -> Any:
        making.append(1)
        assert serving.turns.making.locked()
        return await work(turns, each)

    async def shown() -> list[int]:
        await client.get("/api/v1/im/bots", headers=[KEY])
        monkeypatch.setattr(Turns, "work", counted)
        sending = [client.get(f"/__mockbot__/worlds/default{path}", headers=[LOCAL]) for _ in range(3)]
        replies = asyncio.gather(*sending)
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(making) == 1
        return [reply.status for reply in await replies]

    assert asyncio.run(shown()) == [200] * 3
    assert len(making) == 6  # to make the value, and to write it


@pytest.mark.parametrize("path", ["/snapshot", "/journal.har", "/journal?bodies=true", "/scripts", "/faults"])
def test_what_is_small_does_not_wait_for_what_is_large(path: str) -> None:
    client = make_client()

    async def shown() -> int:
        await client.get("/api/v1/im/bots", headers=[KEY])
        async with client.app.serving.turns.making:
            return (await client.get(f"/__mockbot__/worlds/default{path}", headers=[LOCAL])).status

    assert asyncio.run(asyncio.wait_for(shown(), 60)) == 200
