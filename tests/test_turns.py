"""No request holds up the rest: the event loop is soon free again, whatever a client sends up to the default limits."""

import asyncio
import json
import selectors
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from time import process_time, thread_time
from typing import Any

import pytest
from starlette.types import ASGIApp, Send

from mockbot import sse
from mockbot.astrbot.prompt import QUOTED
from mockbot.generic.api import Api
from mockbot.jsontext import JSON
from mockbot.script.model import MOST_DATA
from mockbot.settings import Settings
from mockbot.sse import frame as sse_frame
from mockbot.turns import Turns
from mockbot.world.call import Call
from mockbot.world.stream import LONG, Step
from mockbot.world.stream import _in_turns as in_turns
from tests.astrbot.v4_29_3.api import api
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL
from tests.iterations import iterations
from tests.requests_by_size import BODIES, HEADS, Sized, body

pytestmark = pytest.mark.slow

HEAD, BODY = 60_000, Settings().max_json - 1000
"""Bytes of heads and bodies."""
LONGEST = 0.35
"""Seconds of CPU time for one turn of the loop; 0.1 to 0.2 is the most on a machine that has nothing else to do."""
FEWER = {"parts of a message": 500_000, "parts of a chat": 500_000, "wrong parts": 300_000, "names": 500_000}
"""Bytes of bodies that have as many values as are read."""


