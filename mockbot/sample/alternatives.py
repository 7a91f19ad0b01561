"""The alternatives of a schema, each as one flat schema: without $ref, allOf, oneOf, anyOf and if."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from mockbot.jsontext import follow
from mockbot.sample.merge import flat, merge

Schema = Any
"""A JSON Schema as a document holds it: an object or a boolean."""
Alternative = tuple[dict[str, Any], Counter[str]]
"""A flat schema, and how often each reference was followed to it."""
_APPLICATORS = {"$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator"}


class Alternatives:
    """Finds the alternatives of the schemas of one document; follows a reference inside itself up to `depth` times."""

    def __init__(self, document: dict[str, Any], depth: int) -> None:
        self._document, self._depth = document, depth
        self.cycle = ""
        """The first reference that was not followed because of `depth`; empty when there is none."""

    def of(self, schema: Schema, opened: Counter[str], tag: str = "") -> Iterator[Alternative]:
        """Yield flat schemas with the counts of references; `tag` is the reference that a discriminator would name."""
        if isinstance(schema, bool):
            if schema:
                yield {}, opened
            return
        own = flat({key: value for key, value in schema.items() if key not in _APPLICATORS})
        parts: list[Callable[[Counter[str]], Iterable[Alternative]]] = []
        if "$ref" in schema:
            parts.append(partial(self._referred, schema["$ref"], tag=tag))
        parts += [partial(self.of, each, tag=tag) for each in schema.get("allOf", ())]
        parts += [partial(self._branches, schema, key) for key in ("oneOf", "anyOf") if key in schema]
        if isinstance(schema.get("not"), dict) and schema["not"].keys() == {"not"}:
            parts.append(partial(self.of, schema["not"]["not"]))
        if "if" in schema:
            then = {"allOf": [schema["if"], schema.get("then", True)]}
            parts.append(partial(self._branches, {"anyOf": [then, schema.get("else", True)]}, "anyOf"))
        if tag and "discriminator" in schema and "oneOf" not in schema and "anyOf" not in schema:
            tagged = merge(own, flat(_tagged(schema["discriminator"], tag)))
            yield from self._combined(tagged, opened, parts)
        yield from self._combined(own, opened, parts)

    def _combined(
        self, own: dict[str, Any], opened: Counter[str], parts: list[Callable[..., Iterable[Any]]]
    ) -> Iterator[Alternative]:
        if not parts:
            yield own, opened
            return
        for plain, seen in parts[0](opened):
            yield from self._combined(merge(own, plain), seen, parts[1:])

    def _referred(self, reference: str, opened: Counter[str], tag: str) -> Iterator[Alternative]:
        if opened[reference] >= self._depth:
            self.cycle = self.cycle or reference
            return
        yield from self.of(at(self._document, reference), opened + Counter([reference]), tag or reference)

    def _branches(self, schema: dict[str, Any], key: str, opened: Counter[str]) -> Iterator[Alternative]:
        discriminator = schema.get("discriminator")
        for branch in schema[key]:
            reference = branch.get("$ref", "") if isinstance(branch, dict) else ""
            both = {"allOf": [branch, _tagged(discriminator, reference)]} if discriminator and reference else branch
            yield from self.of(both, opened, reference)
        if discriminator:  # whose values may be others than the names of schemas, without a mapping that says so
            for branch in schema[key]:
                yield from self.of(branch, opened)


def _tagged(discriminator: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """Return the schema that a discriminator implies for the branch of `reference` (OpenAPI 3.1, 4.8.25)."""
    name = reference.rpartition("/")[2]
    targets = discriminator.get("mapping", {}).items()
    value = next((key for key, target in targets if target in (reference, name)), name)
    label = discriminator["propertyName"]
    return {"properties": {label: {"const": value}}, "required": [label]}


def resolved(document: dict[str, Any], schema: Schema) -> Schema:
    """Return a schema after following its `$ref`, if it has one."""
    for _ in range(100):
        if not (isinstance(schema, dict) and "$ref" in schema):
            return schema
        schema = at(document, schema["$ref"])
    return False


def at(document: dict[str, Any], reference: str) -> Schema:
    """Return the target of a local reference, or the schema False, which nothing fits, if there is none."""
    try:
        return follow(document, reference)
    except LookupError:
        return False
