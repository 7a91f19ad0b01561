"""In a world that has much, operations that only read are answered in turns, with the same bytes."""

import asyncio
from typing import Any

import pytest

from mockbot.astrbot import handler, lists
from mockbot.astrbot.envelope import Envelope
from mockbot.astrbot.handler import Answers, Result
from mockbot.astrbot.v4_19_4.answers import ENVELOPE as OLD
from mockbot.astrbot.v4_29_3 import conversations, downloads, sessions
from mockbot.astrbot.v4_29_3.answers import ENVELOPE as NEW
from mockbot.astrbot.v4_29_3.operations import READING
from mockbot.jsontext import JSON
from mockbot.turns import Work, at_once
from mockbot.world.call import Call
from tests.astrbot.v4_29_3.api import api, open_chat
from tests.astrbot.v4_29_3.files_api import api as files_api
from tests.astrbot.v4_29_3.files_api import get, upload
from tests.conftest import KEY, make_client
from tests.iterations import iterations

pytestmark = pytest.mark.anyio
LIST = "/api/v1/chat/sessions?username=alice"
VALUES: list[JSON] = [
    {},
    [],
    {"rows": [], "more": {}},
    {"rows": [{"a": [1, {"b": "é"}], "c": {"d": None}}, 1.5, True], "é": "x"},
    {"rows": ["\ud800", "é"]},
    {"\ud800": 1},
    {"rows": [1e999, {"a": [float("nan")]}]},
]


@pytest.mark.parametrize("envelope", [OLD, NEW], ids=["4.19.4", "4.29.3"])
@pytest.mark.parametrize("value", VALUES)
def test_a_response_that_is_written_in_parts_is_the_same(envelope: Envelope, value: JSON) -> None:
    assert at_once(envelope.large_ok(value, "é")) == envelope.ok(value, "é")


def test_what_changes_a_world_is_not_done_later() -> None:
    assert all(name.startswith("GET ") for name in READING)
    assert not {"GET /api/v1/chat/sessions/new", "GET /api/v1/chat/runs/{run_id}/stream"} & READING


@pytest.mark.parametrize("target", [LIST, "/api/v1/configs", "/api/v1/im/bots", "/api/v1/chat/sessions"])
async def test_large_and_small_worlds_give_the_same_response(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await make_client().get(target)
    monkeypatch.setattr(handler, "MUCH", -1)
    in_turns = await make_client().get(target)
    assert in_turns.status == before.status
    assert (in_turns.headers, in_turns.body) == (before.headers, before.body)


@pytest.mark.parametrize("ranges", ["0-3", "-4", "0-1,5-7", "0-0,2-2,8-"])
async def test_ranges_are_the_same_in_turns(ranges: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def downloaded() -> tuple[int, list[tuple[str, str]], bytes]:
        client = files_api()
        data = await upload(client, "a.txt", b"0123456789")
        reply = await get(client, f"/files/{data['attachment_id']}", ("Range", f"bytes={ranges}"))
        return reply.status, reply.headers, reply.body

    before = await downloaded()
    monkeypatch.setattr(downloads, "LARGE", 0)
    assert before[0] == 206
    assert await downloaded() == before


@pytest.mark.parametrize(
    "target", ["conversations", "conversations?search=HELLO", "chat/sessions/s", "chat/sessions?username=alice"]
)
async def test_what_was_said_is_the_same_in_turns(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read() -> tuple[int, list[tuple[str, str]], bytes]:
        client = api()
        await open_chat(client).reply()
        key = ("X-API-Key", "abk_demo_all") if target.startswith("conv") else KEY
        reply = await client.get(f"/api/v1/{target}", headers=[key])
        return reply.status, reply.headers, reply.body

    before = await read()
    assert before[0] == 200
    longs: list[Work[Any]] = []
    monkeypatch.setattr(lists, "USUAL", 0)
    monkeypatch.setattr(lists, "LARGE", 0)
    for module in (conversations, sessions):
        monkeypatch.setattr(module, "MUCH", 0)
    monkeypatch.setattr(sessions, "LARGE", 0)
    make = handler._long

    def noted(work: Work[Any], *, always: bool = False) -> Any:
        longs.append(work)
        return make(work, always=always)

    monkeypatch.setattr(handler, "_long", noted)
    assert await read() == before
    assert longs


@pytest.mark.parametrize("together", [False, True])
async def test_lists_of_a_large_world_are_made_in_different_iterations(
    together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, writing, write = list[int](), Answers.writing, Answers.write
    client = make_client()
    if not together:
        monkeypatch.setattr(handler, "MUCH", -1)

    async with iterations() as now:

        def noted_writing(answers: Answers, result: Result, call: Call) -> Work[Any]:
            made.append(now())
            return (yield from writing(answers, result, call))

        def noted(answers: Answers, result: Result, call: Call) -> Any:
            made.append(now())
            return write(answers, result, call)

        monkeypatch.setattr(Answers, "writing", noted_writing)
        monkeypatch.setattr(Answers, "write", noted)
        replies = await asyncio.gather(*(client.get(LIST, headers=[KEY]) for _ in range(10)))
    assert {each.status for each in replies} == {200}
    assert len(made) == 10
    assert (len({*made}) < 10) == together
