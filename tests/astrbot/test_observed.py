"""Single facts that a second installation of AstrBot 4.19.4 showed (BEHAVIOUR.md section 15)."""

import pytest

from tests.conftest import Client

pytestmark = pytest.mark.anyio


def methods(allow: str | None) -> set[str]:
    return set((allow or "").split(", "))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/file", "/api/v1/im/message"])
async def test_a_405_of_a_path_with_post_allows_post(client: Client, method: str, path: str) -> None:
    reply = await client.request(method, path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/nope"])
async def test_a_405_of_any_other_path_does_not(client: Client, path: str) -> None:
    reply = await client.request("PUT", path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD"}
