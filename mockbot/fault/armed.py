"""The faults that are armed for a world's next responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.types import Scope

from mockbot.bounded import ITEM, owned
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fault.fault import Fault
from mockbot.fault.sleeps import Sleeps
from mockbot.jsontext import JSON

SCOPE_FAULTS, SCOPE_WISHED = "mockbot.faults", "mockbot.wished_faults"
LIMIT = 100
"""How many faults may be armed in one world."""
SIZE_LIMIT = 16 * 1024 * 1024
"""The most bytes of the faults that are armed in one world."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault and the responses that it is armed for."""

    id: str
    """Unique in its world: `f1`, `f2` ... in order of arming."""
    fault: Fault
    left: int | None
    """How many more responses it changes; None: every response until it is disarmed."""
    operation: str | None
    """The only operation whose responses it changes, such as `POST /api/v1/chat`; None: any."""
    skip: int
    """How many such responses it leaves unchanged before that."""
    used: int = 0
    """How many responses it has changed."""
    weight: int = 0
    """Its bytes in memory."""

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        return {
            "id": self.id,
            "fault": self.fault.as_json(),
            "left": self.left,
            "operation": self.operation,
            "skip": self.skip,
        }


class Faults:
    """The armed faults of one world, oldest first; `now` is the world's clock, and its faults have `sleeps`."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now, self.sleeps = now, Sleeps()
        self._armed: dict[str, Armed] = {}
        self._count = 0

    def arm(self, fault: Fault, times: int | None = 1, operation: str | None = None, skip: int = 0) -> str:
        """Arm a fault for the next `times` responses (to `operation`) after `skip` others; return its id.

        All faults that are due change the same response, oldest first; use `skip` to apply them one after another.
        Raise UserError if `times` is not positive, `skip` is negative, LIMIT faults are armed or they are too large.
        """
        if times is not None and times < 1:
            raise UserError(f"`times` must be at least 1, got {times}")
        if skip < 0:
            raise UserError(f"`skip` must be at least 0, got {skip}")
        if len(self._armed) >= LIMIT:
            raise UserError(f"{LIMIT} faults are armed already; disarm one first")
        weight = ITEM + owned(fault)
        if self.size + weight > SIZE_LIMIT:
            raise UserError(f"the faults of a world have {SIZE_LIMIT} bytes at most; disarm one first")
        self._count += 1
        armed = Armed(f"f{self._count}", fault, times, operation, skip, weight=weight)
        self._armed[armed.id] = armed
        return armed.id

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return sum(each.weight for each in self._armed.values())

    def list(self) -> tuple[Armed, ...]:
        """Return the armed faults, with the current values of `left` and `skip`."""
        return tuple(self._armed.values())

    def disarm(self, fault_id: str) -> bool:
        """Remove a fault; return False if there is none with that id."""
        return self._armed.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all faults; their ids are not used again."""
        self._armed.clear()

    def __bool__(self) -> bool:
        return bool(self._armed)

    def next(self, operation: str) -> tuple[Fault, ...]:
        """Return the faults that `take` would return now."""
        return tuple(each.fault for each in self.list() if each.operation in (None, operation) and not each.skip)

    def take(self, operation: str) -> tuple[Fault, ...]:
        """Return the faults for a response to `operation` that begins now, and count them as used."""
        if not self._armed:
            return ()
        return tuple(each.fault for each in self.list() if each.operation in (None, operation) and self._use(each))

    def _use(self, armed: Armed) -> bool:
        if armed.skip:
            self._armed[armed.id] = replace(armed, skip=armed.skip - 1)
            return False
        if armed.left == 1:
            del self._armed[armed.id]
        else:
            left = None if armed.left is None else armed.left - 1
            self._armed[armed.id] = replace(armed, left=left, used=armed.used + 1)
        return True


def wished_of(scope: Scope) -> Sequence[Fault]:
    """Return the faults that the request wishes for; they are known when its response begins."""
    wished: Sequence[Fault] = scope.get(SCOPE_WISHED, ())
    return wished


def faults_of(scope: Scope) -> Faults:
    """Return the armed faults of the world of a request."""
    faults: Faults = scope[SCOPE_FAULTS]
    return faults
