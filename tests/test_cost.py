"""No request costs more than its size: the CPU time for a byte stays the same while requests grow."""

import asyncio
import gc
import io
from collections.abc import Callable
from time import process_time

import pytest

from mockbot.journal.har import to_har
from mockbot.journal.log import text_log
from mockbot.journal.view import curl, view
from mockbot.turns import at_once
from tests.astrbot.v4_29_3.api import api
from tests.conftest import Client, make_client
from tests.requests_by_size import BODIES, HEADS, Make

pytestmark = pytest.mark.slow

HEAD, BODY = 3 * 1024, 24 * 1024
"""Bytes of the smallest head and body; the largest have 16 times as many."""
GROWTH, SIZES = 3, (1, 4, 16)
"""How much more a byte of a larger request may cost, and by how much requests are larger than the smallest."""
FLOOR = 0.004
"""Seconds that any request may take: smaller amounts say more about the machine."""
CASES = [*((name, HEAD, make) for name, make in HEADS.items()), *((name, BODY, make) for name, make in BODIES.items())]
VERSIONS: dict[str, Callable[..., Client]] = {"4.19.4": make_client, "4.29.3": api}


async def seconds(client: Client, make: Make, size: int) -> float:
    """Return the CPU time of a request, of all that the journal shows of it, and of its lines in the log."""
    request, log = make(size), text_log(io.StringIO(), bodies=True)
    began = process_time()
    await client.request(request.method, request.target, request.body, headers=request.all_headers)
    (entry,) = client.entries
    view(entry)
    at_once(to_har([entry]))
    curl(entry, "http://127.0.0.1")
    log(entry)
    return process_time() - began


async def best(version: str, make: Make, size: int) -> float:
    """Return the least of two: the first may have to compile something."""
    gc.disable()  # to look at all objects of the tests for garbage takes longer than most requests
    try:
        return min([await seconds(VERSIONS[version](contract="enforce"), make, size) for _ in range(2)])
    finally:
        gc.enable()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("size", "make"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_cost_of_a_byte_does_not_grow(version: str, size: int, make: Make) -> None:
    costs = [asyncio.run(best(version, make, size * times)) for times in SIZES]
    least = max(costs[0], FLOOR)
    for times, cost in zip(SIZES, costs, strict=True):
        assert cost <= GROWTH * times * least, costs
