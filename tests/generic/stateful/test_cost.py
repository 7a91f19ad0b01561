"""Lists and rows cost what they hold, and odd values of a request harm nothing."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from mockbot.world.rows import Resource, Rows
from tests.generic.stateful.petstore import Shop, opened

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
