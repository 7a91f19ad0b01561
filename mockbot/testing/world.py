"""A world, over the control API: what a test sets up and makes assertions on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from mockbot.dataclass import dataclass
from mockbot.journal.finding import Finding, Verdict
from mockbot.testing.control import Control
from mockbot.testing.journal import Journal
from mockbot.testing.scripts import Scripts
from mockbot.wording import readable


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults that are armed for a world's responses."""

    _control: Control
    _place: str

    def arm(self, fault: str, *, times: int = 1, operation: str | None = None, skip: int = 0, **parameters: Any) -> str:
        """Arm a fault for the next `times` responses (of `operation`) after the first `skip`, and return its id.

        `arm("status", status=429, retry_after=2)`, `arm("truncate", after=3)`. Raise UserError, with the known names,
        on an unknown fault or parameter.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        wanted: dict[str, Any] = {"fault": {"name": fault, **parameters}, "times": times, "skip": skip}
        if operation is not None:
            wanted["operation"] = operation
        armed: str = self._control.ask("POST", f"{self._place}/faults", wanted)["id"]
        return armed

    def list(self) -> list[dict[str, Any]]:
        """Return the armed faults: `{id, fault, left, operation, skip}`."""
        faults: list[dict[str, Any]] = self._control.ask("GET", f"{self._place}/faults")["faults"]
        return faults

    def clear(self) -> None:
        """Remove all armed faults."""
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

    def advance(self, seconds: float | str) -> float:
        """Move the time forward, by seconds or a duration such as "2s", and return it."""
        unix: float = self._control.ask("POST", f"{self._place}/clock/advance", {"seconds": seconds})["unix"]
        return unix


class World:
    """The world `name` of a mockbot. As a context manager, it deletes the world at the end."""

    def __init__(self, control: Control, name: str, key: str, base_path: str) -> None:
        place = f"worlds/{name}"
        self._control, self._place, self.name = control, place, name
        self.key = key
        """A key of this world, if possible one with all scopes."""
        self.base_url = control.base_url + base_path
        """The base URL for clients; `/api/v1/...` comes after it."""
        self.scripts = Scripts(control, place)
        self.faults = Faults(control, place)
        self.journal = Journal(control, place)
        self.clock = Clock(control, place)

    def snapshot(self) -> dict[str, Any]:
        """Return the world's state as a fixture, including keys."""
        fixture: dict[str, Any] = self._control.ask("GET", f"{self._place}/snapshot")
        return fixture

    def reset(self) -> None:
        """Reset the world to its fixture, seed and clock, and remove added scripts, faults and journal entries."""
        self._control.ask("POST", f"{self._place}/reset")
        self.scripts.added.clear()

    def lose(self, attachment_id: str) -> None:
        """Remove the file of an attachment but keep its record, as after a disk cleanup."""
        self._control.ask("POST", f"{self._place}/attachments/lose", {"attachment_id": attachment_id})

    def verify(
        self,
        operation: str | None = None,
        where: Mapping[str, Any] | None = None,
        count: int | Mapping[str, int] | None = None,
    ) -> tuple[str, ...]:
        """Return the ids of the matching entries. Raise AssertionError, with near misses, if they are not `count`.

        `where` maps fields (`message`, `status`, `username`, `session`, `script`, `query`, `headers`, a JSON pointer
        into the body such as `/message` ...) to a value or a matcher: `{"contains": ...}` or `{"regex": ...}`.
        `count` is a number or `{"min": ..., "max": ...}`; the default is at least 1.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        query = {"operation": operation, "where": where, "count": count}
        given = {name: value for name, value in query.items() if value is not None}
        found = self._control.ask("POST", f"{self._place}/verify", given)
        if not found["ok"]:
            raise AssertionError(readable(found["message"]))
        return tuple(found["entries"])

    def verdict(self) -> Verdict:
        """Return the findings: the client's mistakes that the journal shows."""
        verdict = self._control.ask("GET", f"{self._place}/verdict")
        findings = (
            Finding(row["name"], row["severity"], row["sentence"], tuple(row["entries"]), row["operation"])
            for row in verdict["findings"]
        )
        return Verdict(tuple(findings), verdict["entries"])

    def delete(self) -> None:
        """Delete the world and end its open streams."""
        self._control.ask("DELETE", self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the world."""
        self.delete()

    def __repr__(self) -> str:
        return f"<World {self.base_url}>"
