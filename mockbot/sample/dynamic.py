"""Values for a schema that a seed chooses: other branches, optional properties, numbers and lengths for each seed."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random
from typing import Any

from mockbot.jsontext import JSON
from mockbot.sample.alternatives import Alternatives, Schema, TooManyAlternatives
from mockbot.sample.instance import Impossible, Instances, Made
from mockbot.sample.scalars import numbers, strings

TRIES = 20
"""How many values are made and checked before the smallest one is used."""
DEEPEST = 6
"""Levels of nesting below which only required parts are made."""
MOST = 3
"""How many items an array has, unless it needs more."""
VALUES = 1500
"""How many parts one value has before only required parts are made."""
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper", "kelp", "lotus")
CHOICES = 16
"""From how many candidates a part is chosen."""


class Dynamic:
    """Makes values for the schemas of one document; the same seed gives the same value."""

    def __init__(self, document: dict[str, Any], instances: Instances) -> None:
        self._document, self._instances = document, instances

    def value(self, schema: Schema, seed: str) -> Made | Impossible:
        """Return a value that fits; the smallest one if the seed's choices lead to none."""
        for turn in range(TRIES):
            search = _Choice(self._document, Random(f"{seed}/{turn}"))  # no secret
            try:
                value = search.value(schema, Counter(), 0)
            except (
                _NothingError,
                TooManyAlternatives,
                ArithmeticError,
                ValueError,
                TypeError,
                LookupError,
                RecursionError,
            ):
                continue
            if self._instances.fits(schema, value):
                return Made(value)
        return self._instances.smallest(schema)


class _NothingError(Exception):
    """No choice is left."""


class _Choice:
    """Makes one value."""

    def __init__(self, document: dict[str, Any], random: Random) -> None:
        self._alternatives, self._random = Alternatives(document, 2), random
        self._left = VALUES

    def value(self, schema: Schema, opened: Counter[str], depth: int) -> JSON:
        found = [each for each in islice(self._alternatives.of(schema, opened), CHOICES) if each[0].get("enum") != []]
        if not found:
            raise _NothingError
        self._left -= 1
        plain, inside = self._random.choice(found)
        if "const" in plain:
            return _as_json(plain["const"])
        if "enum" in plain:
            return _as_json(self._random.choice(plain["enum"]))
        if plain.get("examples") and self._random.random() < 0.3:
            return _as_json(self._random.choice(plain["examples"]))
        match self._kind(plain):
            case "object":
                return self._object(plain, inside, depth)
            case "array":
                return self._array(plain, inside, depth)
            case "string":
                return self._string(plain)
            case "integer":
                return self._number(plain, True)
            case "number":
                return self._number(plain, False)
            case "boolean":
                return self._random.random() < 0.5
        return None

    def _kind(self, plain: dict[str, Any]) -> str:
        kinds = plain.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not kinds:
            signs = {"object": ("properties", "required", "additionalProperties"), "array": ("items", "minItems")}
            kinds = [kind for kind, keys in signs.items() if any(key in plain for key in keys)] or ["string"]
        return str(self._random.choice(sorted(kinds)))

    def _object(self, plain: dict[str, Any], opened: Counter[str], depth: int) -> JSON:
        properties, required = plain.get("properties", {}), plain.get("required", ())
        most = plain.get("maxProperties", len(properties) + len(required))
        made: dict[str, JSON] = {}
        for name in dict.fromkeys([*properties, *required]):
            needed = name in required
            if not needed and (self._small(depth) or len(made) >= most or self._random.random() < 0.3):
                continue
            inner = properties.get(name, plain.get("additionalProperties", True))
            if not needed and isinstance(inner, dict) and inner.get("writeOnly"):
                continue
            try:
                made[name] = self.value(inner, opened, depth + 1)
            except _NothingError:
                if needed:
                    raise
        return made

    def _array(self, plain: dict[str, Any], opened: Counter[str], depth: int) -> JSON:
        least, most = int(plain.get("minItems", 0)), int(plain.get("maxItems", MOST))
        length = least if self._small(depth) else self._random.randint(least, max(least, min(most, least + MOST)))
        prefix = plain.get("prefixItems", ())
        items: list[JSON] = []
        for index in range(min(length, 1000)):
            schema = prefix[index] if index < len(prefix) else plain.get("items", True)
            try:
                item = self.value(schema, opened, depth + 1)
            except _NothingError:
                if index < least:
                    raise
                break
            if not (plain.get("uniqueItems") and item in items):
                items.append(item)
        return items

    def _string(self, plain: dict[str, Any]) -> str:
        if plain.get("patterns") or plain.get("format"):
            return self._random.choice(list(islice(strings(plain), CHOICES)) or [""])
        least, most = int(plain.get("minLength", 0)), int(plain.get("maxLength", 1000))
        text = " ".join(self._random.choices(WORDS, k=self._random.randint(1, 3)))
        while len(text) < least:
            text += " " + self._random.choice(WORDS)
        return text[: max(most, 0)]

    def _number(self, plain: dict[str, Any], whole: bool) -> JSON:
        bounded = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} & plain.keys()
        if bounded:
            return self._random.choice(list(islice(numbers(plain, whole), CHOICES)))
        return self._random.randint(0, 1000) if whole else round(self._random.uniform(0, 1000), 2)

    def _small(self, depth: int) -> bool:
        return depth >= DEEPEST or self._left < 0


def _as_json(value: Any) -> JSON:
    """Return a value of a schema, which is JSON."""
    found: JSON = value
    return found
