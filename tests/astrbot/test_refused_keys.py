"""The log and the journal say why a key was refused, and never show it."""

from typing import Any

import pytest

from mockbot.astrbot import versions
from mockbot.journal.view import view
from tests.conftest import make_client

pytestmark = pytest.mark.anyio
BOTS = "/api/v1/im/bots"


@pytest.mark.parametrize("astrbot", list(versions.VERSIONS))
@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ([], "no key; send one as X-API-Key or as Authorization: Bearer"),
        (
            [("X-API-Key", "abk_nobodys_key")],
            "unknown key abk_***; the world default has the keys of the fixture default",
        ),
        ([("X-API-Key", "short")], "unknown key ***; the world default has the keys of the fixture default"),
        ([("X-API-Key", "abk_demo_revoked")], "the key abk_*** is revoked"),
        (
            [("Authorization", "Bearer abk_demo_expired")],
            "the key abk_*** expired at 2020-01-01T00:00:00+00:00, and the world has 2026-01-01T00:00:00+00:00",
        ),
        ([("X-API-Key", "abk_demo_chat")], "the key abk_*** lacks the scope im; it has chat"),
    ],
)
async def test_the_reason_of_a_refusal(astrbot: str, headers: list[Any], sentence: str) -> None:
    client = make_client("default", astrbot=astrbot)
    reply = await client.get(BOTS, headers=headers)
    (entry,) = client.entries
    assert reply.status in (401, 403)
    assert entry.refused == sentence
    assert view(entry)["refused"] == sentence
    assert sentence.encode() not in reply.body


async def test_a_key_that_is_accepted_has_none() -> None:
    client = make_client()
    await client.get(BOTS)
    await client.get("/docs", headers=[])
    assert [entry.refused for entry in client.entries] == ["", ""]
