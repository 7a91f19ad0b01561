"""The verdict on clients of a running application with a fault."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from mockbot.fault.catalogue import Cut, Reset, Status, Truncate
from mockbot.fault.fault import Fault
from mockbot.journal.har import to_har
from mockbot.journal.verdict import verdict
from mockbot.turns import at_once
from tests.conftest import KEY, Client

Play = Callable[[Client], Awaitable[object]]
pytestmark = pytest.mark.anyio


async def send_again(client: Client) -> None:
    with suppress(ConnectionError):
        await client.chat("hello")
    await client.chat("hello")


async def go_on(client: Client) -> None:
    with suppress(ConnectionError):
        await client.chat("hello")
    await client.chat("and then?")


async def send_five(client: Client) -> None:
    for _ in range(5):
        await client.get("/api/v1/configs")


async def wait_and_send(client: Client) -> None:
    await client.get("/api/v1/configs")
    client.clock.advance(7)
    await client.get("/api/v1/configs")


@pytest.mark.parametrize(
    ("fault", "times", "play", "findings"),
    [
        (Cut(after=2), 1, send_again, ["chat-resent"]),
        (Cut(after=2, bytes=9), 1, go_on, []),
        (Reset(), 1, send_again, ["chat-resent"]),
        (Truncate(after=2), 1, send_again, ["chat-resent"]),
        (Truncate(after=2), 1, go_on, ["truncation-unnoticed"]),
        (Truncate(after=2, bytes=9), 1, go_on, ["truncation-unnoticed"]),
        (Status(503), 5, send_five, ["too-many-attempts"]),
        (Status(503), 2, send_five, []),
        (Status(404), 1, send_five, ["refusal-retried"]),
        (Status(429, retry_after=7), 1, send_five, ["retry-after-ignored"]),
        (Status(429, retry_after=7, retry_after_date=True), 1, send_five, ["retry-after-ignored"]),
        (Status(429, retry_after=7), 1, wait_and_send, []),
        (Status(503, retry_after=-7), 1, send_five, []),
    ],
)
async def test_the_findings_after_a_fault(
    client: Client, fault: Fault, times: int, play: Play, findings: list[str]
) -> None:
    client.world.faults.arm(fault, times)
    await play(client)
    await client.settle()
    assert [finding.name for finding in verdict(client.world.journal).findings] == findings
    assert at_once(to_har(client.world.journal))


async def test_a_request_with_another_key_is_not_a_retry(client: Client) -> None:
    await client.get("/api/v1/configs", headers=[("X-API-Key", "wrong")])
    await client.get("/api/v1/configs", headers=[KEY])
    assert verdict(client.world.journal).findings == ()


async def test_a_client_that_leaves_a_stream_early(client: Client) -> None:
    exchange = client.open("word " * 200)
    await exchange.frame()
    exchange.stall()
    await client.settle()
    exchange.leave()
    await client.settle()
    assert [finding.name for finding in verdict(client.world.journal).findings] == ["dropped-before-end"]
