"""What is needed for the messages in one direction, before any of them is validated in full."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mockbot.contract.compiled.compiled import Compiled
from mockbot.contract.compiled.formats import Formats
from mockbot.contract.compiled.schemas import Schemas
from mockbot.contract.derived import Derived, Plan
from mockbot.contract.wire.shapes import Shapes
from mockbot.openapi.operations import Operation

if TYPE_CHECKING:
    from mockbot.contract.wire.casting import Caster


class Direction:
    """The plans of a document's operations, the reading of their values, and what is certain to be valid."""

    def __init__(self, document: dict[str, Any], integer: Callable[[str], int]) -> None:
        self._document, self._integer, self.shapes = document, integer, Shapes(document)
        self.derived = Derived(document, self.shapes)
        schemas = Schemas(document, Formats())
        self.compiled = Compiled(self.derived, self.shapes, integer, schemas, lambda: self.caster)
        """What is certain to be valid."""

    @cached_property
    def validator_class(self) -> Any:
        """Return the jsonschema class for the schemas of the document; it is made on first use."""
        from mockbot.contract.keywords import validator_class

        return validator_class(self._document)

    @cached_property
    def _fitting(self) -> Callable[[Any, Any], bool]:
        from mockbot.contract.keywords import fitting

        return fitting(self._document, self.validator_class)

    def _fits(self, schema: Any, value: Any) -> bool:
        return self._fitting(schema, value)

    @cached_property
    def caster(self) -> Caster:
        """Return what reads the values of texts."""
        from mockbot.contract.wire.casting import Caster

        return Caster(self.shapes, self._fits, self._integer)

    def plan(self, operation: Operation) -> Plan:
        """Return what the contract says of an operation."""
        return self.derived.plan(operation.path, operation.method.lower())
