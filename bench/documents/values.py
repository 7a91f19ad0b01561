"""Values for a request: the smallest that a schema allows, and one with everything that it describes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mockbot.jsontext import JSON
from mockbot.sample.alternatives import Alternatives as Ways
from mockbot.sample.alternatives import Schema, resolved
from mockbot.sample.instance import Impossible, Instances

DEEPEST = 5
"""Levels of optional properties that are filled in."""


class Values:
    """Makes values for the schemas of one document; `valid` says whether a value fits a schema."""

    def __init__(self, document: dict[str, Any], valid: Any) -> None:
        self._document, self._valid = document, valid
        self._instances = Instances(document, valid)

    def minimal(self, schema: Schema) -> JSON | Impossible:
        """Return the smallest value that fits."""
        made = self._instances.smallest(schema)
        return made if isinstance(made, Impossible) else made.value

    def full(self, schema: Schema) -> JSON | Impossible:
        """Return a value with all properties that may be sent, or the smallest one where that does not fit."""
        value = self._full(schema, 0)
        if not isinstance(value, Impossible) and self._valid(schema, value):
            return value
        return self.minimal(schema)

    def _full(self, schema: Schema, depth: int) -> JSON | Impossible:
        plain = resolved(self._document, schema)
        if isinstance(plain, dict) and "example" in plain and self._valid(schema, plain["example"]):
            example: JSON = plain["example"]
            return example
        flat = next(iter(Ways(self._document, 2).of(schema, Counter())), None)
        if flat is None:
            return self.minimal(schema)
        way = flat[0]
        kinds = way.get("type", ["object"] if "properties" in way else [])
        if "object" in kinds and way.get("properties"):
            return self._object(way, depth)
        if "array" in kinds and isinstance(way.get("items"), dict) and depth < DEEPEST:
            item = self._full(way["items"], depth + 1)
            return item if isinstance(item, Impossible) else [item] * max(1, int(way.get("minItems", 1)))
        return self.minimal(schema)

    def _object(self, way: dict[str, Any], depth: int) -> JSON | Impossible:
        required, made = set(way.get("required", ())), {}
        for name, schema in way["properties"].items():
            inner = resolved(self._document, schema)
            if isinstance(inner, dict) and inner.get("readOnly"):
                continue
            if depth >= DEEPEST and name not in required:
                continue
            value = self._full(schema, depth + 1)
            if isinstance(value, Impossible):
                if name in required:
                    return value
                continue
            made[name] = value
        return made
