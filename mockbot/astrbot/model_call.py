"""What a model streams in one call, and what a tool returns: the same in all versions of AstrBot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias, TypeVar

from mockbot.astrbot import frames
from mockbot.astrbot.texts import NO_RETURN_VALUE, TOOL_IMAGE
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, exceeds
from mockbot.script.model import MOST_DATA, Fail, FaultStep, Reason, Round, Say, ToolCall, WaitStep
from mockbot.script.template import TooLong, Values, fill, fill_all
from mockbot.script.turn import Cue, Turn, Wait

T = TypeVar("T", bound=JSON)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text, of reasoning, or of both."""

    text: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deltas:
    """Several deltas of text only, one after the other."""

    texts: Sequence[str]
    whole: str
    """The texts together."""


TOGETHER, LONGEST = 64, 64 * 1024
"""How many deltas of text are handed on together, and how many characters they may have then."""
Output: TypeAlias = Delta | Deltas | Wait | Cue | Fail


def output(round_: Round, values: Values) -> Iterator[Output]:
    """Yield what the model streams in one call; a Fail comes last."""
    for step in round_.steps:
        match step:
            case WaitStep(seconds):
                yield Wait(seconds)
            case FaultStep(fault):
                yield Cue(fault)
            case Reason(reason):
                yield from (Delta(reason=delta) for delta in frames.deltas(reason, values))
            case Say():
                yield from _said(step, values)
            case Fail():
                yield step


def _said(say: Say, values: Values) -> Iterator[Output]:
    texts = frames.deltas(say.text, values)
    if not (say.reason or say.every):
        yield from _together(texts)
        return
    reasons = frames.deltas(say.reason, values) if say.reason else []
    for position, (text, reason) in enumerate(zip_longest(texts, reasons, fillvalue="")):
        if say.every and position:
            yield Wait(say.every)
        yield Delta(text, reason)


def _together(texts: Sequence[str]) -> Iterator[Deltas]:
    for start in range(0, len(texts), TOGETHER):
        group = texts[start : start + TOGETHER]
        whole = "".join(group)
        if len(whole) > LONGEST:
            yield from (Deltas([text], text) for text in group)
        else:
            yield Deltas(group, whole)


def call_id(call: ToolCall, turn: Turn, values: Values) -> str:
    """Return the id of a tool call: that of the script, or a new one."""
    return fill(call.id, values) if call.id else f"call_{turn.uuid().replace('-', '')[:8]}"


def tool_args(call: ToolCall, values: Values) -> JSON:
    """Return the arguments of a tool call."""
    return _bounded(fill_all(call.args, values))


def tool_result(call: ToolCall, identifier: str, values: Values) -> str:
    """Return the text that the model gets from a tool."""
    match call.kind:
        case "result":
            return _bounded(fill(call.result, values))
        case "error":
            return f"error: {_bounded(fill(call.result, values))}"
        case "image":
            return TOOL_IMAGE.format(path=f"/AstrBot/data/temp/tool_images/{identifier}_0.png")
    return NO_RETURN_VALUE


def _bounded(data: T) -> T:
    """Return what a script gives to a tool call; raise TooLong if its placeholders have made it too long."""
    if exceeds(data, MOST_DATA):
        raise TooLong(f"the arguments or the result of a tool call have more than {MOST_DATA} characters")
    return data
