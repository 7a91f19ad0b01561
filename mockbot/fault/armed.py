"""The faults that wait for a world's next answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.types import Scope

from mockbot.errors import UserError
from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON

SCOPE_FAULTS = "mockbot.faults"
LIMIT = 100
"""How many faults one world holds armed."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault that waits."""

    id: str
    """Unique in its world: `f1`, `f2` ... in order of arming."""
    fault: Fault
    left: int | None
    """How many more answers it bends; None: every one until it is disarmed."""
    operation: str | None
    """The only operation that it bends, such as `POST /api/v1/chat`; None: any."""
    skip: int
    """How many such answers it lets go by before that."""

    def as_json(self) -> dict[str, JSON]:
        """Return all that is known of it."""
        return {
            "id": self.id,
            "fault": self.fault.as_json(),
            "left": self.left,
            "operation": self.operation,
            "skip": self.skip,
        }


class Faults:
    """The armed faults of one world, oldest first; `now` is the world's clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._armed: dict[str, Armed] = {}
        self._count = 0

    def arm(self, fault: Fault, times: int | None = 1, operation: str | None = None, skip: int = 0) -> str:
        """Bend the next `times` answers (to `operation`), after letting `skip` of them go by; return the fault's id.

        All faults that are due bend one answer together, oldest first; `skip` puts them one after another instead.
        UserError when `times` is not positive, `skip` negative, or LIMIT faults are armed.
        """
        if times is not None and times < 1:
            raise UserError(f"`times` must be at least 1, got {times}")
        if skip < 0:
            raise UserError(f"`skip` must be at least 0, got {skip}")
        if len(self._armed) >= LIMIT:
            raise UserError(f"{LIMIT} faults are armed already; disarm one first")
        self._count += 1
        armed = Armed(f"f{self._count}", fault, times, operation, skip)
        self._armed[armed.id] = armed
        return armed.id

    def list(self) -> tuple[Armed, ...]:
        """Return what is armed, and what is left of it."""
        return tuple(self._armed.values())

    def disarm(self, fault_id: str) -> bool:
        """Take a fault away; False when there is none of that id, any more or ever."""
        return self._armed.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all faults away; ids go on counting."""
        self._armed.clear()

    def take(self, operation: str) -> tuple[Fault, ...]:
        """Return what bends the answer to `operation` that begins now, and count it as used."""
        if not self._armed:
            return ()
        return tuple(each.fault for each in self.list() if each.operation in (None, operation) and self._use(each))

    def _use(self, armed: Armed) -> bool:
        if armed.skip:
            self._armed[armed.id] = replace(armed, skip=armed.skip - 1)
            return False
        if armed.left == 1:
            del self._armed[armed.id]
        elif armed.left is not None:
            self._armed[armed.id] = replace(armed, left=armed.left - 1)
        return True


def faults_of(scope: Scope) -> Faults:
    """Return the armed faults of the world that the request of `scope` is for."""
    faults: Faults = scope[SCOPE_FAULTS]
    return faults
