"""The innermost layer: the profile's steps in their order, then the operation's handler."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.receiving import SMALL
from mockbot.contract.transaction import READ
from mockbot.openapi.operations import Operations
from mockbot.response import TakesTurns
from mockbot.turns import Turns
from mockbot.world.call import ApiStep, Call, Handler, OfBody, call_of

RESPONSE = "mockbot.response"
"""Key of a scope for the response to a request that has been answered already."""


class Api:
    """Runs the steps of a profile for each request, then its handler; the first response of a step ends the call."""

    def __init__(
        self,
        operations: Operations,
        steps: Sequence[ApiStep],
        handlers: Mapping[str, Handler],
        *,
        turns: Turns,
        last_parameter: bool = False,
    ) -> None:
        """Take `handlers` by the names of all operations; the last step must refuse calls without an operation.

        A call with a large body has one of `turns`, and so have the steps of a long stream, and a
        response that takes long to make.
        With `last_parameter`, the last of several query parameters of a name counts, otherwise the first.
        """
        self._last_parameter = last_parameter
        self._operations, self._steps, self._handlers = operations, steps, handlers
        self._turns = turns
        self._at_once = [each.step if isinstance(each, OfBody) else each for each in steps]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        response: ASGIApp | None = scope.get(RESPONSE)
        if response is None:  # else the short way has called the API
            call = call_of(scope, self._operations, last=self._last_parameter)
            response = self.response(call) if len(call.body) <= SMALL else await self._in_a_turn(call, scope)
        if isinstance(response, TakesTurns) and response.is_long:
            response.turns = self._turns
        await response(scope, receive, send)

    def response(self, call: Call) -> ASGIApp:
        """Return the response to a call: that of a step, or that of the handler."""
        for step in self._at_once:
            response = step(call)
            if response is not None:
                return response
        return self._handled(call)

    async def _in_a_turn(self, call: Call, scope: Scope) -> ASGIApp:
        """Return the response to a call with a large body; other requests are answered while that is read."""
        async with self._turns.turn():
            for step in self._steps:
                if isinstance(step, OfBody):
                    response = await asyncio.to_thread(step, call)
                    if READ in scope:
                        scope[READ]()
                else:
                    response = step(call)
                if response is not None:
                    return response
            return self._handled(call)

    def _handled(self, call: Call) -> ASGIApp:
        assert call.operation is not None  # the last step refuses other calls
        return self._handlers[call.operation.name](call)
