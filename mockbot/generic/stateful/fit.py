"""Makes a row fit the schema of a response: what the schema forbids is left out, what it requires is added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from mockbot.generic.stateful.schema import DEPTH, Schemas
from mockbot.jsontext import JSON
from mockbot.sample.instance import Instances, Made
from mockbot.world.rows import Value

BRANCHES = 8
"""How many alternatives of a schema are tried."""


class Fitting:
    """Makes values fit the schemas of one document."""

    def __init__(self, schemas: Schemas, valid: Callable[[Any, JSON], bool], cast: Callable[[str, Any], JSON]) -> None:
        """`cast` returns a text on the wire as a value of a schema."""
        self.schemas, self.valid, self.cast = schemas, valid, cast
        self._instances = Instances(schemas.document.effective, valid)

    def sample(self, schema: Any) -> JSON:
        """Return the smallest value of a schema, or None if none is found."""
        made = self._instances.smallest(schema)
        return made.value if isinstance(made, Made) else None

    def fit(self, schema: Any, value: Value) -> Value | None:
        """Return a value of `schema` with as many properties of `value` as fit; None if no object fits."""
        shown = self.projected(schema, value)
        if self.valid(schema, shown):
            return shown
        bases = [each for each in self._bases(schema) if isinstance(each, dict)]
        for base in bases:
            whole = {**base, **shown}
            if self.valid(schema, whole):
                return whole
        if not bases:
            return None
        found: Value = dict(bases[0])
        for name, each in shown.items():
            if self.valid(schema, {**found, name: each}):
                found[name] = each
        return found

    def projected(self, schema: Any, value: Value) -> Value:
        """Return `value` without what the schema forbids, with samples of what it requires; this can be invalid yet."""
        shown = self._shown(schema, value, DEPTH)
        assert isinstance(shown, dict)  # an object stays one
        return shown

    def completed(self, schema: Any, value: Value) -> Value:
        """Return `value` with samples of what the schema requires."""
        whole = self._shown(schema, value, DEPTH, hides=False)
        assert isinstance(whole, dict)  # an object stays one
        return whole

    def _shown(self, schema: Any, value: JSON, depth: int, hides: bool = True) -> JSON:
        if depth == 0:
            return value
        if isinstance(value, list):
            items = self.schemas.keyword(schema, "items")
            return value if items is None else [self._shown(items, each, depth - 1, hides) for each in value]
        if not isinstance(value, dict):
            return value
        properties = self.schemas.properties(schema)
        closed = self._closed(schema)
        shown: Value = {}
        for name, each in value.items():
            inner = properties.get(name)
            if inner is None:
                if not (closed and hides):
                    shown[name] = each
            elif not (hides and self.schemas.keyword(inner, "writeOnly") is True):
                shown[name] = self._shown(inner, each, depth - 1, hides)
        for name in self.schemas.required(schema):
            if name not in shown and name in properties:
                shown[name] = self.sample(properties[name])
        return shown

    def _closed(self, schema: Any) -> bool:
        words = ("additionalProperties", "unevaluatedProperties")
        return any(part.get(word) is False for part in self.schemas.flat(schema) for word in words)

    def _bases(self, schema: Any) -> Iterator[JSON]:
        """Yield samples to which the properties of a row can be added: one of the schema, one of each alternative."""
        yield self.sample(schema)
        branches = (
            each for part in self.schemas.flat(schema) for each in (*part.get("oneOf", ()), *part.get("anyOf", ()))
        )
        for branch in islice(branches, BRANCHES):
            yield self.sample({"allOf": [schema, branch]})


def enveloped(fitting: Fitting, schema: Any, within: str | None, value: JSON, more: Mapping[str, JSON]) -> JSON:
    """Return a body with a row or rows in the property `within`, and those properties of `more` that fit."""
    if within is None:
        return value
    body: Value = {within: value}
    properties = fitting.schemas.properties(schema)
    for name, each in more.items():
        if name in properties and fitting.valid(properties[name], each):
            body[name] = each
    return fitting.fit(schema, body)
