"""The operations of the contract, and the lookup of the operation that a request means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from starlette.types import Scope

from mockbot.dataclass import dataclass
from mockbot.openapi.document import Document
from mockbot.openapi.keywords import is_method
from mockbot.openapi.servers import base_paths
from mockbot.openapi.template import Template, Templates

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")


@dataclass(frozen=True, slots=True)
class Operation:
    """A path and a method of the effective contract."""

    name: str
    """Its name in handlers, the journal and reports, such as `POST /api/v1/chat`."""
    method: str
    """In capitals."""
    path: str
    """The path as in the document: `/api/v1/chat`, `/things/{id}`."""
    operation_id: str
    """The document's operationId, or the empty string."""
    media_types: tuple[str, ...]
    """The media types of its request body, in the document's order; empty when it has none."""
    definition: Mapping[str, Any] = field(repr=False, compare=False)
    """The OpenAPI operation object: examples, schemas, responses."""

    def describes(self, status: int) -> bool:
        """Return whether the operation describes that status, directly, by a range or by `default`."""
        return not {str(status), f"{status // 100}XX", "default"}.isdisjoint(self.definition.get("responses", {}))


@dataclass(frozen=True, slots=True)
class Route:
    """The result of looking up a method and a path."""

    operation: Operation | None
    """None when the path is unknown or does not have the method."""
    allow: tuple[str, ...]
    """The methods of that path, empty when the path is unknown."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The values of a templated path's parameters, by name."""
    others: tuple[Operation, ...] = ()
    """Operations of the same path and method, whose paths in the document differ in what follows `#` only."""
    best: tuple[str, ...] = ()
    """Without an operation, the methods of the path in the document that has the most text."""


class Operations:
    """All operations of a document."""

    by_name: Mapping[str, Operation]
    """By `Operation.name`, in the document's order."""

    def __init__(self, document: Document, *, keep_slashes: bool = False) -> None:
        """Index a document; with `keep_slashes`, an escaped slash (`%2F`) belongs to a segment and does not end it."""
        self.by_name = {}
        self._keep_slashes = keep_slashes
        self._templates: Templates[_Methods] = Templates()
        self._known: dict[tuple[str, str], Route] = {}
        """The routes of paths without parameters that were looked up: as many as the document has."""
        root = document.effective.get("servers")
        shared = base_paths(root)
        for path, item in document.effective.get("paths", {}).items():
            methods = {name: _operation(name, path, value, document) for name, value in _operations(item)}
            self.by_name.update({operation.name: operation for operation in methods.values()})
            bases: dict[str, dict[str, Operation]] = {"": methods}
            for name, operation in methods.items():
                own = operation.definition.get("servers"), item.get("servers")
                for base in base_paths(*own, root) if any(own) else shared:
                    bases.setdefault(base, {}).setdefault(name, operation)
            self._add(path, bases)

    def _add(self, path: str, bases: Mapping[str, dict[str, Operation]]) -> None:
        """Add a path under each of its base paths; in it, `#` begins what is never sent, and `?` begins a query."""
        whole = path if path.startswith("/") else f"/{path}"
        sent, _, fragment = whole.partition("#")
        plain, _, query = sent.partition("?")
        for number, (base, methods) in enumerate(bases.items()):
            value = _Methods(methods, tuple(parse_qsl(query, keep_blank_values=True)) if query else (), fragment)
            self._templates.add(Template.of(base + plain, value, 2 * number + bool(fragment)))
            if fragment:
                self._templates.add(Template.of(base + whole, _Methods(methods, ()), 2 * number))

    def route(self, scope: Scope, method: str | None = None) -> Route:
        """Look up the operation of a request, or that of its path with another `method`."""
        method, path = method or scope["method"], scope["path"]
        known = self._known.get((method, path))
        if known is not None and b"%" not in scope.get("raw_path", b"%"):
            return known
        return self.find(method, path, _sent(scope), scope["query_string"])

    def find(self, method: str, path: str, raw: bytes = b"", query: bytes = b"") -> Route:
        """Look up a method and a path, decoded and without its query; templates with more text take precedence.

        `raw` is the end of the target as it was sent, in which an escaped slash can be seen. A path with a query of its
        own takes precedence where the request's `query` has all of it.
        """
        segments = _segments(raw) if raw and self._keep_slashes else path.split("/")
        found = self._templates.matching(segments)
        if any(template.value.query for template, _ in found):
            sent = set(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
            found = [each for each in found if sent.issuperset(each[0].value.query)]
            found.sort(key=lambda each: not each[0].value.query)
        for template, parameters in found:
            operation = template.value.methods.get(method)
            if operation is not None:
                others = [
                    each.value.methods[method]
                    for each, same in found
                    if each is not template and same == parameters and method in each.value.methods
                    if each.value.fragment != template.value.fragment
                ]
                route = Route(operation, tuple(template.value.methods), parameters, tuple(others))
                if not parameters and not any(each.value.query for each, _ in found):
                    self._known[method, path] = route
                return route
        allow = dict.fromkeys(name for template, _ in found for name in template.value.methods)
        best = tuple(found[0][0].value.methods) if found else ()
        return Route(None, tuple(allow), found[0][1] if found else {}, best=best)


@dataclass(frozen=True, slots=True)
class _Methods:
    methods: dict[str, Operation]
    query: tuple[tuple[str, str], ...]
    fragment: str = ""


def _sent(scope: Scope) -> bytes:
    """Return the path of a request as it was sent, without the prefix of a world; empty where it is not known."""
    raw: bytes = scope.get("raw_path") or b""
    if not raw.startswith(b"/"):
        return b""
    skipped = scope.get("root_path", "").count("/") if raw.startswith(b"/w/") else 0
    rest = raw.split(b"/", skipped + 1)
    sent = b"/" + rest[-1]
    return sent if len(rest) == skipped + 2 and unquote(sent.decode("latin-1")) == scope["path"] else b""


def _segments(raw: bytes) -> list[str]:
    path = raw.partition(b"?")[0]
    return [unquote_to_bytes(each).decode("utf-8", "replace") for each in path.split(b"/")]


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the methods of a path, those of OpenAPI in the document's order and then others, and their operations."""
    known = [name for name in item if name.upper() in METHODS and name.islower()]
    for name in (*known, *(name for name in item if is_method(name) and name not in known)):
        if isinstance(item[name], Mapping):
            yield name.upper(), item[name]


def _operation(method: str, path: str, definition: Mapping[str, Any], document: Document) -> Operation:
    body = document.resolved(definition.get("requestBody", {}))
    name, operation_id = f"{method} {path}", definition.get("operationId", "")
    return Operation(name, method, path, operation_id, tuple(body.get("content", ())), definition)
