"""A key of a world's own leads a request that names no world to that world, and never to another one."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.credentials import COMMON
from mockbot.response import problem
from mockbot.settings import Settings
from mockbot.world.blueprint import Blueprint
from mockbot.world.call import SCOPE_WORLD
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixture
from mockbot.world.gate import Gate
from mockbot.world.owners import KeyOwners, sent_keys
from mockbot.world.records import Key
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL, Control
from tests.generic.asking import Serve, ask, get
from tests.generic.conftest import serve as serve

BOTS = "/api/v1/im/bots"
OWN, OTHER = "abk_own-key-of-x", "abk_own-key-of-y"


async def put(client: Client, name: str, **options: Any) -> dict[str, Any]:
    reply = await client.request("PUT", f"/__mockbot__/worlds/{name}", options, headers=[LOCAL])
    assert reply.status in (200, 201), reply.body
    found: dict[str, Any] = reply.json
    return found


async def world_for(client: Client, *headers: tuple[str, str], query: str = "", path: str = BOTS) -> str:
    """Return the name of the world that answers a request."""
    reply = await client.get(f"{path}{query}", headers=list(headers))
    return reply.header("x-mockbot-world") or DEFAULT


@pytest.mark.anyio
async def test_a_key_leads_wherever_it_is_sent(client: Client) -> None:
    row = await put(client, "x", key=OWN)
    assert (row["key"], row["base_path"]) == (OWN, "/w/x")
    assert await world_for(client, ("X-API-Key", OWN)) == "x"
    assert await world_for(client, ("Authorization", f"Bearer {OWN}")) == "x"
    assert await world_for(client, ("Authorization", f"ApiKey {OWN}")) == "x"
    assert await world_for(client, query=f"?api_key={OWN}") == "x"
    assert await world_for(client, query=f"?key={OWN.replace('-', '%2D')}") == "x"
    assert await world_for(client, ("X-API-Key", OWN), ("Authorization", f"Bearer {OWN}")) == "x"
    assert [entry.world for entry in client.entries] == ["x"] * 6
    assert [entry.status for entry in client.entries] == [200] * 6
    assert not any(OWN in str(entry.headers) + entry.query for entry in client.entries)


@pytest.mark.anyio
async def test_what_is_not_its_key_does_not_lead(client: Client) -> None:
    await put(client, "x", key=OWN)
    for text in (OWN[:-1], f"{OWN}1", OWN.upper(), f"{OWN} {OWN}x", "", "abk_demo"):
        assert await world_for(client, ("X-API-Key", text)) == DEFAULT
    assert await world_for(client, ("X-Other", OWN)) == DEFAULT
    assert await world_for(client, query=f"?username={OWN}") == DEFAULT


@pytest.mark.anyio
async def test_the_name_of_a_world_outranks_its_key(client: Client) -> None:
    await put(client, "x", key=OWN)
    key = ("X-API-Key", OWN)
    assert await world_for(client, key, path=f"/w/y{BOTS}") == "y"
    assert await world_for(client, key, path=f"/w/default{BOTS}") == DEFAULT
    assert await world_for(client, key, ("X-Mockbot-World", "default")) == DEFAULT
    assert await world_for(client, key, path=f"/w/x{BOTS}") == "x"
    assert client.entries[-1].status == 200


@pytest.mark.anyio
async def test_keys_of_two_worlds_lead_nowhere(client: Client) -> None:
    await put(client, "x", key=OWN)
    await put(client, "y", key=OTHER)
    assert await world_for(client, ("X-API-Key", OWN), ("Authorization", f"Bearer {OTHER}")) == DEFAULT
    assert client.entries[-1].status == 401
    assert await world_for(client, KEY, ("Authorization", f"Bearer {OTHER}")) == "y"  # y has abk_demo, too
    assert await world_for(client, ("Authorization", "Basic abc"), ("X-API-Key", OTHER)) == "y"


@pytest.mark.anyio
async def test_a_shared_key_leads_nowhere_until_nobody_has_it(client: Client) -> None:
    for name in ("x", "y"):
        await put(client, name, key=OWN)
    assert await world_for(client, ("X-API-Key", OWN)) == DEFAULT
    await client.request("DELETE", "/__mockbot__/worlds/y", headers=[LOCAL])
    assert await world_for(client, ("X-API-Key", OWN)) == DEFAULT  # the client may be that of y
    await client.request("DELETE", "/__mockbot__/worlds/x", headers=[LOCAL])
    await put(client, "x", key=OWN)
    assert await world_for(client, ("X-API-Key", OWN)) == "x"


@pytest.mark.anyio
async def test_a_key_of_the_default_world_stays_there_even_when_that_is_made_again(client: Client) -> None:
    await put(client, "x", key="abk_demo")
    assert await world_for(client, KEY) == DEFAULT
    await client.request("DELETE", "/__mockbot__/worlds/default", headers=[LOCAL])
    assert await world_for(client, KEY) == DEFAULT


@pytest.mark.anyio
async def test_a_key_of_a_fixture_leads_also_when_it_is_not_valid(client: Client) -> None:
    keys = [{"key": "only-in-x"}, {"key": "revoked-in-x", "revoked": True}]
    await put(client, "x", fixture={"version": 1, "extends": "default", "keys": keys})
    assert await world_for(client, ("X-API-Key", "only-in-x")) == "x"
    assert await world_for(client, ("X-API-Key", "revoked-in-x")) == "x"
    assert [entry.status for entry in client.entries] == [200, 401]


@pytest.mark.anyio
async def test_a_key_survives_a_reset_and_is_not_part_of_a_snapshot(client: Client) -> None:
    await put(client, "x", key=OWN)
    await client.request("POST", "/__mockbot__/worlds/x/reset", headers=[LOCAL])
    assert await world_for(client, ("X-API-Key", OWN)) == "x"
    assert OWN not in str(snapshot(client.app.worlds.get("x")))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ([{"key": "abk_few", "scopes": ["chat"]}], 403),
        ([{"key": "abk_few", "scopes": ["chat"]}, {"key": "abk_all", "scopes": None}], 200),
        ([], 200),
        ([{"key": OWN, "revoked": True}], 401),
        ([{"key": OWN, "scopes": ["im"]}, {"key": "abk_all", "scopes": None}], 200),
        ([{"key": OWN, "scopes": ["chat"]}, {"key": "abk_all", "scopes": None}], 403),
    ],
)
async def test_it_may_do_what_a_key_of_the_fixture_may(client: Client, keys: list[Any], status: int) -> None:
    await put(client, "x", key=OWN, fixture={"version": 1, "extends": "default", "keys": keys})
    await client.get(BOTS, headers=[("X-API-Key", OWN)])
    assert (client.entries[-1].world, client.entries[-1].status) == ("x", status)


@pytest.mark.anyio
async def test_it_stands_for_the_same_user() -> None:
    client = make_client(astrbot="4.29.3")
    await put(client, "x", key=OWN)
    for key in (OWN, client.app.key):
        reply = await client.get("/w/x/api/v1/chat/sessions/new", headers=[("X-API-Key", key)])
        assert reply.json["status"] == "ok"
    creators = {session.creator for session in client.app.worlds.get("x").sessions.all()}
    assert len({each for each in creators if each.startswith("api_key:")}) == 1


KEYS = ["k", "ke", "key", "key1", "abk_1", "abk_12", "a=b", "q~q"]
NAMES = [DEFAULT, "x", "y", "z"]
STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.none() | st.frozensets(st.sampled_from(KEYS), max_size=4)), max_size=12
)
HEADERS = {"x-api-key": "", "authorization": "Bearer ", "Authorization": "ApiKey ", "cookie": "c="}
SENT = st.lists(st.tuples(st.sampled_from(["query", *HEADERS]), st.sampled_from([*KEYS, "unknown"])), max_size=3)


@given(STEPS, SENT)
def test_a_request_never_reaches_a_world_that_others_of_its_keys_exclude(
    steps: list[tuple[str, frozenset[str] | None]], sent: list[tuple[str, str]]
) -> None:
    def make(name: str, keys: frozenset[str] = frozenset()) -> World:
        fixture = Fixture(keys=tuple(map(Key, sorted(keys))))
        return World(name, fixture, seed=0, clock=FrozenClock(), settings=Settings(), blueprint=Blueprint())

    worlds, now = Worlds(make, 10), dict[str, frozenset[str]]()
    shared: set[str] = set()
    for name, keys in steps:
        now.pop(name, None)
        shared = {key for key in shared if any(key in each for each in now.values())}
        if keys is None:
            worlds.remove(name)
        else:
            worlds.put(make(name, keys))
            now[name] = keys
        shared |= {key for key in KEYS if sum(key in each for each in now.values()) > 1}
    fields = [(place.lower(), HEADERS[place] + key) for place, key in sent if place in HEADERS]
    headers = [(name.encode(), value.encode()) for name, value in fields]
    query = urlencode([("api_key", key) for place, key in sent if place == "query"]).encode()
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope[SCOPE_WORLD].name)

    scope = {"type": "http", "path": "/x", "raw_path": b"/x", "headers": headers, "query_string": query}
    asyncio.run(Gate(app, worlds, problem)(scope, None, None))  # type: ignore[arg-type]  # the gate calls neither
    known = {key for _, key in sent if any(key in keys for keys in now.values())}
    fitting = [name for name in now if known <= now[name] and known - shared]
    assert reached == (fitting if len(fitting) == 1 else [DEFAULT])


def test_many_worlds_with_one_key_are_forgotten_with_it() -> None:
    owners = KeyOwners()
    for number in range(100):
        owners.add(f"w{number}", ("k", f"k{number}"))
    for number in range(100):
        owners.remove(f"w{number}", ("k", f"k{number}"))
    owners.add("x", ("k",))
    assert owners.world_of(["k"]) == "x"


def test_a_request_without_credentials_has_no_key() -> None:
    assert not sent_keys(b"a=1&username=k", [(b"host", b"k"), (b"accept", b"k")], COMMON)


@pytest.mark.anyio
async def test_verify_names_the_requests_that_reached_the_default_world(client: Client) -> None:
    control = Control(client)
    await client.get(BOTS, headers=[KEY])
    await put(client, "x")
    for _ in range(2):
        await client.get(BOTS, headers=[KEY])
    await client.get(f"/w/default{BOTS}", headers=[KEY])
    await client.get("/api/v1/configs", headers=[KEY])
    found = (await control.request("POST", "worlds/x/verify", {"operation": f"GET {BOTS}"})).json
    assert found["astray"] == ["e2", "e3"]
    assert found["message"].splitlines()[1] == (
        "  2 such requests reached the default world instead (e2, e3): the client has lost the prefix /w/x; "
        "keep it when you join URLs, or send the world's own key"
    )
    await client.get(f"/w/x{BOTS}", headers=[KEY])
    for count in (1, 0, {"max": 0}):
        query = {"operation": f"GET {BOTS}", "count": count}
        assert not (await control.request("POST", "worlds/x/verify", query)).json["astray"]
    assert not (await control.request("POST", "worlds/default/verify", {"operation": "GET /nope"})).json.get("astray")


def test_another_document_without_keys_still_takes_every_key(serve: Serve) -> None:
    schemes = {"Key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"}}
    document = {**get(path="/a", security=[{"Key": []}]), "components": {"securitySchemes": schemes}}
    app, local = serve(document), {"Host": "127.0.0.1:6185", "Content-Type": "application/json"}
    assert ask(app, ("PUT /__mockbot__/worlds/x", {"key": OWN}), headers=local)[0].json()["key"] == OWN
    for path, key, world in (
        ("/a", "any", None),
        ("/w/x/a", "any", "x"),
        ("/w/x/a", OWN, "x"),
        ("/a", OWN, "x"),
    ):
        (reply,) = ask(app, f"GET {path}", headers={"X-Shop-Key": key})
        assert (reply.status_code, reply.headers.get("x-mockbot-world")) == (200, world)
