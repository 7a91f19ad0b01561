"""The fields of a request that the contract does not describe. They are allowed, but often misspelt."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl

from mockbot.contract.wire.brackets import steps
from mockbot.contract.wire.described import Media, Parameter
from mockbot.contract.wire.message import Fields
from mockbot.contract.wire.parameters import is_spread
from mockbot.contract.wire.shapes import Shapes
from mockbot.dataclass import dataclass
from mockbot.wording import closest

CONDITIONAL = ("if", "dependentSchemas", "unevaluatedProperties", "$dynamicRef", "propertyNames")
"""Keywords that may describe further properties; objects of schemas with them are not looked at."""
LONGEST_NAME = 64
"""How many characters a name has at most for which the nearest known one is looked for."""


@dataclass(frozen=True, slots=True)
class Undocumented:
    """A field that the contract does not describe."""

    part: Literal["query", "body"]
    path: tuple[str | int, ...]
    """The keys and indexes that lead to it; for a query, its name."""
    known: Collection[str]
    """The names that are described there."""

    @property
    def nearest(self) -> str | None:
        """Return the known name that was probably meant, if there is one."""
        name = str(self.path[-1])
        return closest(name, self.known) if len(name) <= LONGEST_NAME else None


def in_query(
    fields: Fields, parameters: Sequence[Parameter], shapes: Shapes, path: str, ignored: Collection[str]
) -> Iterator[Undocumented]:
    """Yield the fields of a query that are no parameter of the operation at `path` (as in the document)."""
    of_query = [each for each in parameters if each.part == "query"]
    known = {name for name, _ in parse_qsl(path.partition("?")[2], keep_blank_values=True)}
    deep: set[str] = set()
    for each in of_query:
        if each.location == "querystring":
            return
        known.add(each.name)
        if each.style == "deepObject":
            deep.add(each.name)
        if is_spread(each, shapes):
            if _takes_any(shapes, each.schema):
                return
            known |= shapes.names(each.schema)
    for name in fields.values:
        if name not in known and name.lower() not in ignored and steps(name)[0] not in deep:
            yield Undocumented("query", (name,), known)


def in_body(value: Any, media: Media, shapes: Shapes) -> Iterator[Undocumented]:
    """Yield the properties in a body that its schema does not describe, in objects whose other properties are known.

    A schema that says `additionalProperties` describes all of them.
    """
    waiting: list[tuple[tuple[str | int, ...], Any, Any]] = [((), media.schema, value)]
    while waiting:
        path, schema, found = waiting.pop()
        if isinstance(found, list):
            items = [((*path, index), shapes.item(schema, index), item) for index, item in enumerate(found)]
            waiting += reversed(items)
        elif isinstance(found, dict) and not _takes_any(shapes, schema):
            known = shapes.names(schema)
            for name in found:
                if name not in known:
                    yield Undocumented("body", (*path, name), known)
            inner = [((*path, name), shapes.property(schema, name), found[name]) for name in found if name in known]
            waiting += reversed(inner)


def _takes_any(shapes: Shapes, schema: Any) -> bool:
    """Return whether a schema or one of its branches says nothing of the properties, or that there are others."""
    found = shapes.resolved(schema)
    if not isinstance(found, dict) or not shapes.names(found) or shapes.is_open(found):
        return True
    if any(keyword in found for keyword in CONDITIONAL):
        return True
    return any("object" in shapes.types(each) and not shapes.names(each) for each in shapes.branches(found))
