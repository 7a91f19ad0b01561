"""All worlds of a server together take no more memory than `max_size`, with everything that requests put into them."""

import asyncio

import pytest

from tests.astrbot.v4_29_3.api import api
from tests.bounds import MIB, WIDE, assert_kept, measured
from tests.conftest import KEY, Client, Make, make_client
from tests.control.conftest import LOCAL

LIMIT = 12 * MIB
SCRIPT = {"when": {"message": "x"}, "run": [{"say": WIDE * 500}]}
FORM = ("Content-Type", "multipart/form-data; boundary=X")
HEAD = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


async def use(client: Client, number: int) -> None:
    """Put something of each kind into a world: sessions, history, files, scripts, states, faults and entries."""
    world, control = f"/w/w{number % 30}", f"/__mockbot__/worlds/w{number % 30}"
    for message in ("hello", WIDE * 2000, "\\" * 5000):
        chat = {"username": "alice", "session_id": f"s{number}", "message": message}
        await client.request("POST", f"{world}/api/v1/chat", chat)
    await client.request(
        "POST", f"{world}/api/v1/file", HEAD + bytes(20_000 + number) + b"\r\n--X--", headers=[KEY, FORM]
    )
    await client.get(f"{world}/api/v1/chat/sessions?username=alice&page={'9' * 500}")
    await client.get(f"{world}/nowhere", headers=[KEY, ("X-Long", "a" * 3000)])
    added = await client.request("POST", f"{control}/scripts", SCRIPT, headers=[LOCAL])
    armed = {"fault": "cut", "operation": "GET /api/v1/im/bots"}
    faulty = await client.request("POST", f"{control}/faults", armed, headers=[LOCAL])
    assert (added.status, faulty.status) == (200, 201)


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_client, api], ids=["4.19.4", "4.29.3"])
def test_all_worlds_together(make: Make) -> None:
    client = make(max_size=LIMIT)
    used = 0

    async def warm() -> None:
        for number in range(5):
            await use(client, number)

    async def fill() -> None:
        nonlocal used
        while client.app.worlds.evicted < 40:
            await use(client, used)
            client.entries.clear()
            used += 1

    asyncio.run(warm())
    for name in [world.name for world in client.app.worlds]:
        client.app.worlds.remove(name)
    assert_kept(measured(lambda: asyncio.run(fill())), LIMIT)
    assert sum(world.size for world in client.app.worlds) <= LIMIT
