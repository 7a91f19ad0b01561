"""Requests and turns for the tests of scripts."""

from dataclasses import replace
from itertools import count
from typing import Any

from mockbot.script.load import read
from mockbot.script.model import Script
from mockbot.script.turn import Turn
from mockbot.script.when import ChatRequest
from mockbot.source import parse

ASKED = ChatRequest("hello", "alice", "s1", "webchat:FriendMessage:webchat!alice!s1")


def asked(message: str = "hello", **fields: Any) -> ChatRequest:
    return replace(ASKED, message=message, **fields)


def turn(request: ChatRequest = ASKED, **fields: Any) -> Turn:
    """Return a turn at second 1000 whose ids count up."""
    numbers = count(1)
    known: dict[str, Any] = {
        "message_id": "m",
        "now": lambda: 1000.0,
        "uuid": lambda: f"{next(numbers):08x}-0000-4000-8000-000000000000",
    }
    return Turn(request, **(known | fields))


def scripts(text: str) -> tuple[Script, ...]:
    return read(parse(text, "scripts.yaml"))
