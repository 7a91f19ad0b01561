"""Handlers that keep state: they create, list, read, change and delete the rows of a world."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from mockbot.contract.contract import Contract
from mockbot.response import ErrorForm
from mockbot.world.call import Call, Handler
from mockbot.world.rows import Resource
from mockbot.world.world import World

if TYPE_CHECKING:
    from mockbot.generic.stateful.actions import Actions
    from mockbot.generic.stateful.collection import Collections, Role

MOST = 100
"""How many different sets of collections are kept ready; fixtures of clients can name more."""


class Stateful:
    """The collections of a document, and handlers for their operations."""

    def __init__(self, contract: Contract, handled: Container[str], error: ErrorForm) -> None:
        """Leave out the operations in `handled`."""
        self._contract, self._handled, self._error = contract, handled, error
        self._roles: dict[tuple[Resource, ...], Mapping[str, Role]] = {}

    @cached_property
    def inferred(self) -> tuple[Resource, ...]:
        """Return the collections that the paths of the document show."""
        found = self._collections.inferred()
        return tuple(
            each for each in found if any(name not in self._handled for name in self._collections.roles([each]))
        )

    @cached_property
    def _collections(self) -> Collections:
        from mockbot.generic.stateful.collection import Collections
        from mockbot.generic.stateful.schema import Schemas

        return Collections(self._contract.operations, Schemas(self._contract.document))

    @cached_property
    def _actions(self) -> Actions:
        from mockbot.contract.keywords import schema_validator
        from mockbot.contract.unfitting import explaining
        from mockbot.generic.refusal import Refusals
        from mockbot.generic.stateful.actions import Actions
        from mockbot.generic.stateful.fit import Fitting
        from mockbot.generic.stateful.keeping import Keeping
        from mockbot.generic.stateful.replies import Replies

        validation = self._contract.validation
        valid = schema_validator(self._contract.document.effective)
        fitting = Fitting(self._collections.schemas, valid, validation.cast)
        keeping = Keeping(fitting, explaining(self._contract.document.effective, "the row"))
        replies, refusals = Replies(fitting, validation), Refusals(self._contract)
        return Actions(self._collections, fitting, keeping, validation, replies, refusals, self._error)

    def handlers(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Return the handlers with state; where a world has no collection for an operation, they call those given."""
        return {name: self._handler(name, handler) for name, handler in handlers.items()}

    def _handler(self, name: str, other: Handler) -> Handler:
        def handle(call: Call) -> ASGIApp:
            if not (call.settings.stateful or call.world.fixture.resources):
                return other(call)
            known = self.resources(call.world)
            role = self.roles(known).get(name)
            if role is None:
                return other(call)
            return self._actions.response(call, role, known, partial(other, call))

        return handle

    def resources(self, world: World) -> tuple[Resource, ...]:
        """Return the collections of a world: those of its fixture, and with `stateful` those of the document."""
        named = tuple(each.resource for each in world.fixture.resources)
        if world.settings.stateful:
            paths = {each.path for each in named}
            named += tuple(each for each in self.inferred if each.path not in paths)
        return named

    def roles(self, named: tuple[Resource, ...]) -> Mapping[str, Role]:
        """Return what the operations do with these collections, by the names of the operations."""
        if named not in self._roles:
            if len(self._roles) >= MOST:
                self._roles.clear()
            self._roles[named] = self._collections.roles(named)
        return self._roles[named]
