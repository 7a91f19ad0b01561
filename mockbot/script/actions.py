"""Read the action of a script: its run, command, frames or title."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any, TypeAlias

from mockbot.duration import seconds
from mockbot.errors import UserError
from mockbot.fault.catalogue import Delay
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON, exceeds
from mockbot.script.model import (
    MOST_DATA,
    Action,
    Command,
    Fail,
    FaultStep,
    Frames,
    ModelStep,
    Raise,
    Reason,
    Result,
    Round,
    Run,
    Say,
    SentPart,
    Title,
    ToolCall,
    Usage,
    WaitStep,
)

ReportMistake: TypeAlias = Callable[[str, str], None]
"""Takes the JSON pointer of a mistake and a sentence about it."""


class ActionReader:
    """Reads values of any type that the schema of script files accepts; `report` is called for each mistake."""

    def __init__(self, report: ReportMistake) -> None:
        self._report = report

    def action(self, kind: str, item: Any, at: str) -> Action:
        """Return the action of that kind; `at` is its JSON pointer."""
        match kind:
            case "run":
                return self._run(item, at)
            case "command":
                return Command(tuple(self._command_step(step, f"{at}/{index}") for index, step in enumerate(item)))
            case "frames":
                return Frames(tuple(item))
            case _:
                return Title(None if isinstance(item, dict) else item)  # `{fail: true}` leaves it untitled, too

    def _run(self, items: Any, at: str) -> Run:
        """Split the steps into model calls: each ends where its tools are called, or where it fails."""
        rounds: list[Round] = []
        steps: list[ModelStep] = []
        usage: Usage | None = None
        ended = ""
        for index, item in enumerate(items):
            ((kind, value),) = item.items()
            if ended and kind not in ("usage", "wait"):
                self._report(f"{at}/{index}", f"this step is never reached: the run has ended because {ended}")
            match kind:
                case "usage":
                    usage = self._usage(value, f"{at}/{index}")
                case "call":
                    calls = self._calls(value, f"{at}/{index}/call")
                    rounds.append(Round(tuple(steps), calls))
                    steps = []
                    if any(call.kind == "nothing" for call in calls):
                        ended = "its tool returns nothing (give it a result)"
                case "fail":
                    steps.append(self._fail(value, f"{at}/{index}/fail"))
                    ended = "its model call failed"
                case "fault":
                    steps.append(self._fault(value, f"{at}/{index}/fault"))
                case _:
                    steps.append(_step(kind, value))
        linger = 0.0
        while isinstance(wait := steps[-1] if steps else None, WaitStep) and (rounds or _speaks(steps)):
            linger += wait.seconds
            steps.pop()
        if not (ended and rounds and not steps):
            rounds.append(Round(tuple(steps)))
        return Run(tuple(rounds), usage, linger)

    def _usage(self, value: Any, at: str) -> Usage:
        usage = Usage(**(value or {}))
        if usage.cached > usage.input:
            self._report(at, "cached is a part of input and cannot be more")
        return usage

    def _calls(self, value: Any, at: str) -> tuple[ToolCall, ...]:
        if isinstance(value, list):
            return tuple(self._call(item, f"{at}/{index}") for index, item in enumerate(value))
        return (self._call(value, at),)

    def _call(self, item: Any, at: str) -> ToolCall:
        kinds = [kind for kind in ("result", "error", "image", "unknown") if kind in item]
        if len(kinds) > 1:
            self._report(at, f"a tool returns one thing, not {' and '.join(kinds)}")
        kind: Any = kinds[0] if kinds else "nothing"
        for name in ("args", *kinds):
            if exceeds(item.get(name), MOST_DATA):
                self._report(f"{at}/{name}", f"it has more than {MOST_DATA} characters; a value counts as 8")
        return ToolCall(
            tool=item["tool"],
            args=item.get("args", {}),
            id=item.get("id"),
            kind=kind,
            result=item[kind] if kind in ("result", "error") else "",
            takes=seconds(item.get("takes", 0)),
            sends=tuple(_part(name, value) for part in item.get("sends", ()) for name, value in part.items()),
        )

    def _fail(self, item: Any, at: str) -> Fail:
        if ("status" in item) == ("error" in item):
            self._report(at, "a failure is either a status or an error")
        return Fail(**{"message": "Connection error." if "error" in item else "upstream error"} | item)

    def _command_step(self, step: dict[str, Any], at: str) -> Result | Raise | WaitStep | FaultStep:
        ((kind, value),) = step.items()
        match kind:
            case "wait":
                return WaitStep(seconds(value))
            case "fault":
                return self._fault(value, f"{at}/fault")
            case "raise":
                return Raise(**value)
            case "parts":
                return Result(tuple(_part(name, item) for part in value for name, item in part.items()))
            case _:
                return Result((_part(kind, value),))

    def _fault(self, item: Any, at: str) -> FaultStep:
        try:
            return FaultStep(parse_fault(item, midstream=True))
        except UserError as error:
            for sentence in str(error).splitlines():
                self._report(at, sentence)
            return FaultStep(Delay())


def _speaks(steps: list[ModelStep]) -> bool:
    return any(isinstance(step, Say | Reason | Fail) for step in steps)


def _texts(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


def _step(kind: str, value: Any) -> ModelStep:
    match kind:
        case "wait":
            return WaitStep(seconds(value))
        case "reason":
            return Reason(_texts(value))
        case _ if isinstance(value, dict):
            return Say(_texts(value["text"]), seconds(value.get("every", 0)), _texts(value.get("reason", ())))
        case _:
            return Say(_texts(value))


def _part(kind: Any, value: JSON) -> SentPart:
    match kind:
        case "text" | "direct":
            return SentPart(kind, text=str(value))
        case "json":
            return SentPart(kind, json=value)
        case _:
            name = value if isinstance(value, str) else ""
            return SentPart(kind, extension=PurePath(name).suffix, name=PurePath(name).name)
