"""Tries values for a schema, smallest first, and yields those that a validator accepts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count, islice
from typing import Any

from mockbot.ecmascript import pattern as compiled
from mockbot.jsontext import JSON, compact
from mockbot.sample.alternatives import Alternatives, Schema, parts, resolved
from mockbot.sample.merge import forbidden
from mockbot.sample.pattern import matching
from mockbot.sample.scalars import MANY, numbers, strings

Valid = Callable[[Schema, JSON], bool]
"""Returns whether a value fits a schema of the document."""

MOST_TRIES = 2000
"""How many values the search tries for one schema."""
MOST_ITEMS = 1000
"""How many items or properties a value may have."""
MOST_VALUES, MOST_CHARACTERS = 20_000, 4_000_000
"""How many values, and characters in texts, there may be in a value: few references can lead to billions."""
LARGE = 100
"""The size of a value for which it counts as one more try: it takes longer."""
KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")
SIGNS = {
    "object": {"properties", "required", "additionalProperties", "minProperties", "patternProperties", "propertyNames"},
    "array": {"items", "prefixItems", "minItems", "contains", "uniqueItems", "maxItems"},
    "string": {"pattern", "patterns", "format", "minLength", "maxLength"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}
"""The keywords by which a schema without `type` suggests a kind of value."""


class TooManyTries(Exception):
    """The search has tried MOST_TRIES values."""


class _Kept:
    """The values of one schema, which is searched once; `schema` is kept so that its id stays its own."""

    def __init__(self, schema: Schema, more: Iterator[JSON]) -> None:
        self._schema, self._more = schema, more
        self._values: list[JSON] = []

    def __iter__(self) -> Iterator[JSON]:
        index = 0
        while True:
            if index == len(self._values):
                try:
                    self._values.append(next(self._more))
                except StopIteration:
                    return
            yield self._values[index]
            index += 1


class Search:
    """Searches values for the schemas of a document, each reference at most `depth` times inside itself."""

    def __init__(self, document: dict[str, Any], valid: Valid, depth: int) -> None:
        self._document, self._accepts = document, valid
        self._alternatives = Alternatives(document, depth)
        self._left = MOST_TRIES
        self._found: dict[tuple[int, frozenset[tuple[str, int]]], _Kept] = {}
        self.reason = ""

    def values(self, schema: Schema, opened: Counter[str]) -> Iterator[JSON]:
        """Yield values that fit, each once; `opened` counts the references that were followed to `schema`."""
        key = (id(schema), frozenset(opened.items()))
        if key not in self._found:
            self._found[key] = _Kept(schema, self._values(schema, opened))
        return iter(self._found[key])

    def _values(self, schema: Schema, opened: Counter[str]) -> Iterator[JSON]:
        seen: set[str] = set()
        for plain, inside in self._alternatives.of(schema, opened):
            for value in islice(self._tried(plain, inside), MANY * 2):
                size = _size(value)
                if size is None:
                    self.reason = f"what fits has more than {MOST_VALUES} values or {MOST_CHARACTERS} characters"
                    continue
                text = _text(value)
                if text not in seen and self._fits(schema, value, size):
                    seen.add(text)
                    yield value
        if not seen:
            if name := forbidden(parts(self._document, schema)):
                self.reason = f"`{name}` is required, but `additionalProperties` forbids it"
            self.reason = self.reason or f"nothing fits {json.dumps(schema, ensure_ascii=False)[:200]}"

    @property
    def contradiction(self) -> str:
        """Return why nothing can fit, where that is certain."""
        return self._alternatives.contradiction

    @property
    def why(self) -> str:
        """Return why no value was found."""
        if self.contradiction:
            return self.contradiction
        return f"{cycle} requires itself without end" if (cycle := self._alternatives.cycle) else self.reason

    def _fits(self, schema: Schema, value: JSON, size: int) -> bool:
        self._left -= 1 + size // LARGE
        if self._left < 0:
            raise TooManyTries
        return self._accepts(schema, value)

    def _tried(self, schema: dict[str, Any], opened: Counter[str]) -> Iterator[JSON]:
        yield from schema.get("examples", ())
        if "default" in schema:
            yield schema["default"]
        if "enum" in schema:
            yield from schema["enum"]
            return
        for kind in _kinds(schema):
            match kind:
                case "object":
                    yield from self._objects(schema, opened)
                case "array":
                    yield from self._arrays(schema, opened)
                case "string":
                    yield from islice(strings(schema), MANY * 2)
                case "integer" | "number":
                    yield from numbers(schema, kind == "integer")
                case "boolean":
                    yield from (False, True)
                case "null":
                    yield None

    def _objects(self, schema: dict[str, Any], opened: Counter[str]) -> Iterator[JSON]:
        known = schema.get("properties", {})
        required = [*schema.get("required", ())]
        for name in required:
            required += [each for each in schema.get("dependentRequired", {}).get(name, ()) if each not in required]
        exampled = [name for name in known if name not in required and self._exampled(known[name])]
        for names in dict.fromkeys((frozenset([*required, *exampled]), frozenset(required))):
            made = self._object(schema, [*known, *(name for name in required if name not in known)], names, opened)
            if made is None or not {*required} <= {*made}:
                continue
            self._fill(made, schema, opened)
            yield made
            for name in made:
                for value in islice(self.values(_property(schema, name), opened), 1, 9):
                    yield {**made, name: value}
            for name in known:
                if name not in made:
                    for value in islice(self.values(known[name], opened), 1):
                        yield {**made, name: value}
            free = next(name for name in _free_names() if name not in known)
            if (other := _property(schema, free)) is not False:  # with it, a closed branch of a oneOf does not fit
                for value in islice(self.values(other, opened), 1):
                    yield {**made, free: value}

    def _object(
        self, schema: dict[str, Any], order: Iterable[str], names: frozenset[str], opened: Counter[str]
    ) -> dict[str, JSON] | None:
        values = {
            name: list(islice(self.values(_property(schema, name), opened), 1)) for name in order if name in names
        }
        return {name: value[0] for name, value in values.items() if value}

    def _fill(self, made: dict[str, JSON], schema: dict[str, Any], opened: Counter[str]) -> None:
        """Add properties until `minProperties` is reached."""
        least = min(int(schema.get("minProperties", 0)), MOST_ITEMS)
        if len(made) >= least:
            return
        names = self.values(schema.get("propertyNames", True), opened) if "propertyNames" in schema else iter(())
        patterns = chain.from_iterable(islice(matching(pattern), 8) for pattern in schema.get("patternProperties", ()))
        for name in chain(schema.get("properties", ()), patterns, names, islice(_free_names(), MOST_ITEMS)):
            if len(made) >= least:
                return
            if isinstance(name, str) and name not in made:
                made |= dict(zip([name], self.values(_property(schema, name), opened), strict=False))

    def _exampled(self, schema: Schema) -> bool:
        schema = resolved(self._document, schema)
        if not isinstance(schema, dict) or schema.get("writeOnly"):
            return False
        parts = [schema, *(resolved(self._document, part) for part in schema.get("allOf", ()))]
        return any(isinstance(part, dict) and ("example" in part or "examples" in part) for part in parts)

    def _arrays(self, schema: dict[str, Any], opened: Counter[str]) -> Iterator[JSON]:
        wanted = int(schema.get("minContains", 1)) if "contains" in schema else 0
        least = max(int(schema.get("minItems", 0)), wanted)
        if least > MOST_ITEMS:
            self.reason = f"an array of at least {least} items is too long"
            return
        for length in dict.fromkeys((least, least + 1, len(schema.get("prefixItems", ())))):
            kinds = [_item(schema, index, index >= length - wanted) for index in range(length)]
            items: list[JSON] = []
            seen: set[str] = set()
            for kind in kinds:
                unique = schema.get("uniqueItems", False)
                item = next((each for each in self.values(kind, opened) if not (unique and _text(each) in seen)), ...)
                if item is ...:
                    break
                items.append(item)
                if unique:
                    seen.add(_text(item))
            else:
                yield items
                for index, kind in enumerate(kinds[:8]):
                    for value in islice(self.values(kind, opened), 1, 5):
                        yield [*items[:index], value, *items[index + 1 :]]


def _free_names() -> Iterator[str]:
    return (f"property{number}" for number in count(1))


def _kinds(schema: dict[str, Any]) -> list[str]:
    """Return the kinds of value to try: those of `type`, null last, or else all kinds, the likely ones first."""
    if "type" in schema:
        return sorted(schema["type"], key=lambda kind: kind == "null")
    return sorted(KINDS, key=lambda kind: not SIGNS.get(kind, set()) & schema.keys())


def _property(schema: dict[str, Any], name: str) -> Schema:
    """Return the schema of a property."""
    found = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    found += [each for pattern, each in schema.get("patternProperties", {}).items() if compiled(pattern).found_in(name)]
    return found[0] if len(found) == 1 else {"allOf": found} if found else schema.get("additionalProperties", True)


def _item(schema: dict[str, Any], index: int, contained: bool) -> Schema:
    prefix = schema.get("prefixItems", ())
    own = prefix[index] if index < len(prefix) else schema.get("items", True)
    return {"allOf": [own, schema["contains"]]} if contained and "contains" in schema else own


def _size(value: JSON) -> int | None:
    """Return how many values, and hundreds of characters, there are in a value; None if it is too large."""
    waiting, count, characters = [value], 0, 0
    while waiting:
        each = waiting.pop()
        count += 1
        if isinstance(each, str):
            characters += len(each)
        elif isinstance(each, dict):
            characters += sum(map(len, each))
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        if count + len(waiting) > MOST_VALUES or characters > MOST_CHARACTERS:
            return None
    return count + characters // 100


def _text(value: JSON) -> str:
    """Return a text that is the same for equal JSON values: 1 and 1.0 are equal."""
    return compact(value).decode() if not isinstance(value, float) or not value.is_integer() else str(int(value))
