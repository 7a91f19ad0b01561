"""Answers as lists of messages, and what a fault makes of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from mockbot.astrbot.envelope import refusal
from mockbot.fault.fault import ERROR, Fault

Messages = list[dict[str, Any]]


def start(status: int = 200, **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw, ERROR: refusal}


def body(data: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def stream(*frames: bytes) -> Messages:
    return [start(content_type="text/event-stream"), *map(body, frames), body(b"", more=False)]


def whole(data: bytes) -> Messages:
    return [start(content_type="application/json", content_length=str(len(data))), body(data, more=False)]


def bent(fault: Fault, messages: Messages) -> Messages:
    """Return what comes out of `fault`."""

    async def given() -> AsyncIterator[dict[str, Any]]:
        for message in messages:
            yield message

    async def taken() -> Messages:
        return [message async for message in fault(given())]

    return asyncio.run(taken())


def told(messages: Messages) -> list[Any]:
    """Return messages short: status, frames, `.` for a proper end, seconds of silence, how a connection ended."""
    short: list[Any] = []
    for message in messages:
        match message:
            case {"type": "http.response.start"}:
                short.append(message["status"])
            case {"type": "http.response.body"}:
                short += [message["body"]] if message["body"] else []
                short += [] if message["more_body"] else ["."]
            case {"type": "mockbot.sleep"}:
                short.append(message["seconds"])
            case {"type": "mockbot.abort"}:
                short.append(message["how"])
    return short
