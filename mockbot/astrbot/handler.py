"""Handlers of operations return values: a success, an error, a crash. A version of AstrBot writes them as responses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from starlette.types import ASGIApp

from mockbot.astrbot.envelope import Envelope
from mockbot.bounded import ITEM
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, exceeds
from mockbot.response import Response
from mockbot.turns import Work, at_once
from mockbot.violation import Location, Violation
from mockbot.world.call import Call

LARGE, MUCH = 256 * 1024, 1024 * 1024
"""Bytes of a response that takes long, or of a request with such a one; and of what is read for one."""


@dataclass(frozen=True, slots=True)
class Ok:
    """A success and its `data`."""

    data: JSON
    message: str | None = None


@dataclass(slots=True, eq=False)
class Fixed:
    """A success whose data is the same as long as its world exists, so that it is written only once."""

    data: JSON
    """None once it is written."""
    response: Response | None = None
    """What it is written as."""

    @property
    def size(self) -> int:
        """Return the bytes of memory that are kept."""
        return ITEM + (0 if self.response is None else len(self.response.body))


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """A result that may take long to make, and the work that makes it."""

    work: Work[Ok | Failure | Crash | Response]
    long: bool
    """Whether it takes long: then it is made while other requests are answered."""
    changes: bool = False
    """Whether it is made for a client that has left, too, because it changes the world."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A business error (BEHAVIOUR.md section 3.2), for example an unknown session."""

    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal of mockbot's own, with status 400."""

    message: str


@dataclass(frozen=True, slots=True)
class Crash:
    """A request for which AstrBot returns 500; in `enforce` mockbot refuses it with `message` and the pointer `at`."""

    message: str
    at: str = ""


Result: TypeAlias = Ok | Fixed | Later | Failure | Refusal | Crash | ASGIApp
Function: TypeAlias = Callable[[Call], Result]
"""Does what an operation does."""


def loading(load: Callable[[], Function]) -> Function:
    """Return a function that is imported, by `load`, for its first call."""
    loaded = cache(load)
    return lambda call: loaded()(call)


@dataclass(frozen=True, slots=True)
class Answers:
    """How a version of AstrBot writes what handlers return."""

    envelope: Envelope
    crashed: Callable[[], Response]
    """Returns the response to a request that crashes the server."""
    failure: int = 200
    """The status of business errors."""

    def write(self, result: Result, call: Call) -> ASGIApp:
        """Return the response for the result of a handler."""
        if isinstance(result, Ok):
            if len(call.body) > LARGE and exceeds(result.data, LARGE):
                return _long(self.writing(result, call))
            return self.envelope.ok(result.data, result.message)
        match result:
            case Fixed():
                if result.response is None:
                    result.response, result.data = self.envelope.ok(result.data), None
                return result.response
            case Later(work, long, changes):
                return _long(self.writing(result, call), always=changes) if long else self.write(at_once(work), call)
            case Failure(message):
                return self.envelope.error(message, self.failure)
            case Refusal(message):
                call.note_refusal(message)
                return self.envelope.refusal(400, message)
            case Crash():
                return self._crash(result, call)
        return result

    def writing(self, result: Result, call: Call) -> Work[ASGIApp]:
        """Return the work whose result is what `write` returns."""
        if isinstance(result, Later):
            result = yield from result.work
        match result:
            case Ok(data, message):
                return (yield from self.envelope.large_ok(data, message))
            case Fixed(data, None):
                response = yield from self.envelope.large_ok(data)
                result.response, result.data = response, None
        return self.write(result, call)

    def _crash(self, crash: Crash, call: Call) -> Response:
        """Return AstrBot's response, or in `enforce` a refusal.

        If the contract allows the request, the crash is added as a violation of the rule `astrbot`.
        """
        violations = call.transaction.violations
        if not violations:
            part: Location = "body" if call.method == "POST" else "query"
            violations.append(Violation("request", part, crash.at, "astrbot", crash.message))
        if call.settings.contract == "observe":
            return self.crashed()
        return self.envelope.refusal(400, violations[0].message, violations)


@dataclass(frozen=True, slots=True)
class OperationHandler:
    """A handler and how its results are written."""

    function: Function
    answers: Answers
    reads: bool = False
    """Whether it changes nothing, so that it may be called later, when the world's fixture is large."""

    def __call__(self, call: Call) -> ASGIApp:
        """Return the response to a call."""
        if self.reads and call.world.fixture.weight > MUCH:
            return _long(self._read(call), alone=False)
        return self.answers.write(self.function(call), call)

    def _read(self, call: Call) -> Work[ASGIApp]:
        result = self.function(call)
        yield None
        is_large = isinstance(result, Ok | Fixed) and exceeds(result.data, LARGE)
        return _long(self.answers.writing(result, call)) if is_large else self.answers.write(result, call)


def _long(work: Work[ASGIApp], *, always: bool = False, alone: bool = True) -> ASGIApp:
    from mockbot.world.long import Long

    return Long(work, always=always, alone=alone)
