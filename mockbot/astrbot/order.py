"""Which event of the chat stream may follow which: the grammar of BEHAVIOUR.md 8.5 in one place.

    stream      = session_id , body , end
    body        = nothing | { saved-item } | agent-run
    saved-item  = message , message_saved
    tool-round  = tool_call { tool_call } { saved-item } tool_call_result
    stream-run  = { delta | tool-round | saved-item } , agent_stats , complete , message_saved
    block-run   = { tool-round | saved-item } , agent_stats

A proactive message may put saved items anywhere between the others (section 7). Whether a run streams shows only
with its first delta or its `complete`; until then both are allowed.
"""

from __future__ import annotations

from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut


class RunOrder:
    """Follows one stream, from its first event to its end."""

    def __init__(self) -> None:
        self._begun = self._ended = False
        self._message_id: JSON = None
        self._unsaved = ""  # what message_saved must follow now
        self._calling = False  # a tool call waits for its result
        self._agent = ""  # what showed that an agent runs
        self._streaming = ""  # what showed that the run streams
        self._stats = self._complete = False

    def feed(self, event: JSON) -> Violation | None:
        """Go on with the next event; return a violation when it may not stand here. What is no event is passed over."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            return None
        kind = _kind(event)
        fault = self._misplaced(kind) or self._strange(event.get("message_id"))
        self._note(kind)
        return None if fault is None else Violation("event", "order", "", "order", fault, cut(kind))

    def end(self) -> Violation | None:
        """Say that the stream is over; return a violation when something is still owed."""
        if self._ended:
            return None
        return Violation("event", "order", "", "order", "the stream is over without `end`")

    def _misplaced(self, kind: str) -> str | None:
        if self._ended:
            return f"`{kind}` comes after `end`"
        if self._begun == (kind == "session_id"):
            return "`session_id` comes twice" if self._begun else f"the stream begins with `{kind}`, not `session_id`"
        if bool(self._unsaved) != (kind == "message_saved"):
            return f"`{kind}` comes where `message_saved` must follow `{self._unsaved}`" if self._unsaved else _UNSAVED
        match kind:
            case "delta" | "reasoning":
                return self._closed(kind) or self._waiting(kind)
            case "tool_call":
                return self._closed(kind)
            case "tool_call_result" if not self._calling:
                return "`tool_call_result` comes without a `tool_call`"
            case "agent_stats":
                return "`agent_stats` comes twice" if self._stats else self._waiting(kind)
            case "complete" if self._complete:
                return "`complete` comes twice"
            case "complete" if not self._stats:
                return "`complete` comes before `agent_stats`"
            case "end":
                return self._waiting(kind) or self._owed()
        return None

    def _closed(self, kind: str) -> str | None:
        return f"`{kind}` comes after `agent_stats`" if self._stats else None

    def _waiting(self, kind: str) -> str | None:
        return f"`{kind}` comes while a `tool_call` waits for its result" if self._calling else None

    def _owed(self) -> str | None:
        if self._agent and not self._stats:
            return f"`end` comes without `agent_stats` though there was `{self._agent}`"
        if self._streaming and not self._complete:
            return f"`end` comes without `complete` though there was `{self._streaming}`"
        return None

    def _strange(self, message_id: JSON) -> str | None:
        if message_id is None or message_id == self._message_id:
            return None
        first, self._message_id = self._message_id is None, message_id
        return None if first else "`message_id` is not the one of the frames before"

    def _note(self, kind: str) -> None:
        match kind:
            case "session_id":
                self._begun = True
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
    """Name the event as the grammar does: a plain by its chain_type, and a delta when it is streamed text."""
    if event["type"] != "plain":
        return str(event["type"])
    chain = event.get("chain_type")
    return str(chain) if chain else "delta" if event.get("streaming") else "plain"
