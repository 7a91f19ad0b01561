"""Lists and rows cost what they hold, and odd values of a request harm nothing."""

import asyncio
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time, thread_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.generic.stateful.listing import ordered
from mockbot.generic.stateful.long_lists import written
from mockbot.jsontext import compact
from mockbot.turns import at_once
from mockbot.world.clock import FrozenClock
from mockbot.world.rows import Resource, Row, Rows
from mockbot.world.worlds import DEFAULT
from tests.conftest import Client, Reply
from tests.generic.stateful.petstore import PETSTORE, Shop, opened
from tests.test_turns import TimedSelector

PAGING = ("page", "per_page")
MUCH = 2.0
"""Seconds of CPU time that no list here comes near."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from opened(tmp_path)


@pytest.mark.parametrize("query", ["&".join(["q=Rex"] * 5000), "sort=" + ",".join(["name", "-id"] * 4000)])
def test_a_query_that_repeats_itself_costs_no_more(shop: Shop, query: str) -> None:
    for number in range(100):
        shop("POST /pets", {"name": f"Rex {number}"})
    before = process_time()
    assert shop(f"GET /pets?{query}").json()["total"] == 100
    assert process_time() - before < MUCH


def test_any_id_that_json_has_can_be_used(shop: Shop) -> None:
    put = shop("PUT /pets/" + "9" * 4300, {"name": "Rex"})
    assert put.status_code in (200, 404)
    assert shop("POST /pets", {"name": "Rex"}).status_code == 201
    assert shop("GET /pets?sort=id").status_code == 200


def test_a_number_too_large_for_a_float_is_not_kept(shop: Shop) -> None:
    headers = {"content-type": "application/json"}
    made = shop("POST /owners", headers=headers, content=b'{"username": "ann", "height": 1e999}')
    assert (made.status_code, made.json()["detail"]) == (400, "A number in the body is too large")


def test_rows_weigh_what_they_hold() -> None:
    rows = Rows(1000, 1_000_000)
    pets = Resource("/pets", "/pets", "/pets/{id}", "id")
    for number in range(100):
        rows.put(pets, {"id": number, "lists": [[] for _ in range(1000)]})
    assert len(rows) < 20


def test_an_integer_written_as_a_float_is_the_same_key() -> None:
    pets = Resource("/pets", "/pets", "/pets/{id}", "id")
    assert pets.identity({"id": 777.0}) == pets.identity({"id": 777}) == ("/pets", "777")


@pytest.mark.parametrize("host", ["evil.example/path?", "a>b", "[::1", ""])
def test_a_host_that_is_none_is_not_repeated(shop: Shop, host: str) -> None:
    for number in range(30):
        shop("POST /pets", {"name": f"Rex {number}"})
    link = shop("GET /pets", headers={"host": host}).headers["link"]
    assert link == '</pets?page=2>; rel="next"'


VALUES: st.SearchStrategy[Any] = st.none() | st.floats() | st.text(max_size=3) | st.dictionaries(st.text(), st.text())


@given(st.lists(VALUES) | VALUES, st.dictionaries(st.sampled_from(["data", "total", 'a"']), VALUES | st.lists(VALUES)))
def test_a_body_written_row_by_row_is_what_it_is_at_once(rows: Any, body: dict[str, Any]) -> None:
    for value, within in ((rows, None), (body, "data")):
        text = at_once(written(value, within))
        data = b"".join(text.pieces)
        assert data == compact(value)
        assert not text.is_exact or json.loads(data) == value


async def listed(client: Client, query: str, replies: list[Reply]) -> float:
    """List 9,000 pets, and keep the reply; return the seconds of CPU time that this takes."""
    before = thread_time()
    replies.append(await client.get(f"/pets{query}", headers=[]))  # asyncio would write out what is returned
    return thread_time() - before


@pytest.mark.slow
@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize("query", ["", "?status=sold", "?q=rex", "?sort=-name"])
@pytest.mark.parametrize("size", [10, 4_000])
def test_a_long_list_is_made_in_short_turns(tmp_path: Path, query: str, size: int) -> None:
    document = copy.deepcopy(PETSTORE)
    listing = document["paths"]["/pets"]["get"]["parameters"]
    document["paths"]["/pets"]["get"]["parameters"] = [each for each in listing if each["name"] not in PAGING]
    turns = TimedSelector()
    for shop in opened(tmp_path, document):
        rows, pets = shop.app.worlds.get(DEFAULT).rows, Resource("pets", "/pets", "/pets/{petId}", "id")
        for number in range(9_000):
            name = f"Rex {number} {'x' * size}"
            rows.put(pets, {"id": number, "name": name, "status": "sold", "created_at": "2026-01-01T00:00:00Z"})
        client = Client(shop.app, FrozenClock(), [])
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
            replies = list[Reply]()
            runner.run(listed(client, query, replies))  # what this needs is loaded
            turns.longest, turns.began = 0.0, None
            seconds = runner.run(listed(client, query, replies))
    found = replies[-1].json
    assert (replies[-1].status, found["total"], len(found["data"])) == (200, 9_000, 9_000)
    assert turns.longest < max(seconds / 3, 0.03)


@pytest.mark.slow
@pytest.mark.usefixtures("no_garbage_collection")
def test_long_lists_are_made_one_after_the_other(shop: Shop) -> None:
    rows, pets = shop.app.worlds.get(DEFAULT).rows, Resource("pets", "/pets", "/pets/{petId}", "id")
    for number in range(3_000):
        rows.put(pets, {"id": number, "name": "Rex", "status": "sold", "created_at": "2026-01-01T00:00:00Z"})
    turns, client = TimedSelector(), Client(shop.app, FrozenClock(), [])

    async def lists(count: int) -> float:
        before = thread_time()
        for reply in await asyncio.gather(*(client.get("/pets?q=rex&per_page=100", headers=[]) for _ in range(count))):
            assert (reply.status, reply.json["total"]) == (200, 3_000)
        return thread_time() - before

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
        runner.run(lists(1))  # what this needs is loaded
        turns.longest, turns.began = 0.0, None
        seconds = runner.run(lists(20))
    assert turns.longest < max(seconds / 5, 0.03)


def test_each_order_of_a_list_is_made_in_a_thread() -> None:
    rows = [Row({"id": number, "a": -number}) for number in range(3)]
    work = ordered(rows, {"sort": "a,-id"}, {"sort": {}}, ["id", "a"])
    first = next(work)
    assert callable(first)
    second = work.send(first())
    assert callable(second)
    with pytest.raises(StopIteration) as over:
        work.send(second())
    assert [row.value["id"] for row in over.value.value] == [2, 1, 0]
