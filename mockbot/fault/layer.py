"""The ASGI layer of the faults. It is outside of the contract layer, so that deliberate damage is not a violation.

A response without faults is passed on unchanged. A fault starts when a response begins (an armed fault) or with a
`mockbot.fault` message in the middle of it (a fault in a script), and receives all messages after that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.armed import Faults, faults_of, wished_of
from mockbot.fault.bend import Bend
from mockbot.fault.fault import ERROR, FAULT, NOW, START, Fault, due
from mockbot.response import ErrorForm

MOST = 100
"""How many faults one response can have; further ones in a script are ignored."""


class FaultsLayer:
    """Applies faults to responses; `operation_of` returns the name of the operation of a scope, or None.

    Responses without an operation of the contract (control, documents, unknown paths) are never changed. When a fault
    ends a response, the inner application still runs to its end, as after a disconnect; what it sends is dropped.
    """

    def __init__(self, app: ASGIApp, operation_of: Callable[[Scope], str | None], error: ErrorForm) -> None:
        self.app, self.operation_of, self.error = app, operation_of, error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        outgoing = _Outgoing(faults_of(scope), wished_of(scope), lambda: self.operation_of(scope), self.error, send)
        try:
            await self.app(scope, receive, outgoing.send)
        finally:
            outgoing.close()


class _Outgoing:
    """One response; each fault receives the messages that the fault before it yields."""

    def __init__(
        self,
        faults: Faults,
        wished: Sequence[Fault],
        operation: Callable[[], str | None],
        error: ErrorForm,
        send: Send,
    ) -> None:
        self._wished = wished
        self._faults, self._operation, self._error, self._send = faults, operation, error, send
        self._bends: list[Bend] = []

    async def send(self, message: Message) -> None:
        """Process the app's next message."""
        if message["type"] == FAULT:
            await self._bend(message["fault"])
            return
        if message["type"] == START and (operation := self._operation()) is not None:
            for fault in (*self._faults.take(operation), *self._wished):
                await self._bend(fault)
        if not self._bends:
            await self._send(message)
        elif message["type"] == START:
            await self._push({**message, NOW: self._faults.now(), ERROR: self._error})
        else:
            await self._push(message)

    def close(self) -> None:
        """Close the faults."""
        for bend in self._bends:
            bend.close()

    async def _bend(self, fault: Fault) -> None:
        if len(self._bends) >= MOST or any(bend.over for bend in self._bends):
            return
        await self._send(due(fault))
        bend = Bend(fault)
        self._bends.append(bend)
        for message in bend.begin():
            await self._send(message)

    async def _push(self, message: Message, depth: int = 0) -> None:
        if depth == len(self._bends):
            await self._send(message)
            return
        for bent in self._bends[depth].push(message):
            await self._push(bent, depth + 1)
