"""Frames, with their keys in AstrBot's order (BEHAVIOUR.md 8.4), and texts split into deltas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from mockbot.jsontext import JSON, spaced
from mockbot.script.model import SentPart
from mockbot.script.template import Values, fill, fill_all
from mockbot.script.turn import Frame
from mockbot.script.usage import Usage

WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef"  # scripts without spaces: a delta has one or two characters
MOST_WORDS = 10_000
"""The most words that are one delta each; the rest is cut into REST, because a client can send millions of words."""
REST = 64 * 1024
"""Characters of a delta that is not a word, and of a word at most."""
WORDS = re.compile(rf"\s*(?:[{WIDE}]{{1,2}}|[^\s{WIDE}]{{1,{REST}}})|\s+")
WORDY = 4 * 1024 * 1024
"""Characters in which words are looked for."""


def deltas(text: str | tuple[str, ...], values: Values) -> list[str]:
    """Return the deltas of a model: the texts of a tuple without empty ones, or a string word by word."""
    if isinstance(text, str):
        return _words(fill(text, values))
    return [delta for item in text if (delta := fill(item, values))]


def _words(text: str) -> list[str]:
    words = [found[0] for found in islice(WORDS.finditer(text, 0, WORDY), MOST_WORDS)]
    begin = sum(map(len, words))  # the words are all that there is, one after the other
    return [*words, *(text[at : at + REST] for at in range(begin, len(text), REST))]


def plain(text: str, message_id: str, *, streaming: bool = False, chain_type: str | None = None) -> Frame:
    """Return a text frame."""
    return Frame(
        {"type": "plain", "data": text, "streaming": streaming, "chain_type": chain_type, "message_id": message_id}
    )


def tool_call(call_id: str, name: str, args: JSON, ts: float, message_id: str) -> Frame:
    """Return the frame of a tool call; its data is JSON in a string."""
    data = spaced({"id": call_id, "name": name, "args": args, "ts": ts})
    return plain(data, message_id, chain_type="tool_call")


def tool_result(call_id: str, result: str, ts: float, message_id: str) -> Frame:
    """Return the frame with the result of parallel tool calls."""
    return plain(spaced({"id": call_id, "ts": ts, "result": result}), message_id, chain_type="tool_call_result")


def agent_stats(usage: Usage, started: float, ended: float, first_token: float, context: int | None = None) -> Frame:
    """Return the frame with a run's tokens and times, in seconds since 1970; `first_token` counts from the start.

    `context` is the prompt of the last model call in tokens, where a version sends it.
    """
    tokens: JSON = {
        "input_other": usage.input - usage.cached,
        "input_cached": usage.cached,
        "output": usage.output,
    }
    times: dict[str, JSON] = {"start_time": started, "end_time": ended, "time_to_first_token": first_token}
    size: dict[str, JSON] = {} if context is None else {"current_context_tokens": context}
    return Frame({"type": "agent_stats", "data": {"token_usage": tokens, **size, **times}})


def complete(text: str, reasoning: str, message_id: str) -> Frame:
    """Return the frame that ends a streaming run, with its complete text."""
    return Frame(
        {"type": "complete", "data": text, "reasoning": reasoning, "streaming": True, "message_id": message_id}
    )


def message(parts: Iterable[SentPart], message_id: str, uuid: Callable[[], str], values: Values) -> Iterator[Frame]:
    """Yield the frames of one message of a tool or plugin; records come first, videos are not sent (8.4)."""
    for part in sorted(parts, key=lambda part: part.kind != "record"):
        match part.kind:
            case "text":
                yield plain(fill(part.text, values), message_id)
            case "direct":
                yield plain(fill(part.text, values), message_id, chain_type="tool_direct_result")
            case "json":
                yield plain(spaced(fill_all(part.json, values)), message_id)
            case "image":
                yield _media("image", f"[IMAGE]{uuid()}.jpg", message_id)
            case "record":
                yield _media("record", f"[RECORD]{uuid()}.wav", message_id)
            case "file":
                yield _media("file", f"[FILE]{uuid()}{part.extension}", message_id)


def _media(kind: str, name: str, message_id: str) -> Frame:
    return Frame({"type": kind, "data": name, "streaming": False, "message_id": message_id})
