"""The alternatives of a schema, each as one flat schema: without $ref, allOf, oneOf, anyOf and if."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

from mockbot.jsontext import follow
from mockbot.sample.merge import flat, merge

Schema = Any
"""A JSON Schema as a document holds it: an object or a boolean."""
Alternative = tuple[dict[str, Any], Counter[str]]
"""A flat schema, and how often each reference was followed to it."""
Here = frozenset[str]
"""The references that were followed for the same value."""
_APPLICATORS = {"$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator", "dependentSchemas"}
_ANNOTATIONS = {"title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly"}
MOST = 20_000
"""How many alternatives one search looks at."""


class TooManyAlternatives(Exception):
    """Raised when a search has looked at `MOST` alternatives."""


class Alternatives:
    """Finds the alternatives of the schemas of one document; follows a reference inside itself up to `depth` times."""

    def __init__(self, document: dict[str, Any], depth: int) -> None:
        self._document, self._depth, self._left = document, depth, MOST
        self.cycle = ""
        """The first reference that was not followed because of `depth`; empty when there is none."""
        self.contradiction = ""
        """Why nothing can fit the last `oneOf` with two equal branches; empty when there is none."""

    def of(
        self, schema: Schema, opened: Counter[str], tag: str = "", here: Here = frozenset()
    ) -> Iterator[Alternative]:
        """Yield flat schemas with the counts of references; `tag` is the reference that a discriminator would name.

        A reference that is already `here` says nothing more of the value.
        """
        self._left -= 1
        if self._left < 0:
            raise TooManyAlternatives
        if not isinstance(schema, dict):
            if schema is not False:
                yield {}, opened
            return
        own = flat({key: value for key, value in schema.items() if key not in _APPLICATORS})
        parts: list[Callable[[Counter[str]], Iterable[Alternative]]] = []
        if "$ref" in schema:
            parts.append(partial(self._referred, schema["$ref"], tag=tag, here=here))
        parts += [partial(self.of, each, tag=tag, here=here) for each in schema.get("allOf", ())]
        parts += [partial(self._branches, schema, key, here=here) for key in ("oneOf", "anyOf") if key in schema]
        if isinstance(schema.get("not"), dict):
            parts.append(partial(self._excluding, schema["not"], here=here))
        parts += [
            partial(
                self._branches,
                {"anyOf": [{"properties": {name: False}}, {"required": [name], "allOf": [each]}]},
                "anyOf",
                here=here,
            )
            for name, each in schema.get("dependentSchemas", {}).items()
        ]
        if "if" in schema:
            then = {"allOf": [schema["if"], schema.get("then", True)]}
            parts.append(partial(self._branches, {"anyOf": [then, schema.get("else", True)]}, "anyOf", here=here))
        if tag and "discriminator" in schema and "oneOf" not in schema and "anyOf" not in schema:
            tagged = merge(own, flat(_tagged(schema["discriminator"], tag)))
            yield from self._combined(tagged, opened, parts)
        yield from self._combined(own, opened, parts)

    def _combined(
        self, own: dict[str, Any], opened: Counter[str], parts: list[Callable[..., Iterable[Any]]]
    ) -> Iterator[Alternative]:
        if own.get("type") == []:  # nothing fits, whatever the other parts say
            return
        if not parts:
            yield own, opened
            return
        for plain, seen in parts[0](opened):
            for rest, also_seen in self._combined(merge(own, plain), opened, parts[1:]):
                yield rest, seen | also_seen

    def _referred(self, reference: str, opened: Counter[str], tag: str, here: Here) -> Iterator[Alternative]:
        if reference in here:
            yield {}, opened
            return
        if opened[reference] >= self._depth:
            self.cycle = self.cycle or reference
            return
        yield from self.of(
            at(self._document, reference), opened + Counter([reference]), tag or reference, here | {reference}
        )

    def _branches(self, schema: dict[str, Any], key: str, opened: Counter[str], here: Here) -> Iterator[Alternative]:
        discriminator = schema.get("discriminator")
        branches = schema[key]
        for branch in branches:
            reference = branch.get("$ref", "") if isinstance(branch, dict) else ""
            if discriminator and reference and self._takes(branch, tagged := _tagged(discriminator, reference)):
                yield from self.of({"allOf": [branch, tagged]}, opened, reference, here)
        for branch in branches:
            yield from self.of(branch, opened, branch.get("$ref", "") if isinstance(branch, dict) else "", here)
        if key == "oneOf" and len(branches) > 1:
            yield from self._exactly_one(branches, opened, here)

    def _exactly_one(self, branches: Sequence[Schema], opened: Counter[str], here: Here) -> Iterator[Alternative]:
        """Yield flat schemas for what fits one branch and, by intention, no other."""
        bare = [_bare(resolved(self._document, branch)) for branch in branches]
        twice = next((branches[place] for place, each in enumerate(bare) if each in bare[:place]), None)
        if twice is not None:
            self.contradiction = f"a oneOf has the same branch twice, so nothing fits one only: {twice}"[:200]
        for index, branch in enumerate(branches):
            known = frozenset(name for part in parts(self._document, branch) for name in part.get("properties", ()))
            others = [each for place, each in enumerate(branches) if place != index]
            both: list[Callable[[Counter[str]], Iterable[Alternative]]] = [partial(self.of, branch, here=here)]
            both += (partial(self._excluding, each, here=here, known=known) for each in others)
            yield from self._combined({}, opened, both)

    def _takes(self, branch: Schema, tagged: dict[str, Any], depth: int = 5) -> bool:
        """Return whether a branch allows its name as the value of the discriminator; some documents say otherwise."""
        whole = resolved(self._document, branch)
        if not isinstance(whole, dict) or not depth:
            return True
        ((label, wanted),) = tagged["properties"].items()
        own = resolved(self._document, whole.get("properties", {}).get(label, True))
        allowed = own.get("enum", [own["const"]] if "const" in own else None) if isinstance(own, dict) else None
        if isinstance(allowed, list) and wanted["const"] not in allowed:
            return False
        return all(self._takes(each, tagged, depth - 1) for each in whole.get("allOf", ()))

    def _excluding(
        self, schema: Schema, opened: Counter[str], here: Here, known: frozenset[str] | None = None
    ) -> Iterator[Alternative]:
        """Yield flat schemas whose values probably do not fit `schema`.

        One of them allows everything, because some keywords have no opposite here. It is the first, or the last where
        the names of the properties beside `schema` are `known`: then other properties are the first to be wrong.
        """
        whole = resolved(self._document, schema)
        opposites = [*_opposites(whole)]
        if known is not None:
            opposites.sort(key=lambda each: not known.isdisjoint(each.get("properties", ())))
        anything: list[Schema] = [] if isinstance(whole, dict) and _bare(whole).keys() == {"type"} else [{}]
        for each in (*opposites, *anything) if known is not None else (*anything, *opposites):
            yield from self.of(each, opened, here=here)


def _bare(schema: Schema) -> Schema:
    """Return a schema without its annotations, which do not change what fits it."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(each) for name, each in value.items()}
        if key == "properties" and isinstance(value, dict)
        else value
        if key in ("enum", "const")
        else _bare(value)
        for key, value in schema.items()
        if key not in _ANNOTATIONS
    }


