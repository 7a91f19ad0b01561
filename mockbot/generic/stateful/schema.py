"""What a document says about rows: the schemas of bodies, their properties, and where in a body the rows are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.openapi.servers import base_paths

DEPTH = 8
"""How many references and parts of a schema are followed inside each other."""
LISTS = ("data", "items", "results", "records", "rows", "values", "content", "entries", "list")
"""Names of the property that has the rows, in a list with several arrays."""

ENVELOPES = ("data", "result", "item")
"""Names of the property that has the row or the rows, where the document does not say what is in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A documented response."""

    status: int
    media_type: str
    """Empty if the response has no body."""
    schema: Any
    headers: Mapping[str, Any]
    """The headers, as the document describes them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a body the row or the rows are: in the property `within`, or the whole body if that is None."""

    schema: Any
    """The schema of one row."""
    within: str | None = None


class Schemas:
    """Reads the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def flat(self, schema: Any, depth: int = DEPTH, seen: dict[int, int] | None = None) -> Iterator[dict[str, Any]]:
        """Yield a schema and the parts that it consists of: targets of references, `allOf`, `anyOf` and `oneOf`."""
        schema = self.document.resolved(schema)
        seen = {} if seen is None else seen
        if not isinstance(schema, dict) or seen.get(id(schema), 0) >= depth:
            return
        seen[id(schema)] = depth
        yield schema
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(keyword) or ():
                yield from self.flat(part, depth - 1, seen)

    def properties(self, schema: Any) -> dict[str, Any]:
        """Return the properties of a schema, those of all alternatives included."""
        found: dict[str, Any] = {}
        for part in self.flat(schema):
            for name, each in (part.get("properties") or {}).items():
                found.setdefault(name, each)
        return found

    def required(self, schema: Any) -> list[str]:
        """Return the properties that every value must have, apart from those of alternatives."""
        schema = self.document.resolved(schema)
        if not isinstance(schema, dict):
            return []
        parts = [self.document.resolved(each) for each in schema.get("allOf") or ()]
        return [name for part in (schema, *parts) if isinstance(part, dict) for name in part.get("required") or ()]

    def keyword(self, schema: Any, name: str) -> Any:
        """Return the first value of a keyword in a schema and its parts, or None."""
        return next((part[name] for part in self.flat(schema) if name in part), None)

    def kinds(self, schema: Any) -> set[str]:
        """Return the types that a schema names."""
        found: set[str] = set()
        for part in self.flat(schema):
            given = part.get("type", ())
            found |= {given} if isinstance(given, str) else set(given)
        return found

    def typed(self, schema: Any) -> bool:
        """Return whether a schema says which type or which values it has."""
        return bool(self.kinds(schema)) or any(self.keyword(schema, each) is not None for each in ("enum", "const"))

    def is_object(self, schema: Any) -> bool:
        """Return whether the values of a schema are objects with known or unknown properties."""
        return "object" in self.kinds(schema) or bool(self.properties(schema))

    def items(self, schema: Any) -> Any:
        """Return the schema of the items of an array of objects, or None."""
        items = self.keyword(schema, "items")
        return items if items is not None and self.is_object(items) else None

    def row(self, schema: Any, key: str | None) -> Place | None:
        """Return where the row is in a body: the whole, or its only object if that has the `key` and the whole not."""
        if not self.is_object(schema):
            return None
        properties = self.properties(schema)
        if key is not None and key in properties:
            return Place(schema)
        inside = [name for name, each in properties.items() if self.is_object(each) and key in self.properties(each)]
        inside = inside or [name for name in ENVELOPES if name in properties and self.free(properties[name], "object")]
        return Place(properties[inside[0]], inside[0]) if key is not None and len(inside) == 1 else Place(schema)

    def free(self, schema: Any, kind: str) -> bool:
        """Return whether a value of that type fits a schema which says nothing of its parts."""
        kinds = self.kinds(schema)
        known = self.properties(schema) or self.keyword(schema, "items") or self.keyword(schema, "enum")
        return not known and (kind in kinds or not kinds) and self.keyword(schema, "const") is None

    def rows(self, schema: Any) -> Place | None:
        """Return where the rows are in a list: the whole body, or an array in it; None if there is none."""
        if (items := self.items(schema)) is not None:
            return Place(items)
        properties = self.properties(schema)
        arrays = {name: items for name, each in properties.items() if (items := self.items(each))}
        if len(arrays) > 1:
            arrays = {name: arrays[name] for name in LISTS if name in arrays}
        elif not arrays:
            arrays = {name: {} for name in ENVELOPES if name in properties and self.free(properties[name], "array")}
        return next((Place(items, name) for name, items in arrays.items()), None)

    def request(self, operation: Operation) -> Any:
        """Return the schema of a request's body, that of JSON if there is one; None if there is no body."""
        content = self.document.resolved(operation.definition.get("requestBody") or {}).get("content") or {}
        name = next((each for each in content if is_json(each)), next(iter(content), None))
        return None if name is None else self.document.resolved(content[name]).get("schema", {})

    def answer(self, operation: Operation, usual: int) -> Answer | None:
        """Return the documented success: the status `usual`, else the first 2xx, else `usual` for `2XX` or `default`.

        None if it has a body that is not JSON, or if there is no success.
        """
        responses = operation.definition.get("responses") or {}
        exact = [code for code in sorted(responses) if re.fullmatch("2[0-9][0-9]", code)]
        code = str(usual) if str(usual) in exact else next(iter([*exact, *({"2XX", "default"} & responses.keys())]), "")
        return self.described(responses[code], int(code) if code.isdecimal() else usual) if code else None

    def described(self, reference: Any, status: int) -> Answer | None:
        """Return a response with its first JSON media type; None if it has only others."""
        response = self.document.resolved(reference)
        content, headers = response.get("content") or {}, response.get("headers") or {}
        if not content:
            return Answer(status, "", None, headers)
        name = next((each for each in content if is_json(each)), None)
        if name is None:
            return None
        media_type = "application/json" if "*" in name else name
        return Answer(status, media_type, self.document.resolved(content[name]).get("schema", {}), headers)

    def silent(self, operation: Operation) -> bool:
        """Return whether the document says nothing of an operation's success."""
        responses = operation.definition.get("responses") or {}
        return not any(code[:1] in ("2", "3", "d") for code in responses)

    def bases(self, operation: Operation) -> tuple[str, ...]:
        """Return the base paths under which an operation is."""
        item = self.document.resolved(self.document.effective["paths"].get(operation.path) or {})
        root = self.document.effective.get("servers")
        return base_paths(operation.definition.get("servers"), item.get("servers"), root)

    def query(self, operation: Operation) -> dict[str, Any]:
        """Return the schemas of an operation's query parameters, by name."""
        return self.parameters(operation, "query")

    def parameters(self, operation: Operation, where: str) -> dict[str, Any]:
        """Return the schemas of an operation's parameters in `where`, by name."""
        item = self.document.resolved(self.document.effective["paths"].get(operation.path) or {})
        given = [*(item.get("parameters") or ()), *(operation.definition.get("parameters") or ())]
        parameters = (self.document.resolved(each) for each in given)
        return {each["name"]: each.get("schema") or {} for each in parameters if each.get("in") == where}


def is_json(media_type: str) -> bool:
    """Return whether bodies of a media type, or of a range, can be JSON."""
    name = media_type.partition(";")[0].strip().lower()
    return name in ("application/json", "*/*", "application/*") or name.endswith("+json")


def plain(name: str) -> str:
    """Return a name in lower case without separators: `petId`, `pet_id` and `pet-id` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
