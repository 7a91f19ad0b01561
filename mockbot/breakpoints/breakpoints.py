"""The breakpoints of a world, and the frames that wait at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field, replace
from sys import getsizeof
from typing import Literal

from starlette.types import Scope

from mockbot.bounded import ITEM
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.jsontext import JSON

SCOPE_BREAKPOINTS = "mockbot.breakpoints"
LIMIT = 100
"""How many breakpoints a world may have, and how many frames may wait; further frames are sent."""
SIZE_LIMIT = 16 * 1024 * 1024
"""The most bytes of the breakpoints of a world, and of the frames that wait."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where streams wait. A condition that is None holds for every frame."""

    id: str = ""
    """Unique in its world: `b1`, `b2` ... in order."""
    operation: str | None = None
    """The operation of the stream, such as `POST /api/v1/chat`."""
    entry: str | None = None
    """The id of the only exchange whose stream waits."""
    frame: int | None = None
    """The number of the first frame that may wait, counted from 1."""
    contains: str | None = None
    """A text in the frame, such as `"type": "end"`."""
    left: int | None = 1
    """How many more frames wait at it; None: all until it is removed."""

    _part: bytes = field(default=b"", init=False, repr=False, compare=False)
    """`contains` as it is in a frame."""

    def __post_init__(self) -> None:
        if self.contains is not None:
            object.__setattr__(self, "_part", self.contains.encode("utf-8", "surrogatepass"))

    def holds(self, operation: str, entry: str, frame: int, data: bytes) -> bool:
        """Return whether a frame waits at it."""
        return (
            self.operation in (None, operation)
            and self.entry in (None, entry)
            and (self.frame is None or frame >= self.frame)
            and self._part in data
        )

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        return {
            "id": self.id,
            "operation": self.operation,
            "entry": self.entry,
            "frame": self.frame,
            "contains": self.contains,
            "left": self.left,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a frame that waits."""

    action: Literal["send", "drop", "cut"] = "send"
    data: bytes | None = None
    """The frame to send in its place; None: itself."""
    step: bool = False
    """Whether the next frame of the same stream waits, too."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A frame that waits."""

    id: str
    """Unique in its world: `h1`, `h2` ... in order."""
    entry: str
    operation: str
    frame: int
    data: bytes
    decision: asyncio.Future[Decision]
    size: int
    """The bytes of the piece of the stream that it is in, which waits with it."""

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        text = self.data.decode("utf-8", "replace")
        return {"id": self.id, "entry": self.entry, "operation": self.operation, "frame": self.frame, "text": text}


class Breakpoints:
    """The breakpoints of one world, oldest first; `changed` is called when a frame begins or ends to wait."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._set: dict[str, Breakpoint] = {}
        self._held: dict[str, Held] = {}
        self._count = self._held_count = 0
        self._stopped = False

    def add(self, breakpoint_: Breakpoint) -> Breakpoint:
        """Set a breakpoint and return it with its id; raise UserError if they are too many or too large."""
        if len(self._set) >= LIMIT:
            raise UserError(f"there are {LIMIT} breakpoints already; remove one first")
        if sum(map(_weight, self._set.values())) + _weight(breakpoint_) > SIZE_LIMIT:
            raise UserError(f"the breakpoints of a world have {SIZE_LIMIT} bytes at most; remove one first")
        self._count += 1
        added = replace(breakpoint_, id=f"b{self._count}")
        self._set[added.id] = added
        return added

    def list(self) -> tuple[Breakpoint, ...]:
        """Return the breakpoints, with the current values of `left`."""
        return tuple(self._set.values())

    def remove(self, breakpoint_id: str) -> bool:
        """Remove a breakpoint; return False if there is none with that id."""
        return self._set.pop(breakpoint_id, None) is not None

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return sum(map(_weight, self._set.values())) + self._held_size

    @property
    def _held_size(self) -> int:
        return sum(ITEM + len(each.data) + each.size for each in self._held.values())

    def held(self) -> tuple[Held, ...]:
        """Return the frames that wait, in the order in which they began."""
        return tuple(self._held.values())

    def find(self, held_id: str) -> Held | None:
        """Return a frame that waits; None if there is none with that id, or if it waits no more."""
        return self._held.get(held_id)

    @property
    def active(self) -> bool:
        """Return whether there is a breakpoint."""
        return bool(self._set)

    def due(self, operation: str, entry: str, frame: int, data: bytes, size: int = 0) -> bool:
        """Return whether a frame has to wait now, in a piece of that size, and count the use of the breakpoint."""
        if self._stopped or len(self._held) >= LIMIT or self._held_size + len(data) + size > SIZE_LIMIT:
            return False
        found = next((each for each in self.list() if each.holds(operation, entry, frame, data)), None)
        if found is None:
            return False
        if found.left is not None:
            self._set[found.id] = replace(found, left=found.left - 1)
            if found.left <= 1:
                del self._set[found.id]
        return True

    async def hold(
        self, operation: str, entry: str, frame: int, data: bytes, lost: asyncio.Future[None] | None, size: int = 0
    ) -> Decision:
        """Wait for the decision about a frame, but only until the connection is `lost` or `stop` is called.

        `size` is that of the piece of the stream that the frame is in.
        """
        self._held_count += 1
        decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        held = Held(f"h{self._held_count}", entry, operation, frame, data, decision, size)
        self._held[held.id] = held
        self._changed()
        ends: list[asyncio.Future[Decision] | asyncio.Future[None]] = [decision, *([] if lost is None else [lost])]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._held[held.id]
            self._changed()
        found = decision.result() if decision.done() else Decision()
        if found.step and len(self._set) < LIMIT:
            self.add(Breakpoint(entry=entry))
        return found

    def decide(self, held_id: str, decision: Decision) -> bool:
        """Let a frame go; return False if none with that id waits."""
        held = self._held.get(held_id)
        if held is None or held.decision.done():
            return False
        held.decision.set_result(decision)
        return True

    def end(self, entry: str) -> None:
        """Forget the breakpoints of an exchange that has ended."""
        for each in self.list():
            if each.entry == entry:
                self.remove(each.id)

    def stop(self) -> None:
        """Let all frames go, and hold no more."""
        self._stopped = True
        self._set.clear()
        for held in self.held():
            self.decide(held.id, Decision())


def _weight(breakpoint_: Breakpoint) -> int:
    return ITEM + 512 + getsizeof(breakpoint_.contains)


def breakpoints_of(scope: Scope) -> Breakpoints:
    """Return the breakpoints of the world of a request."""
    found: Breakpoints = scope[SCOPE_BREAKPOINTS]
    return found
