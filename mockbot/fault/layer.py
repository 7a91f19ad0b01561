"""The ASGI layer of the faults. It stands outside of the contract: what it breaks on purpose is no violation.

An answer that no fault is for goes straight through. Faults come into force when an answer begins (those armed for
it) or by a `mockbot.fault` message in the middle of it (a script's), and see all that follows in order.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.armed import Faults, faults_of
from mockbot.fault.bend import Bend
from mockbot.fault.fault import ERROR, FAULT, NOW, START, Fault, due
from mockbot.response import ErrorForm

MOST = 100
"""How many faults one answer can have; a script's further ones change nothing."""


class FaultsLayer:
    """Bends answers to operations; `operation_of` names the one that a scope's request means, None when it is none.

    What is no operation of the contract (control, documents, unknown paths) is never bent. An inner application whose
    answer was ended goes on to its own end, as when the client has left; what it sends is dropped.
    """

    def __init__(self, app: ASGIApp, operation_of: Callable[[Scope], str | None], error: ErrorForm) -> None:
        self.app, self.operation_of, self.error = app, operation_of, error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Outgoing(faults_of(scope), lambda: self.operation_of(scope), self.error, send)
        try:
            await self.app(scope, receive, answer.send)
        finally:
            answer.close()


class _Outgoing:
    """One answer on its way out; each fault in force gets what the one before it lets through."""

    def __init__(self, faults: Faults, operation: Callable[[], str | None], error: ErrorForm, send: Send) -> None:
        self._faults, self._operation, self._error, self._send = faults, operation, error, send
        self._bends: list[Bend] = []

    async def send(self, message: Message) -> None:
        """Take the app's next message."""
        if message["type"] == FAULT:
            await self._bend(message["fault"])
            return
        if message["type"] == START and (operation := self._operation()) is not None:
            for fault in self._faults.take(operation):
                await self._bend(fault)
        if not self._bends:
            await self._send(message)
        elif message["type"] == START:
            await self._push({**message, NOW: self._faults.now(), ERROR: self._error})
        else:
            await self._push(message)

    def close(self) -> None:
        """Let go of the faults."""
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
