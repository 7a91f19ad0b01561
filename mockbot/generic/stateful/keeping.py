"""Whether a row can be kept: it fits the schema of a row, so that a response can show all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from mockbot.contract.explanation import Evidence
from mockbot.generic.stateful.body import Unkept
from mockbot.generic.stateful.fit import Fitting
from mockbot.generic.stateful.schema import Schemas
from mockbot.jsontext import JSON
from mockbot.world.rows import Value

EXTRA = ("additionalProperties", "unevaluatedProperties")
"""The keywords that forbid a property which they do not name."""
IN_PATH = {"string", "integer", "number", "boolean"}
"""The types that the value of a path parameter usually has."""


class Keeping:
    """Checks rows against their schema."""

    def __init__(self, fitting: Fitting, explain: Callable[[Any, JSON], Iterable[Evidence]]) -> None:
        """`explain` yields why a value does not fit a schema."""
        self._fitting, self._schemas, self._explain = fitting, fitting.schemas, explain

    def kept(self, schema: Any, asked: Any, row: Value, sent: Collection[str], old: Value | None = None) -> Value:
        """Return the row to keep; raise Unkept if what the request sent does not fit the `schema` of a row.

        `asked` is what the request's schema says of a row, `sent` are the properties that the request decides, `old` is
        the row before a change. Some documents ask for another type than they answer with, such as the id of a tag in
        place of the tag. Such a property stays as it was. One that only requests have is kept, but never shown.
        """
        if self._fitting.valid(schema, row):
            return row
        kept = dict(row)
        for each in self._explain(schema, row):
            path = _steps(each.at)
            if not path or path[0] not in sent:
                continue
            if each.rule in EXTRA and self._at(asked, path) is not None:
                continue
            if not self._other_type(asked, schema, path):
                raise Unkept(each.message)
            kept.pop(path[0], None)
            if old is not None and path[0] in old:
                kept[path[0]] = old[path[0]]
        if self._fitting.valid(schema, self._fitting.projected(schema, kept)):
            return kept
        fitted = self._fitting.fit(schema, kept)
        if fitted is None:
            return kept
        hidden = {name: each for name, each in kept.items() if not self._shown(schema, name)}
        return {**fitted, **hidden}

    def mistake(self, schema: Any, asked: Iterable[Any], row: Value, owners: Collection[str]) -> Evidence | None:
        """Return why a row does not fit its schema; what is missing and required is no mistake.

        A property of a row that any of the requests (`asked`) can have is known. The `owners` have the values of path
        parameters, also where the schema has an object in their place.
        """
        if self._fitting.valid(schema, row) or self._fitting.sample(schema) is None:
            return None
        requests, properties = list(asked), self._schemas.properties(schema)
        for each in self._explain(schema, row):
            path = _steps(each.at)
            if not path or (each.rule == "required" and len(path) == 1):
                continue
            if each.rule in EXTRA and any(self._at(request, path) is not None for request in requests):
                continue
            kinds = self._schemas.kinds(properties.get(path[0], {}))
            if path[0] not in owners or not kinds or kinds & IN_PATH:
                return each
        return None

    def _shown(self, schema: Any, name: str) -> bool:
        inner = self._schemas.properties(schema).get(name)
        return inner is not None and self._schemas.keyword(inner, "writeOnly") is not True

    def _at(self, schema: Any, path: Iterable[str]) -> Any:
        """Return the schema of a place inside a value; None if there is none."""
        for step in path:
            schema = _inside(self._schemas, schema, step)
            if schema is None:
                return None
        return schema

    def _other_type(self, asked: Any, schema: Any, path: list[str]) -> bool:
        """Return whether a request has another type than a row, at a place or around it."""
        for step in path:
            asked, schema = _inside(self._schemas, asked, step), _inside(self._schemas, schema, step)
            if asked is None or schema is None:
                return False
            wanted, shown = self._types(asked), self._types(schema)
            if wanted and shown and not wanted & shown:
                return True
        return False

    def _types(self, schema: Any) -> set[str]:
        kinds = self._schemas.kinds(schema) - {"null"}
        return kinds | {"number"} if "integer" in kinds else kinds


def _inside(schemas: Schemas, schema: Any, step: str) -> Any:
    properties = schemas.properties(schema)
    if step in properties:
        return properties[step]
    return schemas.keyword(schema, "items") if step.isdecimal() else None


def _steps(pointer: str) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]
