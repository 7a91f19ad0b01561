"""Documents with one operation, and requests to it."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import httpx
from starlette.types import ASGIApp

from mockbot.app import Mockbot

Serve: TypeAlias = Callable[..., Mockbot]
INFO = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
MEDIA = "application/json"


def ask(
    app: ASGIApp, *requests: str | tuple[str, Any], key: bool = True, headers: dict[str, str] | None = None
) -> list[httpx.Response]:
    """Send requests `METHOD path` or (METHOD path, JSON) and return the responses."""

    async def send() -> list[httpx.Response]:
        known = {"X-API-Key": "any"} if key else {}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://t", headers=known | (headers or {})
        ) as client:
            pairs = [(each, None) if isinstance(each, str) else each for each in requests]
            return [await client.request(*line.split(" ", 1), json=body) for line, body in pairs]

    return asyncio.run(send())


def get(content: dict[str, Any] | None = None, path: str = "/v2/a", **more: Any) -> dict[str, Any]:
    """Return a document whose only operation is GET of `path`."""
    response = {"description": "ok", **({"content": content} if content else {})}
    return {**INFO, "paths": {path: {"get": {"responses": {"200": response}, **more}}}}
