"""A request that the short way can answer, with what is kept of it for the next one with the same bytes."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Scope

from mockbot.contract.outgoing import replacing, violations_of
from mockbot.contract.receiving import Limits
from mockbot.contract.transaction import Transaction
from mockbot.dataclass import dataclass
from mockbot.generic.api import Api
from mockbot.journal.entry import Arrival
from mockbot.journal.journal import Journal
from mockbot.journal.masking import Callers, Masking
from mockbot.openapi.operations import Operation
from mockbot.profile import Profile
from mockbot.response import Response
from mockbot.short_way.answer import Sendable
from mockbot.world.call import Sent

MOST_KEPT = 16 * 1024
"""The bytes of a response that is compared with the next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Imitation:
    """What answers the worlds that imitate one server."""

    profile: Profile
    layers: ASGIApp
    """From Compression on, with the API inside."""
    api: Api
    limits: Limits


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
    _valid: Sendable | None = None
    """Its last response, if it was validated; the same bytes are not validated again."""

    def arrival_at(self, journal: Journal) -> Arrival:
        """Return what its entries in a journal have; it is kept for the next one."""
        if self._arrival is None or self._callers is not journal.callers:
            scope, self._callers = self.scope, journal.callers
            masking = Masking(journal.callers, scope["query_string"], scope["headers"])
            self._arrival = Arrival(scope["method"], self.path, masking).mask()
            masking.release()
        return self._arrival

    def sendable(self, response: Response, transaction: Transaction) -> Sendable:
        """Return a response to it, or what is sent in place of one with violations."""
        valid = self._valid
        if valid is not None and (response is valid.response or response == valid.response):
            return valid
        profile, sendable = self.imitation.profile, Sendable.of(response)
        status, body = response.status, response.body
        found = violations_of(profile.contract, transaction, self.operation, status, sendable.fields, body)
        if found:
            return Sendable.of(replacing(found, transaction, profile.error))
        size = len(body) + sum(len(value) for _, value in sendable.fields)
        if size <= MOST_KEPT and not (transaction.verbatim or transaction.undocumented):
            self._valid = sendable
        return sendable
