"""A behaviour: what a server does, as one value and one file. It embeds the formats of scripts and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.contract.contract import Contract
from mockbot.contract.formats import check
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fault.fault import Expects, Fault, Kind
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON
from mockbot.script.load import read as read_scripts
from mockbot.script.model import Script
from mockbot.source import Source

WORST: tuple[Kind, ...] = ("violation", "disputed", "legal")
MOST_EXPECTED: tuple[Expects, ...] = ("error", "either", "same")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The script that is played and the faults of the responses to an operation."""

    script: Script | None = None
    """Tried before all other scripts; None: only those of the fixture."""
    faults: tuple[Fault, ...] = ()
    """In the order in which they change a response."""
    operation: str | None = None
    """The only operation whose responses have the faults, such as `POST /api/v1/chat`; None: every operation."""
    times: int | None = None
    """How many responses have the faults; None: all."""
    bug_class: str = ""
    """The class of client bugs that it is for, such as `A7`; empty if it is for none in particular."""

    @property
    def kind(self) -> Kind:
        """Return the worst kind of the faults: a violation if there is one."""
        return min((fault.kind for fault in self.faults), key=WORST.index, default="legal")

    @property
    def expects(self) -> Expects:
        """Return what a right client shows: an error if one fault asks for it."""
        return min((fault.expects for fault in self.faults), key=MOST_EXPECTED.index, default="same")

    def as_json(self) -> dict[str, JSON]:
        """Return the behaviour in the form that `parse` reads, without what is default."""
        found: dict[str, JSON] = {"class": self.bug_class} if self.bug_class else {}
        if self.operation is not None:
            found["operation"] = self.operation
        if self.times is not None:
            found["times"] = self.times
        if self.script is not None:
            found["script"] = self.script.written
        if self.faults:
            found["faults"] = [_short(fault) for fault in self.faults]
        return found

    def as_yaml(self) -> str:
        """Return the text of a behaviour file."""
        from mockbot import yamltext

        return yamltext.dump(self.as_json())


def load(path: Path, contract: Contract | None = None) -> Behaviour:
    """Read a behaviour file; raise UserError with file and line of each mistake."""
    return parse(source.load(path), contract)


def parse(file: Source, contract: Contract | None = None) -> Behaviour:
    """Return the behaviour of a file; raise UserError with file and line of each mistake.

    Scripts for operations are validated against `contract`, if it is given.
    """
    check(file, "behaviour")
    value: Any = file.value
    faults = []
    for index, item in enumerate(value.get("faults", ())):
        try:
            faults.append(parse_fault(item))
        except UserError as error:
            at = f"/faults/{index}"
            raise UserError(f"{file.place(at)}: {at}: {error}") from None
    operation = value.get("operation")
    if operation is not None and contract is not None and operation not in contract.operations.by_name:
        raise UserError(f"{file.place('/operation')}: /operation: there is no operation {operation!r} in the document")
    return Behaviour(
        script=_script(file, value["script"], contract) if "script" in value else None,
        faults=tuple(faults),
        operation=operation,
        times=value.get("times"),
        bug_class=value.get("class", ""),
    )


def script_of(written: Mapping[str, JSON], contract: Contract | None = None) -> Script:
    """Return the script that is written as a value."""
    return _script(Source("behaviour", {"script": dict(written)}, {}), dict(written), contract)


def _script(file: Source, written: JSON, contract: Contract | None) -> Script:
    (script,) = read_scripts(_ScriptList.of(file, written), contract)
    return script


class _ScriptList:
    """The lines of a list with one script, whose lines are those of the behaviour's `script`."""

    def __init__(self, file: Source) -> None:
        self._file = file

    @classmethod
    def of(cls, file: Source, written: JSON) -> Source:
        """Return a script file with that script."""
        return Source(file.name, [written], cls(file))

    def get(self, pointer: str, /) -> int | None:
        """Return the line of a pointer in the list."""
        return self._file.lines.get("/script" + pointer.removeprefix("/0"))


def _short(fault: Fault) -> JSON:
    """Return a fault without the parameters that have their defaults."""
    written = fault.as_json()
    given = {each.name: written[each.name] for each in fields(fault) if written[each.name] != each.default}  # type: ignore[arg-type]
    return {"name": fault.name, **given} if given else fault.name
