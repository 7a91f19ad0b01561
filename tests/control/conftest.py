"""A client of the control API of an application in process: `await control.get("worlds")`."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Client, Reply, make_client

LOCAL = ("Host", "127.0.0.1:6185")


@dataclass
class Control:
    client: Client

    async def request(self, method: str, path: str, body: Any = None, headers: Any = (LOCAL,)) -> Reply:
        sent = b"" if body is None else body
        return await self.client.request(method, f"/__mockbot__/{path}", sent, headers=list(headers))

    async def json(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Return the JSON of a response, which must have `status`."""
        reply = await self.request(method, path, body)
        assert reply.status == status, reply.body
        return json.loads(reply.body) if reply.body else None

    async def get(self, path: str) -> Any:
        return await self.json("GET", path)


@pytest.fixture
def control() -> Control:
    return Control(make_client(contract="enforce"))
