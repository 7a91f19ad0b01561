"""A script that gives the response of an exchange again, for a person to change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mockbot.jsontext import JSON
from mockbot.sse import EVENT_STREAM, Event, Parser

AROUND = ("session_id", "run_started", "user_message_saved", "agent_stats", "complete", "message_saved", "end")
"""Frames of a chat that follow from what the agent does; a script does not have them."""


def script_of(
    name: str, operation: str, chat: bool, request: bytes, status: int, media_type: str, response: bytes
) -> dict[str, JSON]:
    """Return a script, as a script file writes it, for the operation and the message of an exchange.

    The reply of an agent that only says and reasons becomes these steps; that of any other becomes its frames.
    """
    if media_type == EVENT_STREAM:
        events = Parser().feed(response)
        if chat and status == 200:
            return {"name": name, "when": _message(request), **_action([_value(event) for event in events])}
        return {"name": name, "when": {"operation": operation}, "events": [_event(event) for event in events]}
    answer: dict[str, JSON] = {"status": status}
    if response:
        answer |= _content(response)
        answer["headers"] = {"content-type": media_type}
    return {"name": name, "when": {"operation": operation}, "answer": answer}


def _message(request: bytes) -> dict[str, JSON]:
    message = _json(request)
    message = message.get("message") if isinstance(message, dict) else None
    if isinstance(message, list):
        message = "".join(
            part["text"] for part in message if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return {"message": message} if isinstance(message, str) else {}


def _action(frames: Sequence[Any]) -> dict[str, JSON]:
    """Return what the agent did if its steps say everything, else the frames themselves."""
    inner = [frame for frame in frames if not (isinstance(frame, dict) and frame.get("type") in AROUND)]
    if not inner or not all(_is_delta(frame) for frame in inner):
        return {"frames": [_literal(frame) for frame in frames]}
    steps: list[JSON] = []
    for frame in inner:
        step = "reason" if frame.get("chain_type") == "reasoning" else "say"
        last = steps[-1] if steps else None
        if not (isinstance(last, dict) and step in last):
            steps.append({step: []})
        texts: Any = steps[-1]
        texts[step].append(_literal(frame["data"]))
    return {"run": steps}


def _is_delta(frame: Any) -> bool:
    return (
        isinstance(frame, dict)
        and frame.get("type") == "plain"
        and frame.get("streaming") is True
        and frame.get("chain_type") in (None, "reasoning")
        and isinstance(frame.get("data"), str)
    )


def _event(event: Event) -> JSON:
    row: dict[str, JSON] = {"data": _literal(_value(event))}
    return row | ({"event": event.event} if event.event != "message" else {})


def _value(event: Event) -> JSON:
    value = _json(event.data.encode("utf-8", "surrogatepass"))
    return event.data if value is None else value


def _content(body: bytes) -> dict[str, JSON]:
    value = _json(body)
    return {"text": _literal(body.decode("utf-8", "replace"))} if value is None else {"json": _literal(value)}


def _json(data: bytes) -> Any:
    """Return a JSON value; None if it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _literal(value: JSON) -> JSON:
    """Return a value whose texts have no placeholders: braces are doubled."""
    match value:
        case str():
            text = value.encode("utf-8", "replace").decode()  # no file can have a lone surrogate
            return text.replace("{", "{{").replace("}", "}}")
        case list():
            return [_literal(item) for item in value]
        case dict():
            return {name: _literal(item) for name, item in value.items()}
    return value
