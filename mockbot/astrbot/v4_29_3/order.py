"""The order of the events in a chat stream, as a grammar (BEHAVIOUR.md of 4.29.3, section 11.5).

    stream     = session_id , [ user_message_saved ] , body | run_snapshot , the rest of a run
    body       = { saved-item } , ( end | follow_up_captured , end | run_started , run )
    saved-item = message , message_saved | media , attachment_saved , message_saved
    run        = { round } , last-round
    round      = { delta } , agent_stats , { saved-item } , call { call }
    call       = tool_call , { saved-item } , [ tool_call_result ]
    last-round = { delta } , [ agent_stats , [ delta ] ] , complete , message_saved , end
               | [ agent_stats ] , saved-item { saved-item } , end | end , [ message_saved ]
    push       = part { part } , complete with chain_type , message_saved

A part of a push is media with `streaming` true, or a `plain` event like a delta. A push can come between any two
events, but not between a message and what must follow it. The stream of a run that is deleted just ends. Regenerated
messages and requests with a private field have no `user_message_saved`. `complete` holds the text of all deltas.
"""

from __future__ import annotations

from mockbot.astrbot.v4_29_3.order_of_run import OF_A_RUN, Run
from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut

FIRST = ("session_id", "run_snapshot")
MEDIA = ("image", "record", "file")
SAVED = ("attachment_saved", "message_saved")


