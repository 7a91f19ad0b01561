"""Handlers of operations return values: a success, an error, a crash. A version of AstrBot writes them as responses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from starlette.types import ASGIApp

from mockbot.astrbot.envelope import Envelope
from mockbot.bounded import ITEM
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.violation import Location, Violation
from mockbot.world.call import Call


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


Result: TypeAlias = Ok | Fixed | Failure | Refusal | Crash | ASGIApp
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
            return self.envelope.ok(result.data, result.message)
        match result:
            case Fixed():
                if result.response is None:
                    result.response, result.data = self.envelope.ok(result.data), None
                return result.response
            case Failure(message):
                return self.envelope.error(message, self.failure)
            case Refusal(message):
                call.note_refusal(message)
                return self.envelope.refusal(400, message)
            case Crash():
                return self._crash(result, call)
        return result

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

    def __call__(self, call: Call) -> ASGIApp:
        """Return the response to a call."""
        return self.answers.write(self.function(call), call)
