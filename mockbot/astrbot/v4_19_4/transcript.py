"""The bot's messages in the history, collected from the frames of a chat stream (BEHAVIOUR.md section 8.4)."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO

from mockbot.jsontext import JSON

WIDEST, PART = 4, 1024
"""Bytes of a character at most, and of a part besides its text."""
MEDIA = {"image": "[IMAGE]", "record": "[RECORD]", "file": "[FILE]"}
TOOL_FRAMES = ("tool_call", "tool_call_result")


class Transcript:
    """The current message. As in AstrBot, a frame that is not streamed replaces the text collected so far."""

    def __init__(self) -> None:
        self.size = 0
        """The bytes of the current message."""
        self._text, self._reasoning = StringIO(), StringIO()
        self._parts: list[dict[str, JSON]] = []

    def add(self, frame: Mapping[str, JSON]) -> list[dict[str, JSON]] | None:
        """Add a frame; return the parts to store if it completes a message, else None."""
        kind, chain, data = frame.get("type"), frame.get("chain_type"), frame.get("data", "")
        if chain is None and kind == "plain" and type(data) is str and frame.get("streaming"):
            self.size += len(data) * WIDEST
            self._text.write(data)
            return None
        data = str(data)
        if kind in ("agent_stats", "end"):
            return None
        if kind != "complete":
            self.size += len(data) * WIDEST + PART * (chain is not None)
        if kind == "plain":
            if chain in TOOL_FRAMES:
                self._tool(str(chain), data)
                return None
            if chain == "reasoning":
                self._reasoning.write(data)
            elif frame.get("streaming"):
                self._text.write(data)
            else:
                self._text = StringIO()
                self._text.write(data)
        elif kind in MEDIA:
            self._parts.append({"type": str(kind), "filename": data.removeprefix(MEDIA[str(kind)])})
        if frame.get("streaming") and kind != "complete":
            return None
        return self._finish()

    def _tool(self, chain: str, data: str) -> None:
        if text := self._text.getvalue():
            self._parts.append({"type": "plain", "text": text})
        self._text = StringIO()
        self._parts.append({"type": chain, "data": data})

    def _finish(self) -> list[dict[str, JSON]]:
        parts = self._parts
        if reasoning := self._reasoning.getvalue():
            parts = [{"type": "reasoning", "text": reasoning}, *parts]
        if text := self._text.getvalue():
            parts = [*parts, {"type": "plain", "text": text}]
        self._text, self._reasoning, self._parts, self.size = StringIO(), StringIO(), [], 0
        return parts
