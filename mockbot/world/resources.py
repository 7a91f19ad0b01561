"""The `resources` of a fixture file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockbot.errors import UserError
from mockbot.jsontext import escape
from mockbot.source import Source
from mockbot.world.blueprint import Blueprint, Mistake, ResourceRules
from mockbot.world.rows import Resource, StoredResource, Value


def stored_resources(rows: dict[str, Any], source: Source, blueprint: Blueprint) -> Iterator[StoredResource]:
    """Yield the collections of a fixture; raise UserError for a mistake, with file, line and pointer.

    A collection is its rows, or a mapping with `path`, `item`, `key`, `rows` and `last_id`, all of them optional.
    """
    for name, given in rows.items():
        at = f"/resources/{escape(name)}"
        whole: dict[str, Any] = {"rows": given} if isinstance(given, list) else given
        try:
            resource = blueprint.resources.resource(name, whole.get("path"), whole.get("item"), whole.get("key"))
            values = whole.get("rows", [])
            _check(resource, values, "" if isinstance(given, list) else "/rows", blueprint.resources)
        except Mistake as mistake:
            place = at + mistake.at
            raise UserError(f"{source.place(place)}: {place}: {mistake.sentence}") from None
        yield StoredResource(resource, tuple(values), whole.get("last_id", 0))


def _check(resource: Resource, values: list[Value], at: str, rules: ResourceRules) -> None:
    """Raise Mistake for a row without its key or parents, with those of an earlier row, or against the rules."""
    seen: dict[tuple[str, ...], int] = {}
    for index, value in enumerate(values):
        for name in (resource.key, *(name for _, name in resource.parents)):
            if name not in value:
                raise Mistake(f"{at}/{index}", f"`{name}` is missing, which is in the path")
        first = seen.setdefault(resource.identity(value), index)
        if first != index:
            raise Mistake(f"{at}/{index}", f"the row {first} has the same `{resource.key}`")
        try:
            rules.check(resource, value)
        except Mistake as mistake:
            raise Mistake(f"{at}/{index}{mistake.at}", mistake.sentence) from None
