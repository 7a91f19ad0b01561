"""What a schema says of the values that fit it: their types, and the schemas of their properties and items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from mockbot.jsontext import follow

ALL = frozenset(("string", "integer", "number", "boolean", "null", "array", "object"))
PRIMITIVE = ALL - {"array", "object"}
UNIONS = ("anyOf", "oneOf")
_PATTERNS = "patternProperties"
MOST_REFERENCES = 30
"""How many references in a row are followed."""
MOST_KEPT = 50_000
"""How many answers of one kind are kept. Names come from requests, so there may be any number of them."""
MOST_JOINED = 200
"""How many schemas one made of several may have; one of more says nothing."""
T = TypeVar("T")
Items = tuple[list[Any], Any]
"""The schemas of the first items, and of all others."""
NO_ITEMS: Items = ([], True)


class _Kept(Generic[T]):
    """Answers by the identity of a schema, which is kept alive with its answer."""

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self._answers: dict[int, tuple[Any, T]] = {}

    def __call__(self, schema: Any) -> T:
        kept = self._answers.get(id(schema))
        if kept is None:
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            kept = self._answers[id(schema)] = schema, self._find(schema)
        return kept[1]


class Shapes:
    """Answers for the schemas of one document; answers are kept."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.types = _Kept(lambda schema: self._find_types(schema, {}))
        """Returns the types that a value may have; `number` stands together with `integer`."""
        self.names = _Kept(lambda schema: frozenset(name for part in self._parts(schema, set()) for name in _own(part)))
        """Returns the names of the properties that the schema and its branches describe."""
        self.is_open = _Kept(lambda schema: any(_is_open(part) for part in self._parts(schema, set())))
        """Returns whether the schema says explicitly that there are other properties."""
        self.branches = _Kept(lambda schema: tuple(self._find_branches(schema)))
        """Returns a schema for each branch of `anyOf` or `oneOf`, with what stands beside; empty without one."""
        self._has_patterns = _Kept(
            lambda schema: any("patternProperties" in part for part in self._parts(schema, set()))
        )
        self._properties = _Kept[dict[str | None, Any]](lambda _: {})
        self._items = _Kept(lambda schema: self._find_items(schema, {}))
        self._joins: dict[tuple[str, frozenset[int]], tuple[Any, dict[int, Any]]] = {}
        self._weights: dict[int, int] = {}

    def resolved(self, schema: Any) -> Any:
        """Return a schema, or what its reference leads to."""
        for _ in range(MOST_REFERENCES):
            if not (isinstance(schema, dict) and isinstance(schema.get("$ref"), str)):
                return schema
            try:
                schema = follow(self._document, schema["$ref"])
            except (LookupError, ValueError):
                return True
        return True

    def property(self, schema: Any, name: str) -> Any:
        """Return the schema of a property."""
        known = name in self.names(schema)
        if not known and self._has_patterns(schema):
            return self._property(schema, name)
        kept, key = self._properties(schema), name if known else None
        if key not in kept:  # all names that are not known have one schema
            kept[key] = self._property(schema, name)
        return kept[key]

    def _property(self, schema: Any, name: str) -> Any:
        found = self._find_property(schema, name, {})
        return True if found is None else found

    def item(self, schema: Any, index: int) -> Any:
        """Return the schema of an item."""
        first, rest = self._items(schema)
        return first[index] if index < len(first) else rest

    def _find_types(self, schema: Any, known: dict[int, frozenset[str]]) -> frozenset[str]:
        if not isinstance(schema, dict):
            return ALL
        if id(schema) not in known:
            known[id(schema)] = ALL
            known[id(schema)] = self._narrowed(schema, known)
        return known[id(schema)]

    def _narrowed(self, schema: dict[str, Any], known: dict[int, frozenset[str]]) -> frozenset[str]:
        found, given = ALL, schema.get("type")
        if isinstance(schema.get("$ref"), str):
            found &= self._find_types(self.resolved(schema), known)
        if given is not None:
            named = {given} if isinstance(given, str) else set(given)
            found &= named | ({"integer"} if "number" in named else set())
        if isinstance(schema.get("enum"), list):
            found &= frozenset().union(*map(_types_of, schema["enum"]))
        if "const" in schema:
            found &= _types_of(schema["const"])
        for branch in _branches(schema, "allOf"):
            found &= self._find_types(branch, known)
        for union in UNIONS:
            if _branches(schema, union):
                found &= frozenset().union(*(self._find_types(each, known) for each in schema[union]))
        if found == ALL and ("properties" in schema or "additionalProperties" in schema):
            return frozenset({"object"})
        if found == ALL and ("items" in schema or "prefixItems" in schema):
            return frozenset({"array"})
        return found

    def _parts(self, schema: Any, seen: set[int]) -> Iterator[dict[str, Any]]:
        """Yield the schema and all its branches, each once."""
        schema = self.resolved(schema)
        if isinstance(schema, dict) and id(schema) not in seen:
            seen.add(id(schema))
            yield schema
            for key in ("allOf", *UNIONS):
                for branch in _branches(schema, key):
                    yield from self._parts(branch, seen)

    def _find_property(self, schema: Any, name: str, known: dict[int, Any]) -> Any:
        """Return one schema for all that describe a property, or None; each schema is looked at once."""
        schema = self.resolved(schema)
        if not isinstance(schema, dict):
            return None
        if id(schema) not in known:
            known[id(schema)] = None  # a circle says nothing more
            known[id(schema)] = self._described(schema, name, known)
        return known[id(schema)]

    def _described(self, schema: dict[str, Any], name: str, known: dict[int, Any]) -> Any:
        found = [_own(schema)[name]] if name in _own(schema) else []
        if described := schema.get(_PATTERNS):
            from mockbot.ecmascript import patterns

            found += [described[text] for text in patterns(tuple(described)).found_in(name)]
        if not found and isinstance(schema.get("additionalProperties"), dict):
            found.append(schema["additionalProperties"])
        found += [self._find_property(branch, name, known) for branch in _branches(schema, "allOf")]
        for union in UNIONS:
            inner = [self._find_property(each, name, known) for each in _branches(schema, union)]
            if any(each is not None for each in inner):
                found.append(self._joined("anyOf", [each for each in inner if each is not None]))
        given = [each for each in found if each is not None]
        return self._joined("allOf", given) if given else None

    def _find_items(self, schema: Any, known: dict[int, Items]) -> Items:
        schema = self.resolved(schema)
        if not isinstance(schema, dict):
            return NO_ITEMS
        if id(schema) not in known:
            known[id(schema)] = NO_ITEMS
            known[id(schema)] = self._described_items(schema, known)
        return known[id(schema)]

    def _described_items(self, schema: dict[str, Any], known: dict[int, Items]) -> Items:
        if "items" in schema or "prefixItems" in schema:
            return schema.get("prefixItems") or [], schema.get("items", True)
        for branch in _branches(schema, "allOf"):
            found = self._find_items(branch, known)
            if found is not NO_ITEMS:
                return found
        rests = [self._find_items(branch, known)[1] for union in UNIONS for branch in _branches(schema, union)]
        given = [each for each in rests if each is not True]
        return ([], self._joined("anyOf", given)) if given else NO_ITEMS

    def _find_branches(self, schema: Any) -> Iterator[Any]:
        schema = self.resolved(schema)
        if isinstance(schema, dict):
            union = next((key for key in UNIONS if _branches(schema, key)), "")
            rest = {key: value for key, value in schema.items() if key not in (union, "discriminator")}
            for branch in _branches(schema, union):
                yield self._joined("allOf", [branch, rest]) if rest else branch

    def _joined(self, keyword: str, schemas: Iterable[Any]) -> Any:
        """Return one schema for several, the same for the same ones, so that a document in circles has few."""
        parts = {id(each): each for each in map(self._bare, schemas)}
        if len(parts) < 2:
            return next(iter(parts.values()), True)
        key = keyword, frozenset(parts)
        kept = self._joins.get(key)
        if kept is None:
            if len(self._joins) >= MOST_KEPT:
                self._joins.clear()
                self._weights.clear()
            weight = sum(self._weights.get(each, 1) for each in parts)
            joined = {keyword: list(parts.values())} if weight <= MOST_JOINED else True
            kept = self._joins[key] = joined, parts  # the parts stay alive, and with them their id()
            self._weights[id(joined)] = weight if joined is not True else 1
        return kept[0]

    def _bare(self, schema: Any) -> Any:
        return self.resolved(schema) if isinstance(schema, dict) and len(schema) == 1 else schema


def _own(schema: dict[str, Any]) -> dict[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _branches(schema: dict[str, Any], keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def _is_open(schema: dict[str, Any]) -> bool:
    return schema.get("additionalProperties") not in (None, False) or _PATTERNS in schema


def _types_of(value: Any) -> frozenset[str]:
    match value:
        case bool():
            return frozenset({"boolean"})
        case int() | float():
            return frozenset({"integer", "number"})
        case str():
            return frozenset({"string"})
        case None:
            return frozenset({"null"})
        case list():
            return frozenset({"array"})
    return frozenset({"object"})
