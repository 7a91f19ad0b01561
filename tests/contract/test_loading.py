"""The validation in full is loaded for the first request that needs it, and no other request waits for that."""

import asyncio
import threading
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.contract import full
from mockbot.contract.contract import Contract
from mockbot.contract.layer import ContractLayer
from mockbot.contract.receiving import Limits
from mockbot.contract.transaction import transaction_of
from mockbot.openapi.document import Document

pytestmark = pytest.mark.usefixtures("needs_fast_paths")


class Counted(full.Full):
    """Notes the thread in which each validation is made."""

    threads: list[threading.Thread]

    def __init__(self, *directions: Any) -> None:
        self.threads.append(threading.current_thread())
        super().__init__(*directions)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads in which a validation in full was made."""
    found: list[threading.Thread] = []
    monkeypatch.setattr(Counted, "threads", found, raising=False)
    monkeypatch.setattr(full, "Full", Counted)
    return found


async def sent(layer: ContractLayer, number: str) -> list[str]:
    """Send a request with a parameter, and return the messages of its violations."""
    query = f"n={number}".encode()
    scope: Scope = {"type": "http", "method": "GET", "path": "/a", "query_string": query, "headers": []}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        pass

    await layer(scope, receive, send)
    return [each.message for each in transaction_of(scope).violations]


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def layer() -> ContractLayer:
    parameter = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    operation = {"parameters": [parameter], "responses": {"204": {"description": ""}}}
    contract = Contract.of(Document(b"", {"openapi": "3.1.0", "paths": {"/a": {"get": operation}}}, b""))
    return ContractLayer(answer, contract, ENVELOPE.refusal, Limits(1000, 1000))


def test_valid_requests_do_not_load_it(threads: list[threading.Thread]) -> None:
    made = layer()
    assert [asyncio.run(sent(made, number)) for number in ("1", "2")] == [[], []]
    assert threads == []
    assert not made.contract.validation.loaded


def test_it_is_loaded_once_and_in_another_thread(threads: list[threading.Thread]) -> None:
    async def several() -> list[list[str]]:
        made = layer()
        return await asyncio.gather(*(sent(made, number) for number in ("x", "1", "y", "z")))

    found = asyncio.run(several())
    assert [len(each) for each in found] == [1, 0, 1, 1]
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    assert not threads[0].is_alive()
