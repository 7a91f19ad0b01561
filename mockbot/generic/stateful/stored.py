"""The collections and rows of a fixture, by the document that is served. Most servers have none and load no more."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mockbot.contract.contract import Contract
from mockbot.world.blueprint import Mistake
from mockbot.world.rows import Resource, Value
from mockbot.world.world import World

if TYPE_CHECKING:
    from mockbot.generic.stateful.collection import Collections
    from mockbot.generic.stateful.fit import Fitting
    from mockbot.generic.stateful.keeping import Keeping
    from mockbot.generic.stateful.new import NewRows


class DocumentRows:
    """Reads what a fixture says of collections; a `ResourceRules`."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def resource(self, name: str, path: str | None, item: str | None, key: str | None) -> Resource:
        """Return the collection that a fixture names; raise Mistake if the document has no such paths."""
        return self._collections.resource(name, path, item, key)

    def check(self, resource: Resource, value: Value) -> None:
        """Raise Mistake for a row that does not fit its schema; a required property may be missing."""
        from mockbot.generic.stateful.body import Unkept, check

        try:
            check(value, "row")
        except Unkept as error:
            raise Mistake("", str(error)) from None
        owners = {name for _, name in resource.parents}
        requests = self._collections.requests(resource)
        found = self._keeping.mistake(self._collections.schema(resource), requests, value, owners)
        if found is not None:
            raise Mistake(found.at, found.message)

    def complete(self, resource: Resource, value: Value, world: World) -> Value:
        """Return a row with the required properties that it does not have, as those of a new row."""
        schema = self._collections.schema(resource)
        wanted = {*value, *self._collections.schemas.required(schema)}
        filled = self._new.filled(schema, value, world) if len(wanted) > len(value) else value
        return self._fitting.completed(schema, {name: each for name, each in filled.items() if name in wanted})

    @cached_property
    def _collections(self) -> Collections:
        from mockbot.generic.stateful.collection import Collections
        from mockbot.generic.stateful.schema import Schemas

        return Collections(self._contract.operations, Schemas(self._contract.document))

    @cached_property
    def _fitting(self) -> Fitting:
        from mockbot.contract.keywords import schema_validator
        from mockbot.generic.stateful.fit import Fitting

        valid = schema_validator(self._contract.document.effective)
        return Fitting(self._collections.schemas, valid, self._contract.validation.cast)

    @cached_property
    def _keeping(self) -> Keeping:
        from mockbot.contract.unfitting import explaining
        from mockbot.generic.stateful.keeping import Keeping

        return Keeping(self._fitting, explaining(self._contract.document.effective, "the row"))

    @cached_property
    def _new(self) -> NewRows:
        from mockbot.generic.stateful.new import NewRows

        return NewRows(self._fitting)
