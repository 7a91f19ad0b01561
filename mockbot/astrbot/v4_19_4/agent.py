"""The frames that AstrBot's agent sends for a script, streaming and blocking (BEHAVIOUR.md 8.4 and 8.5).

`play` yields the middle of a stream. The frames around it (session_id, message_saved, end) and the pace between
frames are added in stream.py.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from io import StringIO

from mockbot.astrbot import frames
from mockbot.astrbot.failures import UNREADABLE, plugin_error
from mockbot.astrbot.model_call import Delta, Deltas, call_id, output, tool_args, tool_result
from mockbot.astrbot.texts import follow_up_notice, split_thoughts
from mockbot.astrbot.v4_19_4.failures import llm_error
from mockbot.script.model import (
    Command,
    Fail,
    FaultStep,
    Frames,
    Raise,
    Result,
    Round,
    Run,
    Script,
    Title,
    ToolCall,
    Usage,
    WaitStep,
)
from mockbot.script.template import Values, fill, fill_all
from mockbot.script.turn import Cue, Frame, Played, Turn, Verbatim, Wait


def play(script: Script, turn: Turn) -> Iterator[Played]:
    """Yield what `script` sends in this turn, for a streaming or a blocking request."""
    values = turn.values()
    match script.action:
        case Run() as run:
            yield from _Agent(turn, values).play(run)
        case Command() as command:
            yield from _command(command, turn, values)
        case Frames(verbatim):
            yield from (Verbatim(fill_all(frame, values)) for frame in verbatim)
        case Title():
            return


def _command(command: Command, turn: Turn, values: Values) -> Iterator[Played]:
    for step in command.steps:
        match step:
            case Result(sent):
                yield from frames.message(sent, turn.message_id, turn.uuid, values)
            case Raise():
                yield frames.plain(plugin_error(step, values), turn.message_id)
                return
            case WaitStep(seconds):
                yield Wait(seconds)
            case FaultStep(fault):
                yield Cue(fault)


class _Agent:
    """A run of the agent: the text and reasoning streamed so far, and the tokens used."""

    def __init__(self, turn: Turn, values: Values) -> None:
        self._turn = turn
        self._values = values
        self._text = StringIO()
        self._reasoning = StringIO()
        self._usage = Usage()
        self._started = turn.now()
        self._first_token: float | None = None

    def play(self, run: Run) -> Iterator[Played]:
        streaming = self._turn.request.streaming
        for round_ in run.rounds:
            answered = yield from self._streaming_call(round_) if streaming else self._blocking_call(round_)
            if not answered or any(call.kind == "unknown" for call in round_.calls):
                break
            self._usage += self._turn.usage if run.usage is None else run.usage
            yield from self._tools(round_.calls)
        yield frames.agent_stats(self._usage, self._started, self._turn.now(), self._first_token or 0.0)
        if streaming:
            yield frames.complete(self._text.getvalue(), self._reasoning.getvalue(), self._turn.message_id)
        if run.linger:
            yield Wait(run.linger)

    def _streaming_call(self, round_: Round) -> Generator[Played, None, bool]:
        """Send the deltas of a model call one by one; return whether it succeeded. A failure sends nothing."""
        message_id = self._turn.message_id
        for item in output(round_, self._values):
            if self._first_token is None and isinstance(item, Delta | Deltas):
                self._first_token = self._turn.now() - self._started
            if isinstance(item, Deltas):
                self._text.write(item.whole)
                for text in item.texts:
                    yield frames.plain(text, message_id, streaming=True)
            elif isinstance(item, Delta):
                if item.text:
                    self._text.write(item.text)
                    yield frames.plain(item.text, message_id, streaming=True)
                elif self._turn.reasoning:  # reasoning in a delta with text is lost (8.5)
                    self._reasoning.write(item.reason)
                    yield frames.plain(item.reason, message_id, streaming=True, chain_type="reasoning")
            elif isinstance(item, Fail):
                return False
            else:
                yield item
        return True

    def _blocking_call(self, round_: Round) -> Generator[Played, None, bool]:
        """Send the complete text of a model call, or of its failure; return whether it succeeded."""
        text = reasoning = ""
        for item in output(round_, self._values):
            match item:
                case Fail():
                    yield self._plain(llm_error(item, self._values))
                    return False
                case Deltas(_, whole):
                    text += whole
                case Delta():
                    text += item.text
                    reasoning += item.reason
                case _:
                    yield item
        if any(call.kind == "unknown" for call in round_.calls):
            yield self._plain(llm_error(UNREADABLE, self._values))
            return False
        text = split_thoughts(text)[1].strip()
        if text and reasoning and self._turn.reasoning and not round_.calls:
            yield self._plain(f"🤔 思考: {reasoning}\n")
        if text:
            yield self._plain(text)
        return True

    def _tools(self, calls: tuple[ToolCall, ...]) -> Iterator[Played]:
        """Send parallel tool calls: first all calls, then what the tools send, then the result of the last one only."""
        if not calls:
            return
        identifier = ""
        for call in calls:
            identifier = call_id(call, self._turn, self._values)
            args = tool_args(call, self._values)
            yield frames.tool_call(
                identifier, fill(call.tool, self._values), args, self._turn.now(), self._turn.message_id
            )
            if call.takes:
                yield Wait(call.takes)
            if call is not calls[-1]:
                self._follow_ups()
        for call in calls:
            yield from frames.message(call.sends, self._turn.message_id, self._turn.uuid, self._values)
        result = tool_result(calls[-1], identifier, self._values) + self._follow_ups()
        yield frames.tool_result(identifier, result, self._turn.now(), self._turn.message_id)

    def _follow_ups(self) -> str:
        """Return the messages that arrived meanwhile as a text, which AstrBot appends to the tool result (8.6)."""
        return follow_up_notice(self._turn.follow_ups())

    def _plain(self, text: str) -> Frame:
        return frames.plain(text, self._turn.message_id)
