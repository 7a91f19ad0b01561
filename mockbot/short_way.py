"""The short way: a request that most layers would only pass on is answered in one step, without them.

`asked` looks at a request, `answer` also at its world. Both return None wherever a layer could have something to do:
then the layers do everything, and nothing has happened yet. What remains is done by the functions that the layers use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from starlette.types import ASGIApp, Scope

from mockbot.contract.layer import SMALL, Limits
from mockbot.contract.outgoing import replacing, violations_of
from mockbot.contract.parts import Parts
from mockbot.contract.transaction import Transaction
from mockbot.control.serving import Serving
from mockbot.generic.api import Api
from mockbot.generic.compression import SMALLEST, Compression
from mockbot.journal.entry import Arrival, Entry
from mockbot.journal.journal import Journal
from mockbot.journal.log import Log
from mockbot.journal.masking import Callers, Masking
from mockbot.journal.recorder import failure, log_failure, naming, note, note_whole
from mockbot.openapi.operations import Operation
from mockbot.profile import Profile
from mockbot.response import Response
from mockbot.world.call import Call, Sent
from mockbot.world.wish import TWIN
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT

RESERVED = ("/__mockbot__", "/w/", "/openapi.")
"""Beginnings of paths that other layers answer: the control API, worlds, documents."""
CONCERNING = frozenset({b"origin", b"prefer", b"x-mockbot-world", b"content-encoding"})
"""Headers that other layers read: CORS, the wishes, the gate, the decoder of bodies."""
Fields: TypeAlias = Sequence[tuple[bytes, bytes]]
Whole: TypeAlias = tuple[Response, Fields]
"""A response and its headers as they are sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Imitation:
    """What answers the worlds that imitate one server."""

    profile: Profile
    layers: ASGIApp
    """From Compression on, with the API inside."""
    api: Api
    limits: Limits
    whole: frozenset[str]
    """The names of the operations whose responses are never streams."""


@dataclass(slots=True, eq=False)
class Asked:
    """A request that the short way can answer; requests with the same bytes share it."""

    imitation: Imitation
    operation: Operation
    transaction: Callable[[], Transaction]
    path: str
    """As it was sent."""
    scope: Scope
    """As the imitated server reads it."""
    sent: Sent
    _arrival: Arrival | None = None
    _callers: Callers | None = None

    def arrival_at(self, journal: Journal) -> Arrival:
        """Return what its entries in a journal have; it is kept for the next one."""
        if self._arrival is None or self._callers is not journal.callers:
            scope, self._callers = self.scope, journal.callers
            masking = Masking(journal.callers, scope["query_string"], scope["headers"])
            self._arrival = Arrival(scope["method"], self.path, masking).mask()
            masking.release()
        return self._arrival


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A whole response."""

    response: Response
    more: Fields
    """The headers after those of the response."""
    compresses: bool = False
    """Whether the layer Compression has something to do."""

    @property
    def app(self) -> ASGIApp:
        """Return it as an application."""
        more = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.more]
        response = replace(self.response, headers=[*self.response.headers, *more])
        return Compression(response) if self.compresses else response


class ShortWay:
    """Answers requests to the default world; `varies` says whether responses name Origin in `Vary`."""

    def __init__(
        self, serving: Serving, imitation_of: Callable[[Profile], Imitation], log: Log, *, varies: bool
    ) -> None:
        self._serving, self._worlds, self._imitation_of, self._report = serving, serving.worlds, imitation_of, log
        self._vary = ((b"vary", b"Origin"),) if varies else ()

    def asked(self, scope: Scope, body: bytes) -> Asked | None:
        """Return a request as it can be answered here; None if it cannot.

        A scope with the path as it was sent, of a request whose body is whole.
        """
        path: str = scope["path"]
        headers: Fields = scope["headers"]
        if path.startswith(RESERVED) or TWIN.encode() in scope["query_string"] or len(body) > SMALL:
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
        if operation is None or operation.name not in imitation.whole or route.others:
            return None
        content_type = next((value for name, value in headers if name == b"content-type"), b"")
        limit, parts = imitation.limits.of(content_type), Parts(body)
        accepts = profile.contract.validation.accepts_request
        if len(body) > limit or not accepts(operation, scope["query_string"], headers, body, route.parameters, parts):
            return None

        def transaction() -> Transaction:
            return Transaction(operation, False, route.allow, route.best, route.parameters, body, limit, _parts=parts)

        sent = Sent.of(scope["query_string"], headers, last=profile.last_parameter)
        return Asked(imitation, operation, transaction, path, scope, sent)

    def answer(self, asked: Asked) -> Answer | None:
        """Return the response to a request; None if its world, or another document, makes the layers necessary."""
        world = self._world(asked)
        if world is None:
            return None
        journal = world.journal
        arrival = asked.arrival_at(journal)
        entry, transaction, masking = journal.new(arrival), asked.transaction(), arrival.masking
        try:
            response, headers = self._response(asked, world, entry, transaction)
        except Exception as error:
            response = failure(asked.imitation.profile.error)
            entry.why, headers = log_failure(entry, error), response.raw_headers
        note(entry, masking, transaction)
        names = naming(entry, transaction)
        note_whole(journal, entry, masking, transaction, response, (*headers, *names))
        if entry.why:
            entry.ended = "defect"
        journal.add(entry)
        self._report(entry)
        compresses = asked.imitation.profile.compresses and len(response.body) >= SMALLEST
        return Answer(response, (*names, *self._vary), compresses)

    def _world(self, asked: Asked) -> World | None:
        """Return the world of a request, if no layer has something to do for it."""
        worlds = self._worlds
        if worlds.has_others and worlds.led_to(asked.scope["query_string"], asked.scope["headers"]) != DEFAULT:
            return None
        world = worlds.get(DEFAULT)
        if world.faults or world.breakpoints.active or world.has_replies or world.journal.watched:
            return None
        return world if self._serving.profile_of(world) is asked.imitation.profile else None

    def _response(self, asked: Asked, world: World, entry: Entry, transaction: Transaction) -> Whole:
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
        response = asked.imitation.api.response(call)
        assert isinstance(response, Response)
        status, headers, body = response.status, response.raw_headers, response.body
        violations = violations_of(profile.contract, transaction, asked.operation, status, headers, body)
        if violations:
            response = replacing(violations, transaction, profile.error)
            headers = response.raw_headers
        return response, headers
