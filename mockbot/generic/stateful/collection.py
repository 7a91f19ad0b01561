"""The collections of a document: paths of the form `/pets` and `/pets/{id}`, and what their operations do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.generic.stateful.schema import Schemas, plain
from mockbot.openapi.operations import Operation, Operations
from mockbot.wording import near
from mockbot.world.blueprint import Mistake
from mockbot.world.rows import Resource

Act: TypeAlias = Literal["list", "create", "read", "replace", "merge", "delete"]
ITEM_ACTS: Mapping[str, Act] = {
    "GET": "read",
    "HEAD": "read",
    "PUT": "replace",
    "PATCH": "merge",
    "POST": "merge",
    "DELETE": "delete",
}
LIST_ACTS: Mapping[str, Act] = {"GET": "list", "HEAD": "list", "POST": "create", "PUT": "replace", "PATCH": "merge"}
KEYS = ("id", "uuid", "_id", "guid", "key", "slug", "code", "name", "username", "number")
"""Usual names of a property that identifies a row, in the order in which they are tried."""
PARAMETER = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True, slots=True)
class Role:
    """What an operation does with the rows of a collection."""

    act: Act
    resource: Resource
    operation: Operation
    owners: tuple[tuple[str, str], ...] = ()
    """For each path parameter that is not the key: its name, and the property of a row that has its value."""
    parameter: str | None = None
    """The path parameter that has the key; None if the path is that of the collection."""


class Collections:
    """Finds the collections of a document."""

    def __init__(self, operations: Operations, schemas: Schemas) -> None:
        self.schemas = schemas
        self._operations = operations
        self._paths: dict[str, dict[str, Operation]] = {}
        for each in operations.by_name.values():
            self._paths.setdefault(each.path, {})[each.method] = each
        self._shapes: dict[str, str] = {}
        for path in self._paths:
            self._shapes.setdefault(_shape(path), path)

    def inferred(self) -> Iterator[Resource]:
        """Yield the collections in which rows can be created: with POST, or with PUT on a row."""
        names: set[str] = set()
        for path, methods in self._paths.items():
            item = self._item(path)
            if item is None or not {"GET", "PUT", "PATCH", "DELETE"} & self._paths[item].keys():
                continue
            creates = "POST" in methods and self._creates(methods["POST"])
            puts = self._paths[item].get("PUT")
            upserts = puts is not None and "201" in (puts.definition.get("responses") or {})
            resource = self._resource(path, path, item, None)
            if (creates or upserts) and self._has_rows(resource):
                name = _last(path)
                while name in names:
                    name = f"{name}_"
                names.add(name)
                yield self._resource(name, path, item, resource.key)

    def resource(self, name: str, path: str | None, item: str | None, key: str | None) -> Resource:
        """Return the collection that a fixture names; raise Mistake if the document has no such paths."""
        if path is None:
            ends = [each for each in self._paths if _last(each) == name and self._item(each) is not None]
            if len(ends) != 1:
                found = f"the paths {' and '.join(ends)} end" if ends else "no path with an item path ends"
                raise Mistake("", f"{found} with /{name}; say which one with `path`")
            path = ends[0]
        if path not in self._paths:
            raise Mistake("/path", f"the document has no path {path}; {near(path, self._paths)}")
        item = item or self._item(path)
        if item is None:
            raise Mistake("/path", f"the document has no path {path}/{{...}} for one row; say which one with `item`")
        if item not in self._paths:
            raise Mistake("/item", f"the document has no path {item}; {near(item, self._paths)}")
        if not (PARAMETER.search(item.rpartition("/")[2]) and len(PARAMETER.findall(item)) > len(_names(path))):
            raise Mistake("/item", f"{item} must have the parameters of {path} and, at its end, one for the key")
        return self._resource(name, path, item, key)

    def roles(self, resources: Iterable[Resource]) -> dict[str, Role]:
        """Return what each operation does, by its name."""
        known = list(resources)
        found: dict[str, Role] = {}
        for resource in known:
            for role in (*self._views(resource, known), *self._own(resource)):
                found[role.operation.name] = role
        return found

    def schema(self, resource: Resource) -> Any:
        """Return the schema of a row: that of a read, else of a list, else of what creates it."""
        paths, key = self._paths, resource.key or None
        for path, methods in ((resource.item, ("GET", "PUT", "PATCH")), (resource.path, ("POST", "PUT", "GET"))):
            for method in methods:
                operation = paths[path].get(method)
                answer = operation and self.schemas.answer(operation, 201 if method == "POST" else 200)
                if operation is None or not answer or answer.schema is None:
                    continue
                listed = self.schemas.rows(answer.schema) if (path, method) == (resource.path, "GET") else None
                place = listed or self.schemas.row(answer.schema, key)
                if place is not None and not self.schemas.free(place.schema, "object"):
                    return place.schema
        requested = self._requested(resource)
        return {"type": "object"} if requested is None else requested

    def parameter(self, resource: Resource) -> Any:
        """Return the schema of the path parameter that has the key of a row."""
        operation, name = next(iter(self._paths[resource.item].values())), _names(resource.item)[-1]
        return self.schemas.parameters(operation, "path").get(name, {})

    def requests(self, resource: Resource) -> Iterator[Any]:
        """Yield the schemas of the requests that have a row."""
        for operation in (*self._paths[resource.path].values(), *self._paths[resource.item].values()):
            if (schema := self.schemas.request(operation)) is not None:
                yield schema
                if len(properties := self.schemas.properties(schema)) == 1:
                    yield from properties.values()

    def _requested(self, resource: Resource) -> Any:
        for operation in (*self._paths[resource.path].values(), *self._paths[resource.item].values()):
            schema = self.schemas.request(operation)
            if schema is not None and (place := self.schemas.row(schema, resource.key or None)) is not None:
                return place.schema
        return None

    def _resource(self, name: str, path: str, item: str, key: str | None) -> Resource:
        parameter = _names(item)[-1]
        if key is None:
            bare = Resource(name, path, item, "")
            key = self._key(self.schema(bare), parameter) or self._wrapped(path, item)
            key = key or self._key(self._requested(bare), parameter)
        bare = Resource(name, path, item, key or "id")
        return Resource(name, path, item, bare.key, self._owners(self.schema(bare), _names(item)[:-1]))

    def _wrapped(self, path: str, item: str) -> str | None:
        """Return the key of rows that are inside another object in each response."""
        parameter = _names(item)[-1]
        schema = self.schema(Resource("", path, item, ""))
        for each in self.schemas.properties(schema).values():
            if self.schemas.is_object(each) and (key := self._key(each, parameter)):
                return key
        return None

    def _key(self, schema: Any, parameter: str) -> str | None:
        """Return the property that a path parameter is for: the same name, or a usual one that the name ends with."""
        names, wanted = list(self.schemas.properties(schema)), plain(parameter)
        same = [name for name in names if plain(name) == wanted]
        ends = [name for key in KEYS for name in names if name == key and wanted.endswith(plain(key))]
        usual = [name for name in names if name in ("id", "uuid", "_id")]
        return next(iter([*same, *ends, *usual]), None)

    def _owners(self, schema: Any, parameters: Iterable[str]) -> tuple[tuple[str, str], ...]:
        names = {plain(name): name for name in self.schemas.properties(schema)}
        return tuple((each, names.get(plain(each), each)) for each in parameters)

    def _own(self, resource: Resource) -> Iterator[Role]:
        owners, parameters = [name for _, name in resource.parents], _names(resource.item)
        for method, operation in self._paths[resource.path].items():
            act = LIST_ACTS.get(method)
            if act is not None and (act not in ("replace", "merge") or self._has_key(operation, resource)):
                yield Role(act, resource, operation, tuple(zip(_names(resource.path), owners, strict=False)))
        item = self._paths[resource.item]
        for method, operation in item.items():
            if method in ITEM_ACTS and not (method == "POST" and "PATCH" in item):
                pairs = tuple(zip(parameters[:-1], owners, strict=False))
                yield Role(ITEM_ACTS[method], resource, operation, pairs, parameters[-1])

    def _views(self, resource: Resource, known: list[Resource]) -> Iterator[Role]:
        """Yield lists of the same rows at other paths: `/pets/findByStatus`, `/owners/{ownerId}/pets`."""
        schema = self.schema(resource)
        items = {each.item for each in known}
        same = [each for each in known if _last(each.path) == _last(resource.path) and each.name != resource.name]
        for path, methods in self._paths.items():
            names, listed = _names(path), methods.get("GET")
            if path in (resource.path, resource.item) or listed is None or self._item(path) in items:
                continue
            below = not names and path.rpartition("/")[0] == resource.path.rstrip("/")
            nested = bool(names) and not resource.parents and _last(path) == _last(resource.path) and not same
            if not (below or nested):
                continue
            owners = self._owners(schema, names)
            nested = nested and all(name in self.schemas.properties(schema) for _, name in owners)
            if not (below or nested) or not self._lists(listed, schema):
                continue
            yield Role("list", resource, listed, owners)
            if nested and "POST" in methods:
                yield Role("create", resource, methods["POST"], owners)

    def _lists(self, operation: Operation, schema: Any) -> bool:
        """Return whether the rows that an operation lists have that schema."""
        answer = self.schemas.answer(operation, 200)
        place = self.schemas.rows(answer.schema) if answer and answer.schema is not None else None
        return place is not None and self._alike(place.schema, schema)

    def _alike(self, left: Any, right: Any) -> bool:
        return bool(self.schemas.document.resolved(left) == self.schemas.document.resolved(right))

    def _has_key(self, operation: Operation, resource: Resource) -> bool:
        schema = self.schemas.request(operation)
        return schema is not None and resource.key in self.schemas.properties(schema)

    def _creates(self, operation: Operation) -> bool:
        schema = self.schemas.request(operation)
        return schema is not None and self.schemas.is_object(schema)

    def _has_rows(self, resource: Resource) -> bool:
        return self.schemas.is_object(self.schema(resource))

    def _item(self, path: str) -> str | None:
        """Return the path of one row of the collection at `path`."""
        return self._shapes.get(f"{_shape(path)}/{{}}")


def _shape(path: str) -> str:
    """Return a path without the names of its parameters."""
    return PARAMETER.sub("{}", path.rstrip("/"))


def _names(path: str) -> list[str]:
    return PARAMETER.findall(path)


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
