"""The events of one run of the agent within a chat stream: its rounds, its tool calls and its whole text."""

from __future__ import annotations

import json
from typing import Literal

from mockbot.jsontext import JSON

OF_A_RUN = ("reasoning", "tool_call", "tool_call_result", "tool_direct_result", "agent_stats", "complete")
"""The events that only a run has; deltas of text look like pushed ones."""
Round = Literal["unknown", "open", "counted", "failed", "calls"]
"""Where the run is: unknown after a snapshot, in an answer of the model, after its `agent_stats`, after the text of a
failure, among tool calls."""

FAILURE = "LLM 响应错误"
"""How the text of a failure begins (section 11.7)."""


class Run:
    """Checks the order of the events of one run (BEHAVIOUR.md of 4.29.3, section 11.5)."""

    def __init__(self, *, resumed: bool = False) -> None:
        self._resumed = resumed
        self._round: Round = "unknown" if resumed else "open"
        self._waiting = resumed  # whether a tool call waits for its result
        self._call: JSON = None  # the id of that call, where it is known
        self._streaming = ""  # the event that shows that the run is a streaming one
        self._complete = self._answered = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._uncertain = False  # whether some of the text may have been pushed
        self.unstored = False
        """Whether there were tool calls that no `message_saved` has followed."""

    @property
    def goes_on(self) -> bool:
        """Return whether the events so far do not end the run."""
        return not (self._complete or self._answered)

    def takes(self, text: JSON, waiting: int) -> bool:
        """Return whether a text may be a delta after `waiting` others; after `agent_stats` only a failure is."""
        if self._round == "counted":
            return not (waiting or self._complete) and str(text).startswith(FAILURE)
        return not self._complete and self._round != "failed"

    def deltas(self, texts: list[JSON]) -> None:
        """Take deltas of text, at least one; after `agent_stats` only one can be a delta."""
        self._text += map(str, texts)
        self._streaming = "plain"
        self._round = "failed" if self._round == "counted" else "open"
        self._waiting = self._answered = False

    def pushed(self, before: list[JSON]) -> None:
        """Take a pushed message and the texts directly before it: deltas, or parts of the same message."""
        self._text += map(str, before)
        self._uncertain |= bool(before)

    def saved(self, message: str) -> None:
        """Take the `message_saved` that follows a message of this type, `complete` for a push too."""
        self.unstored = False
        self._answered |= message not in ("complete", "tool_direct_result")

    def mistake(self, kind: str, event: dict[str, JSON]) -> str | None:
        """Return what is wrong with an event at this place."""
        match kind:
            case "complete":
                return f"`{kind}` comes twice" if self._complete else self._other_text(event)
            case "reasoning" | "tool_call" | "tool_call_result" | "tool_direct_result" | "agent_stats" if (
                self._complete
            ):
                return f"`{kind}` comes after `complete`"
            case "reasoning" | "agent_stats" if self._round in ("counted", "failed"):
                return f"`{kind}` comes after `agent_stats`"
            case "tool_call" if self._round in ("open", "failed"):
                return f"`{kind}` does not come directly after `agent_stats` or another call"
            case "tool_call" if self._waiting and self._call is not None and self._call == _id(event):
                return f"`{kind}` comes twice"
            case "tool_call_result" | "tool_direct_result" if not self._waiting:
                return f"`{kind}` comes without a `tool_call`"
            case "tool_call_result" if self._call not in (None, _id(event)):
                return f"`{kind}` has not the `id` of the `tool_call` before it"
            case "end":
                return self._missing()
        return None

    def update(self, kind: str, event: dict[str, JSON]) -> None:
        """Take an event."""
        match kind:
            case "reasoning":
                self._reasoning.append(str(event.get("data")))
                self._streaming, self._round, self._waiting = kind, "open", False
            case "tool_call":
                self._round, self._waiting, self._call, self.unstored = "calls", True, _id(event), True
            case "tool_call_result":
                self._round, self._waiting, self.unstored = "calls", False, True
            case "agent_stats":
                self._round, self._waiting = "counted", False
            case "complete":
                self._complete = True
        if kind in ("reasoning", "tool_call", "tool_call_result", "agent_stats"):
            self._answered = False

    def _missing(self) -> str | None:
        if self._streaming and not self._complete:
            return f"`end` comes without `complete` though there was a delta of `{self._streaming}`"
        if self._round == "counted" and not self._answered and not self._complete:
            return "`end` comes without a message after `agent_stats`"
        return None

    def _other_text(self, event: dict[str, JSON]) -> str | None:
        if not self._uncertain and not self._ends(event.get("data"), self._text):
            return "`complete` does not hold the text of the deltas before it"
        if not self._ends(event.get("reasoning"), self._reasoning):
            return "`complete` does not hold the reasoning of the deltas before it"
        return None

    def _ends(self, whole: JSON, deltas: list[str]) -> bool:
        """Return whether the deltas make up a text, or its end if the run was resumed."""
        joined = "".join(deltas)
        return not isinstance(whole, str) or (whole.endswith(joined) if self._resumed else whole == joined)


def _id(event: dict[str, JSON]) -> JSON:
    """Return the id of the tool call that an event is about; None if it cannot be read."""
    try:
        data = json.loads(str(event.get("data")))
    except (ValueError, RecursionError):
        return None
    return data.get("id") if isinstance(data, dict) else None
