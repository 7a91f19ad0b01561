"""The ways to satisfy a schema, each as one flat schema: without $ref, allOf, oneOf, anyOf and if."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from mockbot.jsontext import follow
from mockbot.sample.merge import flat, merge

Schema = Any
"""A JSON Schema as a document holds it: an object or a boolean."""
Way = tuple[dict[str, Any], Counter[str]]
"""A flat schema, and how often each reference was followed to get there."""
_APPLICATORS = {"$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator"}


class Ways:
    """Finds them for the schemas of one document; a reference is followed so often in itself, no deeper."""

    def __init__(self, document: dict[str, Any], depth: int) -> None:
        self._document, self._depth = document, depth
        self.cycle = ""
        """Which reference first had to be cut."""

    def of(self, schema: Schema, opened: Counter[str], tag: str = "") -> Iterator[Way]:
        """Yield flat schemas with the references opened for them; `tag`: the name a discriminator would have here."""
        if isinstance(schema, bool):
            if schema:
                yield {}, opened
            return
        own = flat({key: value for key, value in schema.items() if key not in _APPLICATORS})
        ways: list[Callable[[Counter[str]], Iterable[Way]]] = []
        if "$ref" in schema:
            ways.append(partial(self._referred, schema["$ref"], tag=tag))
        ways += [partial(self.of, each, tag=tag) for each in schema.get("allOf", ())]
        ways += [partial(self._branches, schema, key) for key in ("oneOf", "anyOf") if key in schema]
        if isinstance(schema.get("not"), dict) and schema["not"].keys() == {"not"}:
            ways.append(partial(self.of, schema["not"]["not"]))
        if "if" in schema:
            then = {"allOf": [schema["if"], schema.get("then", True)]}
            ways.append(partial(self._branches, {"anyOf": [then, schema.get("else", True)]}, "anyOf"))
        if tag and "discriminator" in schema and "oneOf" not in schema and "anyOf" not in schema:
            tagged = merge(own, flat(_tagged(schema["discriminator"], tag)))
            yield from self._combined(tagged, opened, ways)
        yield from self._combined(own, opened, ways)

    def _combined(
        self, own: dict[str, Any], opened: Counter[str], ways: list[Callable[..., Iterable[Any]]]
    ) -> Iterator[Way]:
        if not ways:
            yield own, opened
            return
        for plain, seen in ways[0](opened):
            yield from self._combined(merge(own, plain), seen, ways[1:])

    def _referred(self, reference: str, opened: Counter[str], tag: str) -> Iterator[Way]:
        if opened[reference] >= self._depth:
            self.cycle = self.cycle or reference
            return
        yield from self.of(at(self._document, reference), opened + Counter([reference]), tag or reference)

    def _branches(self, schema: dict[str, Any], key: str, opened: Counter[str]) -> Iterator[Way]:
        discriminator = schema.get("discriminator")
        for branch in schema[key]:
            reference = branch.get("$ref", "") if isinstance(branch, dict) else ""
            both = {"allOf": [branch, _tagged(discriminator, reference)]} if discriminator and reference else branch
            yield from self.of(both, opened, reference)


def _tagged(discriminator: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """Return what the property that tells branches apart must be in the branch of `reference` (OpenAPI 3.1, 4.8.25)."""
    name = reference.rpartition("/")[2]
    targets = discriminator.get("mapping", {}).items()
    value = next((key for key, target in targets if target in (reference, name)), name)
    label = discriminator["propertyName"]
    return {"properties": {label: {"const": value}}, "required": [label]}


def resolved(document: dict[str, Any], schema: Schema) -> Schema:
    """Return what a schema is, or what its `$ref` finally leads to."""
    for _ in range(100):
        if not (isinstance(schema, dict) and "$ref" in schema):
            return schema
        schema = at(document, schema["$ref"])
    return False


def at(document: dict[str, Any], reference: str) -> Schema:
    """Return what a local reference leads to, False (which nothing fits) when nowhere."""
    try:
        return follow(document, reference)
    except LookupError:
        return False
