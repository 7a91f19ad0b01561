"""What makes a function the handler of an operation, and what a request gets on which AstrBot itself fails."""

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
    """A request on which AstrBot answers 500; in `enforce` it is refused, with `message` and the JSON pointer `at`."""

    message: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class OperationHandler:
    """A handler and the operation that it answers; made by `@operation`."""

    operation: str
    answer: Callable[[Call], Awaitable[ASGIApp | Crash]]

    async def __call__(self, call: Call) -> ASGIApp:
        """Answer one call."""
        answer = await self.answer(call)
        return crashed(answer, call) if isinstance(answer, Crash) else answer


def operation(name: str) -> Callable[[Callable[[Call], Awaitable[ASGIApp | Crash]]], OperationHandler]:
    """Bind a function to an operation of the contract, such as `POST /api/v1/chat`."""
    return lambda answer: OperationHandler(name, answer)


def crashed(crash: Crash, call: Call) -> Response:
    """Return AstrBot's own 500 page (BEHAVIOUR.md section 3.3), or in `enforce` a refusal.

    Where the contract allows the request, the crash is noted as a violation of the rule `astrbot`.
    """
    violations = call.transaction.violations
    if not violations:
        part: Location = "body" if call.method == "POST" else "query"
        violations.append(Violation("request", part, crash.at, "astrbot", crash.message))
    if call.settings.contract == "observe":
        return envelope.page(500)
    return envelope.refusal(400, violations[0].message, violations)
