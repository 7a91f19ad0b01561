"""The decorator for handlers of operations, and the response to requests that crash AstrBot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import ASGIApp

from mockbot.astrbot import envelope
from mockbot.response import Response
from mockbot.violation import Location, Violation
from mockbot.world.call import Call


@dataclass(frozen=True, slots=True)
class Crash:
    """A request for which AstrBot returns 500; in `enforce` it is refused with `message` and the JSON pointer `at`."""

    message: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class OperationHandler:
    """A handler and its operation; made by `@operation`."""

    operation: str
    function: Callable[[Call], Awaitable[ASGIApp | Crash]]

    async def __call__(self, call: Call) -> ASGIApp:
        """Return the response to a call."""
        result = await self.function(call)
        return crash_response(result, call) if isinstance(result, Crash) else result


def operation(name: str) -> Callable[[Callable[[Call], Awaitable[ASGIApp | Crash]]], OperationHandler]:
    """Make a function the handler of an operation, such as `POST /api/v1/chat`."""
    return lambda function: OperationHandler(name, function)


def crash_response(crash: Crash, call: Call) -> Response:
    """Return AstrBot's 500 page (BEHAVIOUR.md section 3.3), or in `enforce` a refusal.

    If the contract allows the request, the crash is added as a violation of the rule `astrbot`.
    """
    violations = call.transaction.violations
    if not violations:
        part: Location = "body" if call.method == "POST" else "query"
        violations.append(Violation("request", part, crash.at, "astrbot", crash.message))
    if call.settings.contract == "observe":
        return envelope.page(500)
    return envelope.refusal(400, violations[0].message, violations)
