"""What AstrBot's agent sends for a script, streaming and blocking (BEHAVIOUR.md sections 11.5 to 11.7).

`play` yields the frames between `run_started` and `end`. Those that follow from others (`attachment_saved`,
`message_saved`) are added in pipeline.py.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from io import StringIO
from typing import TypeAlias

from mockbot.astrbot import frames
from mockbot.astrbot.failures import FILTERED, plugin_error
from mockbot.astrbot.model_call import Delta, Deltas, call_id, output, tool_args, tool_result
from mockbot.astrbot.texts import follow_up_notice, split_thoughts
from mockbot.astrbot.v4_29_3.failures import EMPTY, NO_MODEL, Failed, failed
from mockbot.dataclass import dataclass
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
    SentPart,
    Title,
    ToolCall,
    Usage,
    WaitStep,
)
from mockbot.script.template import Values, fill, fill_all
from mockbot.script.turn import Cue, Frame, Played, Turn, Verbatim, Wait

MOST_ROUNDS = 128
"""How often a streaming run asks a model again that has said nothing (section 11.7)."""


@dataclass(frozen=True, slots=True)
class Media:
    """A media file that the bot sends: its frame, and then `attachment_saved`."""

    part: SentPart


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message that is pushed into the stream: its frames, and then the `complete` of a push."""

    parts: tuple[SentPart, ...]


Sent: TypeAlias = Played | Media | Pushed | Deltas


def play(script: Script, turn: Turn, again: Callable[[], Run]) -> Iterator[Sent]:
    """Yield what `script` sends in this turn, for a streaming or a blocking request.

    `again` returns what the model says to AstrBot's own last words.
    """
    values = turn.values()
    match script.action:
        case Run() as run:
            yield from Agent(turn, values, again).play(run)
        case Command() as command:
            yield from _command(command, turn, values)
        case Frames(verbatim):
            yield from (Verbatim(fill_all(frame, values)) for frame in verbatim)
        case Title():
            return


def _command(command: Command, turn: Turn, values: Values) -> Iterator[Sent]:
    for step in command.steps:
        match step:
            case Result(sent):
                yield from _message(sent, turn, values)
            case Raise():
                yield frames.plain(plugin_error(step, values), turn.message_id)
                return
            case WaitStep(seconds):
                yield Wait(seconds)
            case FaultStep(fault):
                yield Cue(fault)


def _message(parts: tuple[SentPart, ...], turn: Turn, values: Values) -> Iterator[Sent]:
    for part in sorted(parts, key=lambda part: part.kind != "record"):
        if part.kind in ("text", "direct", "json"):
            yield from frames.message([part], turn.message_id, turn.uuid, values)
        elif part.kind != "video":
            yield Media(part)


