"""The ASGI layer of the faults. It is outside of the contract layer, so that deliberate damage is not a violation.

A response without faults is passed on unchanged. A fault starts when a response begins (an armed fault) or with a
`mockbot.fault` message in the middle of it (a fault in a script), and receives all messages after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.dataclass import dataclass
from mockbot.fault.armed import faults_of, wished_of
from mockbot.fault.bend import Bend
from mockbot.fault.fault import ASKED, BODY, ERROR, FAULT, NOW, RAW, SLEEP, START, Asked, Fault, abort, due
from mockbot.held import Held
from mockbot.response import ErrorForm
from mockbot.turns import Spell, Turns

MOST = 100
"""How many faults one response can have; further ones in a script are ignored."""
MOST_ADDED, MOST_MESSAGES = 32 * 1024 * 1024, 100_000
"""Bytes, and messages, that faults add to a response: for each fault, what it gives beyond what the application gave.
With more, the connection ends."""
TOO_MUCH = "the faults add too much to the response"
TOO_MANY = "faults hold back too much of all responses together"
"""Why a connection ends: what faults add to its response, and what their pauses hold back of all."""
LARGE = 64 * 1024
"""Bytes that a fault takes long to change, so that it does so in a thread, and other requests have a turn then."""


class FaultsLayer:
    """Applies faults to responses; `operation_of` returns the name of the operation of a scope, or None.

    Responses without an operation of the contract (control, documents, unknown paths) are never changed. When a fault
    ends a response, the inner application still runs to its end, as after a disconnect; what it sends is dropped.
    """

    def __init__(
        self,
        app: ASGIApp,
        operation_of: Callable[[Scope], str | None],
        error: ErrorForm,
        turns: Turns | None = None,
        held: Held | None = None,
    ) -> None:
        """Change large responses in `turns`; `held` counts what waits in pauses."""
        self.app, self.operation_of, self.error = app, operation_of, error
        self.turns, self.held = turns or Turns(), held or Held()
        self.spell = Spell(self.turns)
        """The time that all responses have for their faults before other tasks run."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        outgoing = _Outgoing(self, scope, receive, send)
        try:
            await self.app(scope, outgoing.receive, outgoing.send)
        finally:
            outgoing.close()


@dataclass(slots=True)
class _Given:
    """How much was given on of one response."""

    size: int = 0
    messages: int = 0

    def add(self, message: Message) -> int:
        """Count a message; return its bytes."""
        size = len(message.get("body", b""))  # no fault changes what another one writes past HTTP
        self.size += size
        self.messages += 1
        return size


class _Outgoing:
    """One response; each fault receives the messages that the fault before it yields."""

    def __init__(self, layer: FaultsLayer, scope: Scope, receive: Receive, send: Send) -> None:
        self._layer, self._scope, self._receive, self._send = layer, scope, receive, send
        self._faults, self._wished = faults_of(scope), wished_of(scope)
        self._bends: list[Bend] = []
        self._begun = self._answered = False
        self._given = [_Given()]
        """What the application has given so far, and then each fault."""
        self._head: Message = {}
        self._spell = layer.spell
        self._largest, self._share = 0, layer.held.share()
        """The bytes of the largest piece of the body, and what is counted while a pause holds the response back."""

    async def receive(self) -> Message:
        """Return the next message from the client, unless a fault answers before the first one is read.

        The client then seems to have left, so that the application does nothing.
        """
        if not self._begun and self._faults and await self._answers_early():
            self._answered = True
        self._begun = True
        return {"type": "http.disconnect"} if self._answered else await self._receive()

    async def _answers_early(self) -> bool:
        operation = self._layer.operation_of(self._scope)
        if operation is None or not any(fault.early for fault in self._faults.next(operation)):
            return False
        await self.send({"type": START, "status": 200, "headers": []})
        await self.send({"type": BODY, "body": b"", "more_body": False})
        return True

    def send(self, message: Message) -> Awaitable[None]:
        """Process the app's next message."""
        if message["type"] == BODY and self._begun and not self._bends:
            return self._send(message)
        return self._process(message)

    async def _process(self, message: Message) -> None:
        self._spell.go_on()
        try:
            await self._processed(message)
        finally:
            self._spell.wait()

    async def _processed(self, message: Message) -> None:
        if message["type"] == FAULT:
            await self._bend(message["fault"])
            return
        if message["type"] == START:
            self._head = message
        if message["type"] == START and (self._faults or self._wished):
            operation = self._layer.operation_of(self._scope)
            for fault in () if operation is None else (*self._faults.take(operation), *self._wished):
                await self._bend(fault)
        self._begun = True
        if not self._bends:
            await self._send(message)
        elif message["type"] == START:
            known = {NOW: self._faults.now(), ERROR: self._layer.error, ASKED: _asked(self._scope)}
            await self._push({**message, **known})
        else:
            self._largest = max(self._largest, len(message.get("body", b"")))
            await self._push(message)

    def close(self) -> None:
        """Close the faults."""
        for bend in self._bends:
            bend.close()
        self._share.release()

    async def _bend(self, fault: Fault) -> None:
        if len(self._bends) >= MOST or any(bend.over for bend in self._bends):
            return
        await self._send(due(fault))
        bend = Bend(fault)
        self._bends.append(bend)
        self._given.append(_Given())
        for message in bend.begin():
            await self._give(message)

    async def _push(self, message: Message, depth: int = 0) -> None:
        if depth == len(self._bends):
            await self._give(message)
            return
        if depth == 0:
            self._given[0].add(message)
        is_last = message["type"] == BODY and not message.get("more_body", False)  # a fault may have kept the others
        is_large = (self._given[depth].size if is_last else len(message.get("body", b""))) > LARGE
        bends, turns = self._bends[depth].push(message), self._layer.turns
        while (bent := await turns.in_thread(next, bends, None) if is_large else next(bends, None)) is not None:
            is_long = self._given[depth + 1].add(bent) > LARGE
            if bent["type"] != RAW:  # a client that has the end of its response may leave before what follows it
                if is_long:
                    await asyncio.sleep(0)
                if self._spell.over:
                    await self._spell.pause()
            if self._is_too_much():
                await self._end(TOO_MUCH)
                return
            await self._push(bent, depth + 1)

    async def _give(self, message: Message) -> None:
        """Send what a fault gives; a pause ends with the world, and what it holds back has a bound."""
        if message["type"] == SLEEP:
            if not self._share.take(max(self._largest, _length(self._head))):
                await self._end(TOO_MANY)
                return
            message["sleeps"] = (self._faults.sleeps,)
        await self._send(message)

    async def _end(self, why: str) -> None:
        """End the connection."""
        self.close()
        await self._send({**abort("cut"), "why": why})

    def _is_too_much(self) -> bool:
        """Return whether the faults have added too much."""
        first, *others = self._given
        added = sum([each.size - first.size for each in others if each.size > first.size])
        more = sum([each.messages - first.messages for each in others if each.messages > first.messages])
        return added > MOST_ADDED or more > MOST_MESSAGES


def _length(head: Message) -> int:
    """Return how many bytes the head of a response says that its body has; 0 if it does not."""
    length = next((value for name, value in head.get("headers", ()) if name == b"content-length"), b"")
    return int(length[:20]) if length.isdigit() else 0


def _asked(scope: Scope) -> Asked:
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope.get("raw_path", scope.get("path", "/").encode()).decode("latin-1")
    host = next((value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"), "")
    return Asked(
        f"{path}?{query}" if query else path, host, scope.get("scheme", "http"), scope.get("http_version", "1.1")
    )