class EventOrder:
    """Checks the order of the events of one stream."""

    def __init__(self) -> None:
        self._last = ""  # the event before
        self._message_id: JSON = None
        self._message = ""  # the last message
        self._owed: tuple[str, ...] = ()  # the events that must come now
        self._parts = _Parts()
        self._run: Run | None = None
        self._captured = self._failed = self._ended = False

    def feed(self, event: JSON) -> Violation | None:
        """Take the next event; return a violation if it is not allowed here. Ignore a value that is not an event."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            return None
        if self._last == "plain" and self._is_next_delta(event):
            self._parts.take(event, self._run)
            return None
        kind, name = _kind(event), _name(event)
        if kind not in ("part", "push", *SAVED):
            self._parts.settle(self._run)
        mistake = self._misplaced(kind, name, event) or self._other_message(event)
        self._update(kind, name, event)
        return None if mistake is None else Violation("event", "order", "", "order", mistake, cut(name))

    def _is_next_delta(self, event: dict[str, JSON]) -> bool:
        """Return whether an event can only be one more piece of a text; most events are."""
        if event["type"] != "plain" or event.get("streaming") is not True or event.get("chain_type"):
            return False
        if self._owed or self._ended or isinstance(event.get("data"), dict):
            return False
        return event.get("message_id") == self._message_id

    def end(self) -> Violation | None:
        """Take the end of the stream; return a violation if an event is missing."""
        missing = ""
        if self._ended and self._unstored:
            missing = "message_saved"
        elif not self._ended:  # the stream of a run that is deleted has no `end`
            goes_on = self._run is not None and self._run.goes_on
            missing = self._owed[0] if self._owed else "" if goes_on else "end"
        if self._failed or not missing:
            return None
        return Violation("event", "order", "", "order", f"the stream ended without `{missing}`")

    @property
    def _unstored(self) -> bool:
        return self._run is not None and self._run.unstored

    def _misplaced(self, kind: str, name: str, event: dict[str, JSON]) -> str | None:
        if self._ended:
            return None if kind == "message_saved" and self._unstored else f"`{name}` comes after `end`"
        if not self._last:
            return None if kind in FIRST else f"the stream begins with `{name}`, not `session_id` or `run_snapshot`"
        if kind in FIRST:
            return f"`{kind}` comes twice" if kind == self._last else f"`{kind}` comes after `{self._last}`"
        if kind == "error" or self._failed:
            return None
        if self._owed:
            owed = self._owed[0]
            return None if kind == owed else f"`{name}` comes where `{owed}` must follow `{self._message}`"
        if kind in SAVED:
            return f"`{kind}` comes without a message before it"
        if kind == "push" or self._parts.only_pushed:
            return self._parts.mistake(kind, name, event)
        return None if kind == "part" else self._out_of_turn(kind, event)

    def _out_of_turn(self, kind: str, event: dict[str, JSON]) -> str | None:
        if self._captured and kind != "end":
            return f"`{kind}` comes where `end` must follow `follow_up_captured`"
        if kind == "user_message_saved" and self._last != "session_id":
            return f"`{kind}` comes after `{self._last}`, not directly after `session_id`"
        if kind in ("run_started", "follow_up_captured") and self._run is not None:
            return f"`{kind}` comes within a run"
        if self._run is None:
            return f"`{kind}` comes before `run_started`" if kind in OF_A_RUN else None
        return self._run.mistake(kind, event)

    def _other_message(self, event: dict[str, JSON]) -> str | None:
        """Compare the `message_id`, and the `run_id` of events of this run, with those before."""
        data = event.get("data")
        run_id = data.get("run_id") if isinstance(data, dict) else None
        for name, value in (("message_id", event.get("message_id")), ("run_id", run_id)):
            if value is not None and value != self._message_id:
                before, self._message_id = self._message_id, value
                if before is not None:
                    return f"`{name}` is not the `message_id` of the events before"
        return None

    def _update(self, kind: str, name: str, event: dict[str, JSON]) -> None:
        self._last = name
        self._owed = self._owed[1:] if kind in SAVED else ()
        if kind == "message_saved" and self._run is not None:
            self._run.saved(self._message)
        elif kind == "part":
            self._parts.take(event, self._run)
        elif kind == "push":
            self._parts.end(self._run)
        elif self._run is not None:
            self._run.update(kind, event)
        match kind:
            case "run_started" | "run_snapshot":
                self._run = Run(resumed=kind == "run_snapshot")
            case "follow_up_captured":
                self._captured = True
            case "error":
                self._failed = True
            case "end":
                self._ended = True
        if name in MEDIA:
            self._message, self._owed = name, SAVED if kind != "part" else SAVED[:1]
        elif kind in ("plain", "tool_direct_result", "complete", "push"):
            self._message, self._owed = name, SAVED[1:]


class _Parts:
    """The parts of a push, as far as they can be known before its `complete`: text can also be deltas of the run."""

    def __init__(self) -> None:
        self._part: dict[str, JSON] | None = None
        self._texts: list[JSON] = []  # of the last parts, as long as they can be deltas
        self.only_pushed = False
        """Whether there are parts that cannot be deltas."""

    def take(self, event: dict[str, JSON], run: Run | None) -> None:
        """Take a part, or a delta."""
        self._part, text = event, event.get("data")
        if self.only_pushed or event["type"] != "plain" or run is None or not run.takes(text, len(self._texts)):
            self.only_pushed = True
        else:
            self._texts.append(text)

    def end(self, run: Run | None) -> None:
        """Take the `complete` that ends the push."""
        if run is not None:
            run.pushed(self._texts if self.only_pushed else self._texts[:-1])
        self._forget()

    def settle(self, run: Run | None) -> None:
        """Take another event, before which texts are deltas if they can be."""
        if self._texts and not self.only_pushed and run is not None:
            run.deltas(self._texts)
            self._forget()

    def _forget(self) -> None:
        self._part, self._texts, self.only_pushed = None, [], False

    def mistake(self, kind: str, name: str, event: dict[str, JSON]) -> str | None:
        """Return what is wrong with an event after parts, or with the `complete` of a push."""
        if kind == "part":
            return None
        if kind != "push":
            return f"`{name}` comes where `complete` with `chain_type` must end a push"
        if self._part is None:
            return "`complete` with `chain_type` comes without a pushed message before it"
        if self._part["type"] == "plain" and self._part.get("data") != event.get("data"):
            return "`complete` with `chain_type` does not hold the data of the pushed message before it"
        return None


def _kind(event: dict[str, JSON]) -> str:
    """Return the event's name in the grammar: `part` for a delta of text or a part of a push, `push` for its end."""
    name = _name(event)
    if name in ("plain", *MEDIA) and event.get("streaming") is True:
        return "part"
    return "push" if name == "complete" and "chain_type" in event else name


def _name(event: dict[str, JSON]) -> str:
    """Return the event's type, or its chain type if it is `plain` and has one."""
    chain = event.get("chain_type") if event["type"] == "plain" else None
    return str(chain) if chain else str(event["type"])
