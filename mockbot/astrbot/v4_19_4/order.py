"""The order of the events in a chat stream, as a grammar (BEHAVIOUR.md 8.5).

    stream      = session_id , body , end
    body        = nothing | { saved-item } | agent-run
    saved-item  = message , message_saved
    tool-round  = tool_call { tool_call } { saved-item } tool_call_result
    stream-run  = { delta | tool-round | saved-item } , agent_stats , complete , message_saved
    block-run   = { tool-round | saved-item } , agent_stats

A proactive message can add saved items between any others (section 7). Before the first delta or `complete`, a run
can still be a stream-run or a block-run.
"""

from __future__ import annotations

from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut


class EventOrder:
    """Checks the order of the events of one stream."""

    def __init__(self) -> None:
        self._begun = self._ended = False
        self._message_id: JSON = None
        self._unsaved = ""  # the message that message_saved must follow now
        self._calling = False  # whether a tool call waits for its result
        self._agent = ""  # the event that shows that there is an agent run
        self._streaming = ""  # the event that shows that it is a stream-run
        self._stats = self._complete = False
        self._repeatable = False  # whether the last event was a delta, which another one may follow

    def feed(self, event: JSON) -> Violation | None:
        """Take the next event; return a violation if it is not allowed here. Ignore a value that is not an event."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            return None
        kind = _kind(event)
        if self._repeatable and kind == "delta" and event.get("message_id") == self._message_id:
            return None
        mistake = self._misplaced(kind) or self._other_message(event.get("message_id"))
        self._update(kind)
        self._repeatable = kind == "delta" and mistake is None
        return None if mistake is None else Violation("event", "order", "", "order", mistake, cut(kind))

    def end(self) -> Violation | None:
        """Take the end of the stream; return a violation if `end` is missing."""
        if self._ended:
            return None
        return Violation("event", "order", "", "order", "the stream ended without `end`")

    def _misplaced(self, kind: str) -> str | None:
        if self._ended:
            return f"`{kind}` comes after `end`"
        if self._begun == (kind == "session_id"):
            return "`session_id` comes twice" if self._begun else f"the stream begins with `{kind}`, not `session_id`"
        if bool(self._unsaved) != (kind == "message_saved"):
            return f"`{kind}` comes where `message_saved` must follow `{self._unsaved}`" if self._unsaved else _UNSAVED
        match kind:
            case "delta" | "reasoning":
                return self._after_stats(kind) or self._before_result(kind)
            case "tool_call":
                return self._after_stats(kind)
            case "tool_call_result" if not self._calling:
                return "`tool_call_result` comes without a `tool_call`"
            case "agent_stats":
                return "`agent_stats` comes twice" if self._stats else self._before_result(kind)
            case "complete" if self._complete:
                return "`complete` comes twice"
            case "complete" if not self._stats:
                return "`complete` comes before `agent_stats`"
            case "end":
                return self._before_result(kind) or self._missing()
        return None

    def _after_stats(self, kind: str) -> str | None:
        return f"`{kind}` comes after `agent_stats`" if self._stats else None

    def _before_result(self, kind: str) -> str | None:
        return f"`{kind}` comes while a `tool_call` waits for its result" if self._calling else None

    def _missing(self) -> str | None:
        if self._agent and not self._stats:
            return f"`end` comes without `agent_stats` though there was `{self._agent}`"
        if self._streaming and not self._complete:
            return f"`end` comes without `complete` though there was `{self._streaming}`"
        return None

    def _other_message(self, message_id: JSON) -> str | None:
        if message_id is None or message_id == self._message_id:
            return None
        first, self._message_id = self._message_id is None, message_id
        return None if first else "`message_id` is not that of the frames before"

    def _update(self, kind: str) -> None:
        match kind:
            case "message_saved":
                self._unsaved = ""
            case "plain" | "tool_direct_result" | "image" | "record" | "file":
                self._unsaved = kind
            case "delta" | "reasoning":
                self._agent = self._streaming = kind
            case "tool_call" | "tool_call_result":
                self._agent, self._calling = kind, kind == "tool_call"
            case "agent_stats":
                self._stats = True
            case "complete":
                self._complete, self._unsaved = True, kind
            case "end":
                self._ended = True
        self._begun = True


_UNSAVED = "`message_saved` comes without a message before it"


def _kind(event: dict[str, JSON]) -> str:
    """Return the event's name in the grammar: for a plain event its chain type, or `delta` if it is streamed text."""
    if event["type"] != "plain":
        return str(event["type"])
    chain = event.get("chain_type")
    return str(chain) if chain else "delta" if event.get("streaming") else "plain"