class Agent:
    """A run of the agent: what was streamed so far, and the tokens used."""

    def __init__(self, turn: Turn, values: Values, again: Callable[[], Run]) -> None:
        self._turn, self._values, self._again = turn, values, again
        self._text = StringIO()
        self._reasoning = StringIO()
        self._usage = Usage()
        self._context = 0
        self._started = turn.now()
        self._first_token: float | None = None

    def play(self, run: Run) -> Iterator[Sent]:
        """Yield what a run sends, to its end."""
        streaming = self._turn.request.streaming
        usage = self._turn.usage if run.usage is None else run.usage
        ended_by_tool = False
        for number, round_ in enumerate(run.rounds, 1):
            call = self._streaming_call if streaming else self._blocking_call
            last = number == len(run.rounds)
            answered = yield from call(round_, usage, last=last and not round_.calls)
            if not answered:
                break
            yield from self._tools(round_.calls)
            ended_by_tool = bool(round_.calls) and round_.calls[-1].kind == "nothing"
            if ended_by_tool:
                break
        if streaming:
            yield frames.complete(self._text.getvalue(), self._reasoning.getvalue(), self._turn.message_id)
        if run.linger:
            yield Wait(run.linger)

    def _stats(self, usage: Usage | None) -> Frame:
        if usage is not None:
            self._usage += usage
            self._context = usage.input
        else:
            self._context = 0
        return frames.agent_stats(
            self._usage, self._started, self._turn.now(), self._first_token or 0.0, context=self._context
        )

    def _streaming_call(self, round_: Round, usage: Usage, *, last: bool) -> Generator[Sent, None, bool]:
        """Send the deltas of a model call one by one; return whether it succeeded."""
        failure = yield from self._deltas(round_)
        said = self._reasoned or bool(self._text.getvalue().strip())
        silent = failure is None and last and not said and not round_.calls
        if (failure is not None and failure.message == FILTERED) or (silent and self._spoke):
            for _ in range(MOST_ROUNDS - 1):
                yield from self._deltas(replace(round_, calls=()))
            yield from self._deltas(replace(self._again().rounds[-1], calls=()))
            yield self._stats(usage)
            return True
        if failure is not None or silent:
            wrong = NO_MODEL if failure is None else failed(failure, self._values).text
            if failure is not None:
                yield from self._retries(failed(failure, self._values), streamed=self._spoke)
            yield self._stats(None)
            self._text.write(wrong)
            yield self._plain(wrong, streaming=True)
            return False
        yield self._stats(usage)
        return True

    def _deltas(self, round_: Round) -> Generator[Sent, None, Fail | None]:
        """Send the deltas of a model call; return its failure, if any."""
        self._spoke = self._reasoned = False
        for item in output(round_, self._values):
            if isinstance(item, Fail):
                return item
            if not isinstance(item, Delta | Deltas):
                yield item
                continue
            if self._first_token is None:
                self._first_token = max(self._turn.now() - self._started, 1e-6)
            if isinstance(item, Deltas):
                self._spoke = True
                self._text.write(item.whole)
                yield item
                continue
            if item.reason and self._turn.reasoning:
                self._reasoned = True
                self._reasoning.write(item.reason)
                yield self._plain(item.reason, streaming=True, chain_type="reasoning")
            if item.text:
                self._spoke = True
                self._text.write(item.text)
                yield self._plain(item.text, streaming=True)
        return None

    def _blocking_call(self, round_: Round, usage: Usage, *, last: bool) -> Generator[Sent, None, bool]:
        """Send the complete text of a model call, or of its failure; return whether it succeeded."""
        text = reasoning = ""
        failure: Failed | None = None
        for item in output(round_, self._values):
            match item:
                case Fail():
                    failure = failed(item, self._values)
                    break
                case Deltas(_, whole):
                    text += whole
                case Delta():
                    text += item.text
                    reasoning += item.reason
                case _:
                    yield item
        thoughts, text = split_thoughts(text)
        text, reasoning = text.strip(), reasoning + thoughts
        if failure is None and last and not text and not reasoning:
            failure = EMPTY
        if failure is not None:
            yield from self._retries(failure, streamed=False)
            yield self._stats(None)
            yield self._plain(failure.text)
            return False
        yield self._stats(usage)
        if reasoning and self._turn.reasoning and not round_.calls:
            yield self._plain(f"🤔 思考: {reasoning}\n\n────\n")
        if text:
            yield self._plain(text)
        return True

    def _retries(self, failure: Failed, *, streamed: bool) -> Iterator[Sent]:
        """Wait while the model is asked again; a stream that has begun is not tried again."""
        if failure.retries and not streamed:
            yield Wait(failure.retries)

    def _tools(self, calls: tuple[ToolCall, ...]) -> Iterator[Sent]:
        """Send tool calls, each with what the tool sends and its result before the next one."""
        for call in calls:
            identifier = call_id(call, self._turn, self._values)
            args = tool_args(call, self._values)
            yield frames.tool_call(
                identifier, fill(call.tool, self._values), args, self._turn.now(), self._turn.message_id
            )
            if call.takes:
                yield Wait(call.takes)
            direct = tuple(part for part in call.sends if part.kind == "direct")
            yield from _message(direct, self._turn, self._values)
            if pushed := tuple(part for part in call.sends if part.kind != "direct"):
                yield Pushed(pushed)
            if call.kind != "unknown":
                result = tool_result(call, identifier, self._values) + self._follow_ups()
                yield frames.tool_result(identifier, result, self._turn.now(), self._turn.message_id)

    def _follow_ups(self) -> str:
        """Return the messages that arrived meanwhile as a text, which AstrBot appends to the tool result (11.8)."""
        return follow_up_notice(self._turn.follow_ups())

    def _plain(self, text: str, *, streaming: bool = False, chain_type: str | None = None) -> Frame:
        return frames.plain(text, self._turn.message_id, streaming=streaming, chain_type=chain_type)
