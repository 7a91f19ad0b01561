"""Which pages can call the server and read its responses, and what the log says of the others."""

import logging
from typing import Any

import pytest

from tests.conftest import KEY, Client, Reply, make_client

pytestmark = pytest.mark.anyio
PAGE = "http://localhost:5173"
OTHER = "https://example.org"
BOTS = "/api/v1/im/bots"


async def preflight(client: Client, origin: str = PAGE, asks: str = "content-type,x-api-key", **more: str) -> Reply:
    fields = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asks}
    return await client.request("OPTIONS", "/api/v1/chat", headers=list({**fields, **more}.items()))


async def get(client: Client, *headers: tuple[str, str], origin: str = PAGE) -> Reply:
    return await client.get(BOTS, headers=[KEY, ("Origin", origin), ("Host", "127.0.0.1:6185"), *headers])


def warnings(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize("origin", [PAGE, OTHER, "null", "capacitor://localhost", "chrome-extension://abc"])
@pytest.mark.parametrize("asks", ["x-api-key", "authorization", "content-type", "x-mockbot-world,prefer,x-anything"])
async def test_a_page_of_any_origin_may_send_any_header(strict: Client, origin: str, asks: str) -> None:
    reply = await preflight(strict, origin, asks)
    assert reply.status == 200
    assert reply.header("access-control-allow-origin") == "*"
    assert reply.header("access-control-allow-headers") == asks
    assert "POST" in (reply.header("access-control-allow-methods") or "")
    assert not strict.entries


async def test_a_page_may_call_a_server_on_the_own_machine(strict: Client) -> None:
    reply = await preflight(strict, OTHER, **{"Access-Control-Request-Private-Network": "true"})
    assert (reply.status, reply.header("access-control-allow-private-network")) == (200, "true")


async def test_a_page_can_read_every_header(strict: Client) -> None:
    reply = await get(strict)
    exposed = (reply.header("access-control-expose-headers") or "").lower().split(", ")
    assert {"*", "x-mockbot-entry", "x-mockbot-violations", "x-mockbot-world"} <= set(exposed)


@pytest.mark.parametrize("options", [{"contract": "enforce"}, {"cors": (PAGE,)}, {"cors": (PAGE, OTHER)}])
@pytest.mark.parametrize("origin", [None, PAGE, "https://third.example"])
async def test_caches_keep_the_responses_for_each_origin_apart(options: dict[str, Any], origin: str | None) -> None:
    client = make_client(**options)
    headers = [KEY, *([("Origin", origin)] if origin else [])]
    for reply in (await client.get(BOTS, headers=headers), await client.get("/openapi.json", headers=headers)):
        vary = [value for name, value in reply.headers if name == "vary"]
        assert [each for value in vary for each in value.split(", ")].count("Origin") == 1
    if origin:
        assert "Origin" in str((await preflight(client, origin)).header("vary"))


async def test_observe_has_no_header_of_cors_and_names_the_option_once_an_origin(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    replies = [await preflight(client), await get(client), await get(client, origin=OTHER), await preflight(client)]
    assert [reply.status for reply in replies] == [401, 200, 200, 401]
    names = {name for reply in replies for name, _ in reply.headers}
    assert not [name for name in names if name == "vary" or name.startswith("access-control")]
    assert warnings(caplog) == [
        f"a page of {origin} cannot read the responses of this server (CORS: by default no page can in observe); "
        f"start mockbot with --cors {origin}"
        for origin in (PAGE, OTHER)
    ]


async def test_an_origin_that_is_not_listed_is_named(caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(cors=(PAGE,))
    assert (await preflight(client)).status == 200
    assert (await get(client)).header("access-control-allow-origin") == PAGE
    assert not warnings(caplog)
    assert (await preflight(client, OTHER)).header("access-control-allow-origin") is None
    assert (await get(client, origin=OTHER)).header("access-control-allow-origin") is None
    (warning,) = warnings(caplog)
    assert f"a page of {OTHER} " in warning
    assert f"only {PAGE} can" in warning


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        ("http://127.0.0.1:6185", ()),
        (PAGE, (("Sec-Fetch-Site", "same-origin"),)),
        ("", ()),
        ("not an origin", ()),
        ("http://a\nb", ()),
        ("http://" + "a" * 5000, ()),
    ],
)
async def test_what_is_no_page_of_another_origin_is_not_named(
    client: Client, caplog: pytest.LogCaptureFixture, origin: str, headers: tuple[tuple[str, str], ...]
) -> None:
    await get(client, *headers, origin=origin)
    assert not warnings(caplog)


async def test_a_server_that_is_meant_to_allow_none_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert (await get(make_client(cors=()))).header("access-control-allow-origin") is None
    assert not warnings(caplog)


async def test_a_script_that_allows_the_page_is_enough(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    script = {
        "when": {"operation": f"GET {BOTS}"},
        "answer": {
            "headers": {"Access-Control-Allow-Origin": PAGE},
            "json": {"status": "ok", "message": "", "data": {"bot_ids": []}},
        },
    }
    added = await client.request(
        "POST", "/__mockbot__/worlds/default/scripts", [script], headers=[("Host", "localhost")]
    )
    assert added.status == 200, added.body
    assert (await get(client)).header("access-control-allow-origin") == PAGE
    assert not warnings(caplog)