class TimedSelector(selectors.DefaultSelector):
    """What an event loop waits with: between two waits it is not free."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self.began: float | None = None

    def select(self, timeout: float | None = None) -> Any:
        if self.began is not None:
            self.longest = max(self.longest, thread_time() - self.began)
        found = super().select(timeout)
        self.began = thread_time()
        return found


def longest_turn(client: Client, request: Sized) -> float:
    """Return the CPU time of the longest turn of the loop while a request is answered."""
    turns = TimedSelector()

    async def send() -> None:  # without a result, which asyncio would write out
        sending = client.request(request.method, request.target, request.body, headers=request.all_headers)
        await asyncio.wait_for(sending, 60)

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
        runner.run(send())
    return turns.longest


def _size(name: str) -> int:
    return FEWER.get(name, BODY)


@pytest.mark.parametrize("make_client", [make_client, api], ids=["4.19.4", "4.29.3"])
@pytest.mark.parametrize("name", [*HEADS, *BODIES])
def test_a_turn_of_the_loop_is_short(make_client: Callable[..., Client], name: str) -> None:
    make, size = (HEADS[name], HEAD) if name in HEADS else (BODIES[name], _size(name))
    request = make(size)
    assert any(longest_turn(make_client(contract="enforce"), request) < LONGEST for _ in range(3))


WRONG = body("/api/v1/chat", "application/json", '{"username": 5, "message": "', "a", '"}')(100_000)


@pytest.mark.parametrize("make_client", [make_client, api], ids=["4.19.4", "4.29.3"])
def test_a_large_body_is_validated_after_the_key(make_client: Callable[..., Client]) -> None:
    async def rules(headers: list[tuple[str, str]]) -> tuple[int, list[str]]:
        client = make_client(contract="enforce")
        reply = await client.request("POST", WRONG.target, WRONG.body, headers=headers)
        return reply.status, [each.rule for each in client.entries[0].violations]

    status, found = asyncio.run(rules(WRONG.headers))
    assert (400 <= status < 500, found) == (True, ["type"])
    assert asyncio.run(rules([field for field in WRONG.headers if field[0] != "X-API-Key"])) == (401, [])


@pytest.mark.parametrize("make_client", [make_client, api], ids=["4.19.4", "4.29.3"])
def test_large_requests_that_come_together_have_turns_of_their_own(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = BODIES["parts of a chat"](200_000)
    client, turns, handle = make_client(contract="enforce"), list[int](), Api._handled
    client.app.serving.turns._patience = 60.0  # a thread may take long on a busy machine

    async def chat(_: int) -> None:
        assert (await client.request("POST", request.target, request.body, headers=request.headers)).status == 200

    async def chats() -> None:
        async with iterations() as now:

            def handled(api: Api, call: Call) -> ASGIApp:
                turns.append(now())
                return handle(api, call)

            monkeypatch.setattr(Api, "_handled", handled)
            await asyncio.gather(*map(chat, range(20)))

    asyncio.run(chats())
    assert len({*turns}) == len(turns) == 20


SAY: Any = {"say": "word " * 400_000}
TOOL: Any = {"call": {"tool": "look", "result": "x" * (MOST_DATA - 8)}}
FILLED: Any = {"say": "{message}" * 2_000}


@pytest.mark.parametrize("make_client", [make_client, api], ids=["4.19.4", "4.29.3"])
@pytest.mark.parametrize(("step", "size"), [(SAY, 2_000_000), (TOOL, MOST_DATA - 8), (FILLED, 2_000_000)])
def test_large_replies_that_come_together_are_made_in_turns(
    make_client: Callable[..., Client], step: Any, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, turn, running, together, without = make_client(contract="enforce"), Turns.turn, 0, 0, list[object]()
    client.app.serving.turns._patience = 60.0

    @asynccontextmanager
    async def counted(turns: Turns) -> AsyncIterator[None]:
        nonlocal running, together
        async with turn(turns):
            together, running = max(together, running + 1), running + 1
            yield
            running -= 1

    def frame(value: JSON) -> dict[str, Any]:
        made = sse_frame(value)
        if not running and len(made["body"]) > 100_000:
            without.append(made)
        return made

    async def chat(number: int) -> None:
        body = json.dumps({"username": "ada", "session_id": f"s{number}", "message": "large" * 200}).encode()
        reply = await client.request("POST", "/api/v1/chat", body, headers=[KEY, ("Content-Type", "application/json")])
        assert (reply.status, len(reply.body) > size) == (200, True)

    async def chats() -> None:
        scripts = [{"name": "large", "when": {"message": {"contains": "large"}}, "run": [step, {"say": "done"}]}]
        added = await client.request("POST", "/__mockbot__/worlds/default/scripts", scripts, headers=[LOCAL])
        assert added.status == 200
        monkeypatch.setattr(Turns, "turn", counted)
        monkeypatch.setattr(sse, "frame", frame)
        await asyncio.gather(*map(chat, range(5)))

    asyncio.run(chats())
    assert (together, without) == (1, [])


@pytest.mark.usefixtures("no_garbage_collection")
def test_other_requests_are_answered_while_faults_change_a_large_response() -> None:
    client, turns = make_client(), TimedSelector()
    for number in range(100):
        client.world.sessions.create(f"{number}{'x' * 3_000}", "alice")
    wishes = ("Prefer", ", ".join(["fault=paging;rows=repeat"] * 12))

    async def listed() -> float:
        began = process_time()
        reply = await client.get("/api/v1/chat/sessions?username=alice&page_size=100", headers=[KEY, wishes])
        assert (reply.status, len(reply.body) > 300_000) == (200, True)
        return process_time() - began

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
        runner.run(listed())  # what this needs is loaded
        turns.longest, turns.began = 0.0, None
        seconds = runner.run(listed())
    assert turns.longest < max(seconds / 4, 0.02)


@pytest.mark.parametrize("make_client", [make_client, api], ids=["4.19.4", "4.29.3"])
def test_a_reply_of_thousands_of_characters_has_turns(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, taken = make_client(contract="enforce"), list[int]()

    async def counted(steps: Iterator[Step], send: Send, turns: Turns) -> None:
        taken.append(1)
        await in_turns(steps, send, turns)

    monkeypatch.setattr("mockbot.world.stream._in_turns", counted)

    async def chat(length: int) -> None:
        reply = await client.request("POST", "/api/v1/chat", {"message": "a " * (length // 2), "username": "ada"})
        assert (reply.status, len(reply.body) > length) == (200, True)

    asyncio.run(chat(LONG - 100))
    assert taken == []
    asyncio.run(chat(LONG + 100))
    assert taken == [1]


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
@pytest.mark.parametrize("script", ["", "{request}"])
def test_what_replies_quote_has_a_bound(version: str, script: str) -> None:
    scripts: Any = [{"name": "asks", "when": {"message": {"contains": "hi"}}, "run": [{"say": script or "yes"}]}]

    async def sizes() -> int:
        client = make_client("default", astrbot=version)
        assert (
            await client.request("POST", "/__mockbot__/worlds/default/scripts", scripts, headers=[LOCAL])
        ).status == 200
        await client.chat("x" * 400_000)
        stored = client.world.history.all()[0].id
        parts = [{"type": "plain", "text": "hi"}, *[{"type": "reply", "message_id": stored}] * 200]
        tracemalloc.start()
        await client.request("POST", "/api/v1/chat", {"username": "ada", "message": parts})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert asyncio.run(sizes()) < (12 if script else 2) * QUOTED
