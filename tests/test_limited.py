"""One deadline from the first address of a host to the last byte of a response, on a clock that only waiting moves."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from mockbot import limited
from mockbot.cli.control import ask
from mockbot.errors import NoAnswer, UserError
from mockbot.limited import Limit, connected
from mockbot.openapi import fetch
from mockbot.settings import FETCH_SECONDS
from mockbot.verify.client import NoResponseError, RawClient, Sent

ADDRESSES = 50
"""Addresses of a host that never answer; each connection waits as long as its timeout is."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0


class Silent(socket.socket):
    clock: Clock

    def connect(self, _: Any) -> None:
        self.clock.now += self.gettimeout() or 0
        raise TimeoutError("timed out")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(Silent, "clock", clock, raising=False)
    monkeypatch.setattr(limited, "steady", lambda: clock.now)
    monkeypatch.setattr(socket, "socket", Silent)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{n}", 80)) for n in range(ADDRESSES)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    return clock


def document() -> None:
    fetch.read("http://example.org/openapi.json")


def health() -> None:
    ask("http://example.org", "GET", "health", seconds=FETCH_SECONDS)


def replayed() -> None:
    RawClient("http://example.org").send(Sent("GET", "/", "1.1", (), b""), FETCH_SECONDS)


@pytest.mark.parametrize("tried", [document, health, replayed])
def test_all_addresses_of_a_host_have_one_deadline(tried: Callable[[], None], clock: Clock) -> None:
    with pytest.raises((UserError, NoAnswer, NoResponseError), match="no complete response within 10 s"):
        tried()
    assert clock.now == FETCH_SECONDS


def test_the_first_address_that_accepts_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with connected(("localhost", listener.getsockname()[1]), Limit(5, 1)) as made:
            assert made.getpeername() == listener.getsockname()
            assert 0 < (made.gettimeout() or 0) <= 5
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        connected(("127.0.0.1", port), Limit(5, 1))
