"""From a script file to scripts: what the schema cannot say is said here, with file, line and pointer."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from mockbot import source
from mockbot.contract.formats import check
from mockbot.errors import UserError
from mockbot.expression import ExpressionError
from mockbot.fault.catalogue import Delay
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON
from mockbot.matching import Matcher, matcher
from mockbot.script.model import (
    Action,
    Call,
    Command,
    Fail,
    FaultStep,
    Frames,
    Part,
    Raise,
    Reason,
    Result,
    Round,
    Run,
    Say,
    Script,
    Step,
    Title,
    Usage,
    WaitStep,
)
from mockbot.script.template import NAMES, REQUEST_NAMES, mistakes
from mockbot.script.when import Attachments, When
from mockbot.source import Source

KINDS = ("run", "command", "frames", "title")
MATCHED = ("username", "session_id", "config_id", "provider", "model")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


def read(file: Source) -> tuple[Script, ...]:
    """Return the scripts of a file, in its order; UserError with every mistake in it, each with file and line."""
    if isinstance(file.value, dict) and "scripts" not in file.value and {"when", *KINDS} & file.value.keys():
        raise UserError(f"{file.place('')}: a file of scripts is a list, even of one: begin each script with `- `")
    check(file, "script")
    return _File(file).scripts()


def load(path: Path) -> tuple[Script, ...]:
    """Return the scripts of a file, or of all YAML and JSON files of a directory by name; UserError as in `read`."""
    try:
        if not path.is_dir():
            return read(source.load(path))
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml", ".json"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not files:
        raise UserError(f"{path}: no script files here; a script file ends in .yaml, .yml or .json")
    return tuple(script for file in files for script in read(source.load(file)))


def seconds(duration: str | float) -> float:
    """Return "600ms", "20s", "1m" or a number as seconds."""
    if not isinstance(duration, str):
        return float(duration)
    number = duration.rstrip("ms")
    return float(number) * SECONDS[duration.removeprefix(number)]


class _File:
    """A file that its schema accepts, being read; values are what the schema says, hence Any."""

    def __init__(self, file: Source) -> None:
        self._source = file
        self._complaints: list[str] = []

    def scripts(self) -> tuple[Script, ...]:
        value: Any = self._source.value
        written, at = (value["scripts"], "/scripts") if isinstance(value, dict) else (value, "")
        if isinstance(value, dict) and "usage" in value:
            written = [_with_usage(item, value["usage"]) for item in written]
        scripts = [self._script(item, f"{at}/{index}") for index, item in enumerate(written)]
        first: dict[str, Script] = {}
        for index, script in enumerate(scripts):
            if "name" in written[index] and first.setdefault(script.name, script) is not script:
                taken = first[script.name].place
                self._complain(f"{at}/{index}/name", f"{script.name!r} is the name of the script at {taken} already")
        if self._complaints:
            raise UserError("\n".join(self._complaints))
        return tuple(scripts)

    def _complain(self, at: str, sentence: str) -> None:
        self._complaints.append(f"{self._source.place(at)}: {at}: {sentence}")

    def _script(self, item: Any, at: str) -> Script:
        kinds = [kind for kind in KINDS if kind in item]
        place = self._source.place(at)
        if len(kinds) != 1:
            found = f"has {' and '.join(kinds)}" if kinds else "has none of them"
            self._complain(at, f"a script has exactly one of {', '.join(KINDS)}; this one {found}")
        when = self._when(item.get("when", {}), f"{at}/when")
        groups = _groups(when)
        for name in sorted(groups & NAMES):
            self._complain(f"{at}/when", f"the regex group {name!r} has the name of a placeholder; call it otherwise")
        known = groups | (REQUEST_NAMES if kinds == ["title"] else NAMES)
        for kind in kinds:
            for pointer, sentence in mistakes(item[kind], known, f"{at}/{kind}"):
                self._complain(pointer, sentence)
        return Script(
            name=item.get("name", place),
            action=self._action(kinds[0], item[kinds[0]], f"{at}/{kinds[0]}") if kinds else Command(),
            when=when,
            times=item.get("times"),
            requires=item.get("requires", {}),
            sets=item.get("sets", {}),
            place=place,
            written=item,
        )

    def _when(self, item: Any, at: str) -> When:
        fields: dict[str, Any] = {name: item.get(name) for name in ("turn", "streaming", "admin")}
        for name in ("message", *MATCHED):
            if name in item:
                fields[name] = self._matcher(item[name], f"{at}/{name}")
        match item.get("attachments"):
            case list(types):
                fields["attachments"] = Attachments(tuple(types))
            case {"count": count}:
                fields["attachments"] = Attachments(count=count)
        return When(**fields)

    def _matcher(self, item: Any, at: str) -> Matcher:
        how: Any
        ((how, text),) = item.items() if isinstance(item, dict) else (("equals", item),)
        try:
            return matcher(how, text)
        except ExpressionError as error:
            self._complain(f"{at}/{how}", str(error))
            return matcher("equals", text)

    def _action(self, kind: str, item: Any, at: str) -> Action:
        match kind:
            case "run":
                return self._run(item, at)
            case "command":
                return Command(tuple(self._command_step(step, f"{at}/{index}") for index, step in enumerate(item)))
            case "frames":
                return Frames(tuple(item))
            case _:
                return Title(None if isinstance(item, dict) else item)  # a failure leaves untitled, too

    def _run(self, items: Any, at: str) -> Run:
        """Cut the steps into model calls: each ends where its tools are called, or where it fails."""
        rounds: list[Round] = []
        steps: list[Step] = []
        usage: Usage | None = None
        ended = ""
        for index, item in enumerate(items):
            ((kind, value),) = item.items()
            if ended and kind not in ("usage", "wait"):
                self._complain(f"{at}/{index}", f"nothing plays this step: the run has ended, {ended}")
            match kind:
                case "usage":
                    usage = Usage(**(value or {}))
                    if usage.cached > usage.input:
                        self._complain(f"{at}/{index}", "cached is a part of input and cannot be more")
                case "call":
                    calls = self._calls(value, f"{at}/{index}/call")
                    rounds.append(Round(tuple(steps), calls))
                    steps = []
                    if any(call.kind == "nothing" for call in calls):
                        ended = "for its tool returns nothing (give it a result)"
                case "fail":
                    steps.append(self._fail(value, f"{at}/{index}/fail"))
                    ended = "for its model call failed"
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

    def _calls(self, value: Any, at: str) -> tuple[Call, ...]:
        if isinstance(value, list):
            return tuple(self._call(item, f"{at}/{index}") for index, item in enumerate(value))
        return (self._call(value, at),)

    def _call(self, item: Any, at: str) -> Call:
        kinds = [kind for kind in ("result", "error", "image") if kind in item]
        if len(kinds) > 1:
            self._complain(at, f"a tool gives back one thing, not {' and '.join(kinds)}")
        kind: Any = kinds[0] if kinds else "nothing"
        return Call(
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
            self._complain(at, "a failure is either a status or an error")
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
                self._complain(at, sentence)
            return FaultStep(Delay())


def _with_usage(item: Any, usage: JSON) -> Any:
    """Write the file's usage into a run that has none of its own, so that the script can leave the file."""
    if "run" not in item or any("usage" in step for step in item["run"]):
        return item
    return item | {"run": [*item["run"], {"usage": usage}]}


def _groups(when: When) -> frozenset[str]:
    matchers = (when.message, *(getattr(when, name) for name in MATCHED))
    return frozenset(name for one in matchers if one and one.expression for name in one.expression.names)


def _speaks(steps: list[Step]) -> bool:
    return any(isinstance(step, Say | Reason | Fail) for step in steps)


def _texts(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


def _step(kind: str, value: Any) -> Step:
    match kind:
        case "wait":
            return WaitStep(seconds(value))
        case "reason":
            return Reason(_texts(value))
        case _ if isinstance(value, dict):
            return Say(_texts(value["text"]), seconds(value.get("every", 0)), _texts(value.get("reason", ())))
        case _:
            return Say(_texts(value))


def _part(kind: Any, value: JSON) -> Part:
    match kind:
        case "text" | "direct":
            return Part(kind, text=str(value))
        case "json":
            return Part(kind, json=value)
        case _:
            return Part(kind, extension=PurePath(value).suffix if isinstance(value, str) else "")
