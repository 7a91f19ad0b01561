"""Requests to this machine go around proxies."""

import os
import socket

import httpx
import pytest
import requests

from mockbot import MockBot
from mockbot.verify.check.direct import direct


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses all connections, as most machines' does for requests to themselves."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_both_clients_reach_a_server_on_this_machine(host: str) -> None:
    with MockBot() as server:
        url = server.base_url.replace("127.0.0.1", host) + "/__mockbot__/health"
        with pytest.raises(httpx.HTTPError):
            httpx.get(url)
        with direct(url):
            assert (httpx.get(url).status_code, requests.get(url, timeout=60).status_code) == (200, 200)


@pytest.mark.parametrize(
    ("url", "before", "during"),
    [
        ("http://[::1]:80/x", None, "::1"),
        ("http://127.8.0.1", "a.example", "a.example,127.8.0.1"),
        ("http://b.localhost", "*.x", "*.x,b.localhost"),
        ("http://localhost.example", "a", "a"),
        ("http://10.0.0.1", None, None),
        ("http://[", "a", "a"),
        (None, "a", "a"),
    ],
)
def test_only_hosts_of_this_machine_are_added_and_removed_again(
    url: str | None, before: str | None, during: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before is not None:
        monkeypatch.setenv("no_proxy", before)
    with direct(url):
        assert os.environ.get("no_proxy") == during
    assert os.environ.get("no_proxy") == before
