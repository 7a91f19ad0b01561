"""A client of AstrBot 4.29.3 that chats."""

from typing import Any

from mockbot.astrbot.v4_29_3.keys import user_of
from mockbot.astrbot.v4_29_3.profile import BLUEPRINT, profile
from mockbot.source import Source
from mockbot.world.fixture import Fixtures
from tests.conftest import KEY, Client, Pending, Reply, make_client

ME = user_of(KEY[1])
"""The user that the key stands for."""


def api(scripts: str = "", **settings: Any) -> Client:
    """Return a client of a new server in observe mode, with scripts before those of the default fixture."""
    return with_rows({"scripts": [*_read(scripts), "scripts/default.yaml"]} if scripts else {}, **settings)


def with_rows(rows: dict[str, Any], **settings: Any) -> Client:
    """Return a client whose world has these lists of a fixture instead of those of the default one."""
    name = str(BLUEPRINT.fixtures["default"].with_name("inline.yaml"))
    fixture = Fixtures(BLUEPRINT).parse(Source(name, {"version": 1, "extends": "default", **rows}, {"": 1}))
    return make_client(fixture, profile=profile(), **settings)


def _read(scripts: str) -> list[Any]:
    import yaml

    found: list[Any] = yaml.safe_load(scripts)
    return found


def open_chat(client: Client, message: Any = "hello", **fields: Any) -> Pending:
    """Start a chat of the key's user in the session `s`."""
    return client.open(message, **({"username": ME} | fields))


async def get(client: Client, target: str) -> Reply:
    return await client.get(f"/api/v1{target}")


async def session(client: Client, query: str = "") -> Any:
    """Return the session `s` and its messages."""
    return (await get(client, f"/chat/sessions/s{query}")).json["data"]
