"""What the bot has said so far in a run, collected from its frames: a row of the history (BEHAVIOUR.md section 6.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from io import StringIO

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

WIDEST, PART = 4, 1024
"""Bytes of a character at most, and of a part besides its texts."""
MEDIA = ("image", "record", "file")
TEXTS = {"think": "think", "plain": "text"}
"""The parts that grow with deltas, and the key of their text."""


@dataclass(slots=True)
class Content:
    """The parts of one row, the reasoning, and the last statistics."""

    stats: JSON = None
    size: int = 0
    """The bytes of what was said."""
    open: bool = False
    """Whether a tool was called since the last row: then there is something to save."""
    _parts: list[dict[str, JSON]] = field(default_factory=list)
    _more: StringIO = field(default_factory=StringIO)
    """What the text of the last part goes on with. It is added when it is read, so that a delta costs its own size."""
    _reasoning: StringIO = field(default_factory=StringIO)
    _calls: dict[str, dict[str, JSON]] = field(default_factory=dict)
    """The tool calls by their ids; of those with one id the first."""

    def add(self, frame: Mapping[str, JSON], media: Mapping[str, JSON] | None = None) -> bool:
        """Add a frame; return whether it completes a row. `media` is the part of a media frame."""
        kind, chain, data = frame.get("type"), frame.get("chain_type"), frame.get("data", "")
        data = str(data)
        if kind != "complete":
            self.size += len(data) * WIDEST + PART * (chain is not None or media is not None)
        match kind:
            case "agent_stats":
                self.stats = frame.get("data")
                return False
            case "plain" if chain == "tool_call":
                call = json.loads(data)
                self.parts.append({"type": "tool_call", "tool_calls": [call]})
                self._calls.setdefault(str(call.get("id")), call)
                self.open = True
                return False
            case "plain" if chain == "tool_call_result":
                self._result(json.loads(data))
                self.open = True
                return False
            case "plain" if chain == "reasoning":
                self._reasoning.write(data)
                self._append("think", data)
                return False
            case "plain":
                self._append("plain", data)
                return not frame.get("streaming")
            case "complete":
                return True
            case _ if kind in MEDIA and media is not None:
                self.parts.append(dict(media))
                return not frame.get("streaming")
        return False

    def say(self, text: str) -> None:
        """Add deltas of text, together."""
        self.size += len(text) * WIDEST
        self._append("plain", text)

    @property
    def parts(self) -> list[dict[str, JSON]]:
        """The parts so far."""
        if more := self._more.getvalue():
            last = self._parts[-1]
            key = TEXTS[str(last["type"])]
            last[key] = f"{last[key]}{more}"
            self._more = StringIO()
        return self._parts

    def as_json(self) -> dict[str, JSON]:
        """Return it as the history and a snapshot of a run show it."""
        return {"type": "bot", "message": [dict(part) for part in self.parts], **self.extra}

    @property
    def extra(self) -> dict[str, JSON]:
        """What a row has besides its parts."""
        reasoned = self._reasoning.getvalue()
        reasoning: dict[str, JSON] = {"reasoning": reasoned} if reasoned else {}
        stats: dict[str, JSON] = {"agent_stats": self.stats} if self.stats is not None else {}
        return reasoning | stats

    def _append(self, kind: str, data: str) -> None:
        if self._parts and self._parts[-1].get("type") == kind:
            self._more.write(data)
        elif data:
            self.parts.append({"type": kind, TEXTS[kind]: data})

    def _result(self, result: Mapping[str, JSON]) -> None:
        """Add the result to the call that it is for, if that is still in this row."""
        call = self._calls.get(str(result.get("id")))
        if call is not None:
            call["result"], call["finished_ts"] = result.get("result"), result.get("ts")
