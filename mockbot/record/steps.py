"""The steps of a script that would send recorded frames: what an agent or a plugin has done."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from statistics import median
from typing import Any

from mockbot.astrbot.frames import WORDS
from mockbot.astrbot.texts import FOLLOW_UP, NO_RETURN_VALUE, TOOL_IMAGE
from mockbot.astrbot.v4_29_3.failures import NO_MODEL
from mockbot.jsontext import JSON, spaced
from mockbot.record.frames import AROUND, EXTENSION, MEDIA, Frame, inner
from mockbot.record.texts import Texts, duration

SHORTEST_WAIT = 0.1
"""Seconds; a shorter pause is not written."""
SHORTEST_EVERY = 0.02
"""Seconds, beyond the pace of the server, between two deltas that are written; shorter ones are not."""
LONG_PAUSE = 0.25
"""Seconds between two deltas, if most are much shorter, that become a wait."""
FAILED = re.compile(r"LLM 响应错误: All chat models failed: (\w+): (.*)", re.DOTALL)
STATUS = re.compile(r"Error code: ([45]\d\d) - (.*)", re.DOTALL)
RAISED = re.compile(r":\(\n\n在调用插件 (?>(.+?) 的处理函数 )(?>(.+?) 时出现异常：)(.*)", re.DOTALL)
REASONED = re.compile(r"🤔 思考: (.*?)\n(?:\n────\n)?", re.DOTALL)
IMAGE_RESULT = re.compile("(?>{}.*?{}).*{}".format(*map(re.escape, TOOL_IMAGE.split("{path}"))), re.DOTALL)
Step = dict[str, JSON]


def actions(frames: Sequence[Frame], pace: float, texts: Texts) -> list[dict[str, JSON]]:
    """Return the actions that may have sent the frames, the most likely one first; the last one sends them unchanged.

    `pace` is the time between two frames, in seconds, that the server takes in any case.
    """
    found: list[dict[str, JSON]] = []
    seen = list(inner(frames))
    if any(frame.kind == "agent_stats" or frame.is_delta for frame in seen):
        found.append({"run": [*_Run(frames, pace, texts).steps()]})
        found.append({"run": [{"say": ""}]})
    else:
        found.append({"command": [*_command(frames, pace, texts)]})
    return [*found, {"frames": [_verbatim(frame.value, texts) for frame in frames]}]


def _verbatim(value: JSON, texts: Texts) -> JSON:
    """Return a frame to be sent unchanged; the identifier of its message stays, because it is in all its frames."""
    if isinstance(value, dict) and isinstance(kept := value.get("message_id"), str):
        return Texts(texts.names, {*texts.kept, kept}, texts.moment).value(value)
    return texts.value(value)


def _command(frames: Sequence[Frame], pace: float, texts: Texts) -> list[Step]:
    """Return the steps of a plugin: AstrBot saves each part as a message of its own."""
    steps: list[Step] = []
    last = frames[0].at if frames else 0.0
    for frame in frames:
        if frame.kind in ("plain", *MEDIA):
            steps += _wait(_gap(frame.at - last, pace))
            if found := RAISED.fullmatch(frame.text):
                plugin, handler, error = map(texts.text, found.groups())
                steps.append({"raise": {"plugin": plugin, "handler": handler, "error": error}})
            else:
                steps.append(_part(frame, texts))
        last = frame.at
    return steps


def _part(frame: Frame, texts: Texts) -> Step:
    """Return a part of a message that a plugin or a tool sends."""
    if frame.kind in MEDIA:
        found = EXTENSION.match(frame.text)
        if found and frame.kind == "file" and (found[3] or found[2]):
            return {"file": texts.text(found[3] or f"file{found[2]}")}
        return {frame.kind: True}
    if frame.chain == "tool_direct_result":
        return {"direct": texts.text(frame.text)}
    card = frame.inside()
    if card and spaced(card) == frame.text:
        return {"json": texts.value(card)}
    return {"text": texts.text(frame.text)}


def _gap(seconds: float, pace: float) -> float:
    """Return the pause that a script has to make between two frames; 0 where it is only the pace of the server.

    A script waits while the server paces, so the longer of both is the time between two frames.
    """
    return seconds if seconds - pace >= SHORTEST_EVERY else 0.0


def _wait(seconds: float) -> list[Step]:
    return [{"wait": duration(seconds)}] if seconds >= SHORTEST_WAIT else []


class _Run:
    """Reads a run of the agent from its frames."""

    def __init__(self, frames: Sequence[Frame], pace: float, texts: Texts) -> None:
        self._frames, self._pace, self._texts = frames, pace, texts
        places = [*enumerate(frames)]
        self._last = max((place for place, frame in places if frame.kind in ("plain", *MEDIA)), default=-1)
        """The place of the last frame in which the model says or does something."""
        self._results = {_id(frame): place for place, frame in places if frame.chain == "tool_call_result"}
        """The place of the last result of each tool call."""
        self._steps: list[Step] = []
        self._deltas: list[tuple[float, str]] = []
        self._deltas_are = ""
        self._calls: list[dict[str, Any]] = []
        self._called_at: float | None = None
        self._in_parallel = False
        self._usage: dict[str, int] = {}
        self._model_calls = 0
        self._failed = False

    def steps(self) -> list[Step]:
        """Return the steps."""
        last = self._frames[0].at if self._frames else 0.0
        for index, frame in enumerate(self._frames):
            self._take(frame, _gap(frame.at - last, self._pace), index)
            last = frame.at
        self._say()
        self._end_calls(self._calls, None)
        return [*self._steps, *self._usage_step()]

    def _take(self, frame: Frame, gap: float, place: int) -> None:
        if frame.chain not in ("tool_call", "tool_call_result") and frame.kind not in AROUND and not self._calls:
            self._in_parallel = False
        match frame.kind, frame.chain:
            case "plain", "tool_call":
                self._say()
                self._steps += [] if self._calls or self._in_parallel else _wait(gap)
                self._calls.append(_call(frame, self._texts))
                self._called_at = frame.at
                if self._model_calls and self._results.get(_id(frame), -1) <= place:
                    self._end_calls(self._calls, None)
            case "plain", "tool_call_result":
                self._took(gap)
                result = frame.inside().get("result")
                self._end_calls(self._calls, "" if result is None else str(result), ends=self._last <= place)
            case "plain", "reasoning" if frame.streaming:
                self._delta("reason", gap, frame.text)
            case "plain", None if frame.streaming and not self._calls:
                self._spoken(gap, frame.text)
            case ("plain", _) | (("image" | "record" | "file" | "video"), _) if self._calls:
                self._took(gap)
                self._calls[-1].setdefault("sends", []).append(_part(frame, self._texts))
            case "plain", _:
                self._say()
                self._whole(gap, frame.text)
            case "agent_stats", _:
                self._stats(frame)
            case "end", _ if not self._failed:
                self._say()
                self._steps += _wait(gap)

    def _spoken(self, gap: float, text: str) -> None:
        """Take a delta of text; AstrBot 4.29.3 streams the text of a failure as one, and that of an empty answer."""
        if text == NO_MODEL:
            return
        if FAILED.fullmatch(text):
            self._say()
            self._whole(gap, text)
        else:
            self._delta("say", gap, text)

    def _delta(self, kind: str, gap: float, text: str) -> None:
        if self._deltas_are != kind:
            self._say()
            self._deltas_are = kind
        self._deltas.append((gap, text))

    def _say(self) -> None:
        """Write the deltas so far as steps; a long pause between them becomes a wait."""
        deltas, self._deltas = self._deltas, []
        if not deltas:
            return
        usual = median([gap for gap, _ in deltas[1:]] or [0.0])
        longest = max(LONG_PAUSE, 2.5 * usual)
        begin = 0
        for index in range(1, len(deltas) + 1):
            if index == len(deltas) or deltas[index][0] > longest:
                self._steps += _wait(deltas[begin][0])
                self._steps.append(self._said(deltas[begin:index], usual))
                begin = index

    def _said(self, deltas: Sequence[tuple[float, str]], usual: float) -> Step:
        pieces = [text for _, text in deltas]
        whole = "".join(pieces)
        text: JSON = [self._texts.text(piece) for piece in pieces]
        if WORDS.findall(whole) == pieces:
            text = self._texts.text(whole)
        if self._deltas_are == "say" and usual >= SHORTEST_EVERY and len(pieces) > 1:
            return {"say": {"text": text, "every": duration(usual)}}
        return {self._deltas_are: text}

    def _whole(self, gap: float, text: str) -> None:
        """Take a text that is not streamed: reasoning, an answer, or a failure, whose time AstrBot spends trying."""
        if found := FAILED.fullmatch(text):
            self._steps.append({"fail": _failure(found[1], found[2], self._texts)})
            self._failed = True
            return
        self._steps += _wait(gap)
        if found := REASONED.fullmatch(text):
            self._steps.append({"reason": self._texts.text(found[1])})
        else:
            self._steps.append({"say": self._texts.text(text)})

    def _took(self, gap: float) -> None:
        """Note how long a tool took, up to the first frame after its call."""
        if self._called_at is not None and gap >= SHORTEST_WAIT:
            self._calls[-1]["takes"] = duration(gap)
        self._called_at = None

    def _end_calls(self, calls: list[dict[str, Any]], result: str | None, *, ends: bool = True) -> None:
        """End the calls under way with the result of the last one; None if it has none."""
        self._calls = []
        if not calls:
            return
        for call in calls[:-1]:
            call["result"] = ""
        call = calls[-1]
        if result is None:
            call["unknown"] = True
        elif IMAGE_RESULT.fullmatch(result):
            call["image"] = True
        elif result != NO_RETURN_VALUE or not ends:
            result = result.partition(FOLLOW_UP)[0]
            is_error = result.startswith("error: ")
            call["error" if is_error else "result"] = self._texts.text(result.removeprefix("error: "))
        written: list[JSON] = [*calls]
        if self._in_parallel:
            before = self._steps.pop()["call"]
            written = [*(before if isinstance(before, list) else [before]), *written]
        self._steps.append({"call": written[0] if len(written) == 1 else written})
        # a version that reports tokens after each model call shows which tools one call has asked for
        self._in_parallel = self._model_calls > 0

    def _stats(self, frame: Frame) -> None:
        self._model_calls += 1
        data = frame.row.get("data")
        tokens = data.get("token_usage") if isinstance(data, dict) else None
        if isinstance(tokens, dict):
            numbers = {name: value for name, value in tokens.items() if isinstance(value, int)}
            other, cached, output = (numbers.get(name, 0) for name in ("input_other", "input_cached", "output"))
            self._usage = {"input": other + cached, "cached": cached, "output": output}

    def _usage_step(self) -> list[Step]:
        """Return the tokens of one model call: all have the same in a script."""
        rounds = 1 + sum("call" in step for step in self._steps)
        shared = {name: value // rounds for name, value in self._usage.items() if value // rounds}
        return [{"usage": dict(shared)}] if shared else []


def _id(frame: Frame) -> str | float | None:
    """Return the identifier of the tool call that a frame is for; None if it has none, or an unusual one."""
    identifier = frame.inside().get("id")
    return identifier if isinstance(identifier, str | int | float) else None


def _call(frame: Frame, texts: Texts) -> dict[str, Any]:
    inside = frame.inside()
    call: dict[str, Any] = {"tool": texts.text(str(inside.get("name", "")))}
    args = inside.get("args")
    return {**call, "args": texts.value(args)} if args and isinstance(args, dict) else call


def _failure(error: str, rest: str, texts: Texts) -> dict[str, JSON]:
    found = STATUS.fullmatch(rest)
    if found is None:
        return {"error": error, "message": texts.text(rest)}
    failure: dict[str, JSON] = {"status": int(found[1]), "message": texts.text(found[2])}
    try:
        body = ast.literal_eval(found[2])
        given = body["error"]
        known = {"message": given["message"], "type": given.get("type"), "code": given.get("code")}
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError, MemoryError, RecursionError):
        return failure
    return failure | {name: texts.text(value) for name, value in known.items() if isinstance(value, str)}
