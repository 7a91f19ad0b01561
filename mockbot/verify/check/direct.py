"""Requests to this machine go to the server itself, whatever proxy the environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit


@contextmanager
def direct(url: str | None) -> Iterator[None]:
    """Add the host of `url` to `no_proxy`, which httpx and requests read, if it is a name or address of this machine.

    A proxy cannot reach the loopback interface of its client, and many environments set HTTP_PROXY without exceptions.
    """
    host = "" if url is None else _host(url)
    if not _loopback(host):
        yield
        return
    before = os.environ.get("no_proxy")
    others = os.environ.get("NO_PROXY", "") if before is None else before
    os.environ["no_proxy"] = f"{others},{host}".removeprefix(",")
    try:
        yield
    finally:
        del os.environ["no_proxy"]
        if before is not None:
            os.environ["no_proxy"] = before


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # the client reports it


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