def _opposites(schema: Schema) -> Iterator[dict[str, Any]]:
    """Yield schemas, each of which is violated by what violates one keyword of `schema`."""
    if not isinstance(schema, dict):
        return
    if "not" in schema:
        yield {"allOf": [schema["not"]]}
    for name in schema.get("required", ()):
        yield {"type": "object", "properties": {name: False}}
    for name, each in schema.get("properties", {}).items():
        yield {"type": "object", "properties": {name: {"not": each}}, "required": [name]}
    if schema.get("additionalProperties") is False:
        name = next(f"property{n}" for n in count(1) if f"property{n}" not in schema.get("properties", {}))
        yield {"type": "object", "required": [name]}
    for each in schema.get("allOf", ()):
        yield {"not": each}
    for key in ("anyOf", "oneOf"):
        if key in schema:
            yield {"allOf": [{"not": each} for each in schema[key]]}
    if "items" in schema:
        yield {"type": "array", "minItems": 1, "items": {"not": schema["items"]}}
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        others = ("object", "array", "string", "integer", "number", "boolean", "null")
        excluded = {*types, "integer"} if "number" in types else {*types}
        yield {"type": [kind for kind in others if kind not in excluded]}


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


def parts(document: dict[str, Any], schema: Schema, depth: int = 8) -> Iterator[dict[str, Any]]:
    """Yield a schema and those of its `allOf`, however deep, all of which a value must fit."""
    whole = resolved(document, schema)
    if isinstance(whole, dict) and depth:
        yield whole
        for each in whole.get("allOf", ()):
            yield from parts(document, each, depth - 1)


def at(document: dict[str, Any], reference: str) -> Schema:
    """Return the target of a local reference, or the schema False, which nothing fits, if there is none."""
    try:
        return follow(document, reference)
    except LookupError:
        return False
