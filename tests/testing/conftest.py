"""One server for the tests of this folder; each test makes its own worlds."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from mockbot.testing import MockBot, World
from tests.expressions import modules


@pytest.fixture(scope="session", autouse=True)
def all_modules() -> None:
    """Import all modules: pytester drops those that are first imported inside of it, and they are imported again then.

    A server has two classes of one name after that, and takes neither for the other.
    """
    assert list(modules())


@pytest.fixture(scope="session")
def server() -> Iterator[MockBot]:
    with MockBot() as started:
        yield started


@pytest.fixture
def world(server: MockBot) -> Iterator[World]:
    with server.world(seed=0) as made:
        yield made


def ask(world: World, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """Send a request to a world and return status and text of the response."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"X-API-Key": world.key, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{world.base_url}/api/v1/{path}", content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def chat(world: World, message: str, **fields: Any) -> tuple[int, str]:
    return ask(world, "POST", "chat", {"username": "ada", "session_id": "s", "message": message} | fields)
