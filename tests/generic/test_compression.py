"""Compression leaves responses with faults alone."""

import asyncio
import gzip
from copy import deepcopy
from typing import Any

from mockbot.fault.catalogue import Delay
from mockbot.fault.fault import due
from mockbot.generic.compression import Compression

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
BODY = {"type": "http.response.body", "body": b"x" * 2000}


def sent(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a client that accepts gzip is sent."""
    left: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(deepcopy(message))

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        left.append(message)

    scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(Compression(app, 1024)(scope, receive, send))
    return left


def test_a_large_response_is_compressed() -> None:
    assert gzip.decompress(sent(START, BODY)[-1]["body"]) == BODY["body"]


def test_a_response_with_a_fault_is_sent_as_the_fault_says() -> None:
    fault = dict(due(Delay(0)))
    assert sent(fault, START, {**BODY, "more_body": True}, BODY) == [fault, START, {**BODY, "more_body": True}, BODY]


def test_a_fault_in_the_middle_does_not_break_the_compression() -> None:
    left = sent(START, {**BODY, "more_body": True}, dict(due(Delay(0))), BODY)
    data = b"".join(message["body"] for message in left if message["type"] == "http.response.body")
    assert gzip.decompress(data) == b"x" * 4000
