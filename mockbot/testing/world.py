"""A world, from outside: what a test sets up, and what it asserts on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mockbot.journal.finding import Finding, Verdict
from mockbot.testing.control import Control
from mockbot.testing.journal import Journal
from mockbot.testing.scripts import Scripts


@dataclass(frozen=True, slots=True)
class Faults:
    """What bends a world's answers."""

    _control: Control
    _place: str

    def arm(self, fault: str, *, times: int = 1, operation: str | None = None, skip: int = 0, **parameters: Any) -> str:
        """Bend the next `times` answers (to `operation`) after letting `skip` of them go by; return the fault's id.

        `arm("status", status=429, retry_after=2)`, `arm("truncate", after=3)`; UserError on an unknown fault or
        parameter, which names those there are.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        wanted: dict[str, Any] = {"fault": {"name": fault, **parameters}, "times": times, "skip": skip}
        if operation is not None:
            wanted["operation"] = operation
        armed: str = self._control.ask("POST", f"{self._place}/faults", wanted)["id"]
        return armed

    def list(self) -> list[dict[str, Any]]:
        """Return what is armed: `{id, fault, left, operation, skip}`."""
        faults: list[dict[str, Any]] = self._control.ask("GET", f"{self._place}/faults")["faults"]
        return faults

    def clear(self) -> None:
        """Bend nothing any more."""
        self._control.ask("DELETE", f"{self._place}/faults")


@dataclass(frozen=True, slots=True)
class Clock:
    """A world's time, in seconds since 1970."""

    _control: Control
    _place: str

    def now(self) -> float:
        """Return the time."""
        unix: float = self._control.ask("GET", f"{self._place}/clock")["unix"]
        return unix

    def advance(self, seconds: float) -> float:
        """Move the time forward and return it."""
        unix: float = self._control.ask("POST", f"{self._place}/clock/advance", {"seconds": seconds})["unix"]
        return unix


class World:
    """The world `name` of a mockbot. As a context manager it is forgotten at the end."""

    def __init__(self, control: Control, name: str, key: str, base_path: str) -> None:
        place = f"worlds/{name}"
        self._control, self._place, self.name = control, place, name
        self.key = key
        """A key of this world, one that opens everything if there is one."""
        self.base_url = control.base_url + base_path
        """What a client is pointed at; `/api/v1/...` comes after it."""
        self.scripts = Scripts(control, place)
        self.faults = Faults(control, place)
        self.journal = Journal(control, place)
        self.clock = Clock(control, place)

    def snapshot(self) -> dict[str, Any]:
        """Return the world's state as a fixture, keys included."""
        fixture: dict[str, Any] = self._control.ask("GET", f"{self._place}/snapshot")
        return fixture

    def reset(self) -> None:
        """Bring the world back to its start: fixture, seed, clock; scripts, faults and journal are gone."""
        self._control.ask("POST", f"{self._place}/reset")
        self.scripts.added.clear()

    def lose(self, attachment_id: str) -> None:
        """Remove the file behind an attachment's record, as a cleaned disk would."""
        self._control.ask("POST", f"{self._place}/attachments/lose", {"attachment_id": attachment_id})

    def verify(
        self,
        operation: str | None = None,
        where: Mapping[str, Any] | None = None,
        count: int | Mapping[str, int] | None = None,
    ) -> tuple[str, ...]:
        """Return the ids of the entries that fit; AssertionError with the nearest misses when they are not `count`.

        `where` maps fields (`status`, `username`, `session`, `script`, `query`, `headers`, a JSON pointer into the
        body such as `/message` ...) to what they must be: a value, `{"contains": ...}` or `{"regex": ...}`. `count` is
        a number or `{"min": ..., "max": ...}`; without it, at least 1.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        asked = {"operation": operation, "where": where, "count": count}
        given = {name: value for name, value in asked.items() if value is not None}
        found = self._control.ask("POST", f"{self._place}/verify", given)
        if not found["ok"]:
            raise AssertionError(found["message"])
        return tuple(found["entries"])

    def verdict(self) -> Verdict:
        """Return what the journal shows that the client got wrong."""
        told = self._control.ask("GET", f"{self._place}/verdict")
        findings = (
            Finding(row["name"], row["severity"], row["sentence"], tuple(row["entries"]), row["operation"])
            for row in told["findings"]
        )
        return Verdict(tuple(findings), told["entries"])

    def delete(self) -> None:
        """Forget the world; its open streams end."""
        self._control.ask("DELETE", self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Forget the world."""
        self.delete()

    def __repr__(self) -> str:
        return f"<World {self.base_url}>"
