"""The short way: a request that most layers would only pass on is answered in one step, without them.

`asked` looks at a request, `answer` also at its world. Both return None wherever a layer could have something to do:
then the layers do everything, and nothing has happened yet. What remains is done by the functions that the layers use.
A stream that has to wait has begun here, and the layers go on with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from starlette.types import ASGIApp, Message, Scope

from mockbot.breakpoints.breakpoints import SCOPE_BREAKPOINTS
from mockbot.contract.outgoing import Outgoing
from mockbot.contract.parts import Parts
from mockbot.contract.receiving import LONG_HEAD, SMALL, size_of_head
from mockbot.contract.transaction import KEY, Transaction
from mockbot.control.serving import Serving
from mockbot.fault.armed import SCOPE_FAULTS
from mockbot.generic.api import RESPONSE
from mockbot.journal.entry import Entry
from mockbot.journal.journal import Journal
from mockbot.journal.log import Log
from mockbot.journal.masking import Masking
from mockbot.journal.recorder import (
    SCOPE_ENTRY,
    SCOPE_JOURNAL,
    failure,
    log_failure,
    naming,
    note,
    note_whole,
)
from mockbot.profile import Profile
from mockbot.response import Response
from mockbot.short_way.answer import Answer, Begun, Fields, Sendable
from mockbot.short_way.asked import Asked, Imitation
from mockbot.steady import steady
from mockbot.world.call import SCOPE_WORLD, Call, Sent
from mockbot.world.stream import Stream
from mockbot.world.wish import TWIN
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT

RESERVED = ("/__mockbot__", "/w/", "/openapi.")
"""Beginnings of paths that other layers answer: the control API, worlds, documents."""
CONCERNING = frozenset({b"origin", b"prefer", b"x-mockbot-world", b"content-encoding"})
"""Headers that other layers read: CORS, the wishes, the gate, the decoder of bodies."""
LARGE = 256 * 1024
"""Bytes of a response that is validated and written by the layers, in turns with other requests."""
TOGETHER = 0.02
"""Seconds that streams which come together have here; the layers send the others, in turns."""
MOST_AT_ONCE = 64 * 1024
"""The bytes of the messages of a stream from which on it is sent piece by piece."""


class ShortWay:
    """Answers requests to the default world; `varies` says whether responses name Origin in `Vary`."""

    def __init__(
        self, serving: Serving, imitation_of: Callable[[Profile], Imitation], log: Log, *, varies: bool
    ) -> None:
        self._serving, self._worlds, self._imitation_of, self._report = serving, serving.worlds, imitation_of, log
        self._vary = ((b"vary", b"Origin"),) if varies else ()
        self._ends = 0.0
        """When the time of the streams that have come together is over; 0 if none has come."""

    def asked(self, scope: Scope, body: bytes) -> Asked | None:
        """Return a request as it can be answered here; None if it cannot.

        A scope with the path as it was sent, of a request whose body is whole.
        """
        path: str = scope["path"]
        headers: Fields = scope["headers"]
        if path.startswith(RESERVED) or TWIN.encode() in scope["query_string"] or len(body) > SMALL:
            return None
        if size_of_head(scope) > LONG_HEAD:  # has a turn
            return None
        if not CONCERNING.isdisjoint(name for name, _ in headers):
            return None
        imitation = self._imitation_of(self._serving.profile_of(self._worlds.get(DEFAULT)))
        profile = imitation.profile
        if profile.request_line is not None:
            profile.request_line(scope)
        if scope["path"] in profile.pages or scope["path"] in profile.observed_pages:
            return None
        route = profile.contract.route(scope)
        operation = route.operation
        if operation is None or route.others:
            return None
        content_type = next((value for name, value in headers if name == b"content-type"), b"")
        limit, parts = imitation.limits.of(content_type), Parts(body)
        accepts = profile.contract.validation.accepts_request
        if len(body) > limit or not accepts(operation, scope["query_string"], headers, body, route.parameters, parts):
            return None

        chat = operation.name == profile.contract.chat

        def transaction() -> Transaction:
            return Transaction(operation, chat, route.allow, route.best, route.parameters, body, limit, _parts=parts)

        sent = Sent.of(scope["query_string"], headers, last=profile.last_parameter)
        return Asked(imitation, operation, transaction, path, scope, sent)

    def answer(self, asked: Asked) -> Answer | Begun | None:
        """Return the response to a request; None if its world, or another document, makes the layers necessary."""
        world = self._world(asked)
        if world is None:
            return None
        journal = world.journal
        arrival = asked.arrival_at(journal)
        entry, transaction, masking = journal.new(arrival), asked.transaction(), arrival.masking
        try:
            answer = self._answer(asked, world, entry, transaction)
        except Exception as error:
            answer = Answer(Sendable.of(failure(asked.imitation.profile.error)))
            entry.why = log_failure(entry, error)
        if isinstance(answer, Begun):
            journal.add(entry)
            return answer
        note(entry, masking, transaction)
        names = naming(entry, transaction)
        answer.more = (*names, *self._vary)
        sent = answer.sendable, answer.pieces, names
        answer.record = partial(self._record, journal, entry, masking, transaction, *sent)
        return answer

    def _record(
        self,
        journal: Journal,
        entry: Entry,
        masking: Masking,
        transaction: Transaction,
        sendable: Sendable,
        pieces: Sequence[bytes] | None,
        names: Fields,
    ) -> None:
        """Write a response that is sent now to its entry, and the entry to the journal and the log."""
        response = sendable.response
        if pieces is None:
            pieces = (response.body,) if response.body else ()
        note_whole(journal, entry, masking, transaction, response.status, (*sendable.fields, *names), pieces)
        if entry.why:
            entry.ended = "defect"
        journal.add(entry)
        self._report(entry)

    def _world(self, asked: Asked) -> World | None:
        """Return the world of a request, if no layer has something to do for it."""
        worlds = self._worlds
        if worlds.has_others and worlds.led_to(asked.scope["query_string"], asked.scope["headers"]) != DEFAULT:
            return None
        world = worlds.get(DEFAULT)
        if world.faults or world.breakpoints.active or world.has_replies or world.journal.watched:
            return None
        return world if self._serving.profile_of(world) is asked.imitation.profile else None

    def _answer(self, asked: Asked, world: World, entry: Entry, transaction: Transaction) -> Answer | Begun:
        """Return the response of the API, or what is sent in place of one that would violate the contract."""
        scope, sent, profile = asked.scope, asked.sent, asked.imitation.profile
        call = Call(
            world,
            transaction,
            entry,
            asked.operation,
            scope["method"],
            scope["path"],
            sent.pairs,
            sent.query,
            sent.headers,
            query_string=sent.query_string,
        )
        made = asked.imitation.api.response(call)
        if not isinstance(made, Response):
            return self._stream(made, asked, call)
        if len(made.body) > LARGE or (profile.compresses and len(made.body) >= profile.compresses):
            return _begun(made, call)
        return Answer(asked.sendable(made, transaction))

    def _has_time(self) -> bool:
        """Return whether the streams that came since other tasks ran have taken less than their time."""
        if not self._ends:
            self._ends = steady() + TOGETHER
            asyncio.get_running_loop().call_soon(self._begin_anew)
        return steady() < self._ends

    def _begin_anew(self) -> None:
        self._ends = 0.0

    def _stream(self, made: ASGIApp, asked: Asked, call: Call) -> Answer | Begun:
        """Return a stream as a whole, if it is small, keeps the contract and has to wait for nothing."""
        profile = asked.imitation.profile
        if isinstance(made, Stream) and not self._has_time():
            made.is_long = True
        if isinstance(made, Stream) and not made.is_long:
            contract, turns = profile.contract, self._serving.turns
            outgoing = Outgoing(contract, call.transaction, asked.operation, profile.error, _unsent, turns)
            messages = made.at_once(asked.scope, outgoing.accepts, MOST_AT_ONCE)
            if messages is not None:
                return _whole(messages)
        return _begun(made, call)


def _begun(made: ASGIApp, call: Call) -> Begun:
    world = call.world
    return Begun(
        {
            SCOPE_WORLD: world,
            SCOPE_JOURNAL: world.journal,
            SCOPE_FAULTS: world.faults,
            SCOPE_BREAKPOINTS: world.breakpoints,
            SCOPE_ENTRY: call.entry,
            KEY: call.transaction,
            RESPONSE: made,
        }
    )


async def _unsent(_: Message) -> None:
    raise AssertionError("messages are only validated here")


def _whole(messages: Sequence[Message]) -> Answer:
    """Return the response that all messages of a stream are."""
    start, *rest = messages
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    pieces = [each["body"] for each in rest if each["body"]]
    return Answer(Sendable(Response(start["status"], headers), start["headers"]), pieces=pieces)
