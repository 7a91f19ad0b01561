"""Lists cost what their rows cost, whatever a query repeats; no id is too large."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

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
