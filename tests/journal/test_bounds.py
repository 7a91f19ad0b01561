"""The entries of a journal take no more memory than the settings promise, also after they have been read."""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.bounds import FACTOR, MIB, WIDE, measured
from tests.conftest import KEY, make_client

Request = Callable[[int], tuple[str, str, bytes, list[tuple[str, str]]]]
"""Method, target, body and headers."""


def get(target: str, *headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Any:
    return method, target, body, [*headers]


BOTS, CHAT = "/api/v1/im/bots", "/api/v1/chat"
JSON_BODY = ("Content-Type", "application/json")


def post(body: Any) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return get(CHAT, KEY, JSON_BODY, method="POST", body=sent)


def numbered(number: int, name: str, times: int) -> list[tuple[str, str]]:
    """Return headers; those of an empty name are called otherwise."""
    return [(name or f"x{each}", f"abk_{number}_{each}") for each in range(times)]


REQUESTS: dict[str, Request] = {
    "plain": lambda number: get(BOTS, KEY),
    "no path": lambda number: get("/"),
    "a long method": lambda number: get(BOTS, KEY, method="M" * 30_000),
    "a long path": lambda number: get("/" + f"{number}" * 10_000),
    "a wide path": lambda number: get("/" + f"{number}" * 10_000 + WIDE),
    "a long query": lambda number: get(f"{BOTS}?q=" + f"{number}" * 10_000, KEY),
    "a query to escape": lambda number: get(f"{BOTS}?" + "&".join(f"é{each}{number}=é" for each in range(900)), KEY),
    "many headers": lambda number: get(BOTS, KEY, *numbered(number, "", 2000)),
    "a long header": lambda number: get(BOTS, KEY, ("x-long", f"{number}" * 10_000)),
    "a long key": lambda number: get(BOTS, ("X-API-Key", f"{number}k" * 5_000)),
    "other keys": lambda number: get(BOTS, ("X-API-Key", f"abk_{number}" + "k" * 900)),
    "many keys": lambda number: get(BOTS, *numbered(number, "X-API-Key", 100)),
    "violations": lambda number: post({"message": [{"type": f"{number}{each}"} for each in range(300)]}),
    "a long value": lambda number: post({"message": f"{number}é" * 30_000}),
    "a body": lambda number: post(b"%d" % number * 100_000),
    "a chat": lambda number: post({"username": "u", "session_id": "s", "message": f"{number} " * 400}),
    "a wish": lambda number: get(BOTS, KEY, ("Prefer", f"code=200, example={'x' * 2000}{number}")),
}
MASKED = ("method", "path", "query", "headers", "body", "response_headers", "chunks", "tail", "violations", "defects")
"""What is masked when it is first read."""
FILLED = 0.2
"""How much of what is promised is used at least."""


@pytest.mark.parametrize("shape", REQUESTS)
def test_journal(shape: str) -> None:
    promised = MIB
    client = make_client(max_journal_bytes=promised, max_journal_entries=10**9, max_history=1)

    async def send(number: int) -> None:
        method, target, body, headers = REQUESTS[shape](number)
        await client.request(method, target, body, headers=headers)
        client.entries.clear()

    async def warm_up() -> None:
        for number in range(8):
            await send(number)

    async def fill() -> None:
        await warm_up()
        before = 0
        for number in count(10):
            await send(number)
            if (kept := len(client.world.journal)) == before:
                break
            before = kept

    def filled() -> object:
        asyncio.run(fill())
        return None

    asyncio.run(warm_up())
    client.world.journal.clear()
    unread = measured(filled)
    assert unread <= promised * FACTOR, f"unread: {unread / promised:.2f} of what is promised"
    client.world.journal.clear()

    def read_all() -> object:
        asyncio.run(fill())
        for entry in client.world.journal:
            for name in (
                "method",
                "path",
                "query",
                "headers",
                "body",
                "response_headers",
                "chunks",
                "tail",
                "violations",
                "defects",
            ):
                getattr(entry, name)
        return None

    read = measured(read_all)
    assert read <= promised * FACTOR, f"read: {read / promised:.2f} of what is promised"
    assert read >= promised * FILLED, f"read: {read / promised:.2f} of what is promised"
