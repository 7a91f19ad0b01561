"""Responses as lists of messages, and the messages that a fault turns them into."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.types import Message

from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.fault.fault import ERROR, Fault

Messages = list[Message]


def start(status: int = 200, **headers: str) -> Message:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw, ERROR: ENVELOPE.refusal}


def body(data: bytes, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def stream(*frames: bytes) -> Messages:
    return [start(content_type="text/event-stream"), *map(body, frames), body(b"", more=False)]


def whole(data: bytes) -> Messages:
    return [start(content_type="application/json", content_length=str(len(data))), body(data, more=False)]


def bent(fault: Fault, messages: Messages) -> Messages:
    """Return the messages that `fault` yields for `messages`."""

    async def given() -> AsyncIterator[Message]:
        for message in messages:
            yield message

    async def taken() -> Messages:
        return [message async for message in fault(given())]

    return asyncio.run(taken())


def summary(messages: Messages) -> list[Any]:
    """Return one item for each message.

    The status, a frame, `.` for the end, seconds of a pause,
    `cut`, `reset` or `last`, raw bytes as a text."""
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
            case {"type": "mockbot.raw"}:
                short.append(message["data"].decode("latin-1"))
            case {"type": "mockbot.last"}:
                short.append("last")
    return short
