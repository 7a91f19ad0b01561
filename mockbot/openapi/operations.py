"""The operations of the contract, and the lookup of the operation that a request means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbot.openapi.document import Document

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")


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


class Operations:
    """All operations of a document."""

    by_name: Mapping[str, Operation]
    """By `Operation.name`, in the document's order."""

    def __init__(self, document: Document) -> None:
        self.by_name = {}
        self._literal: dict[str, dict[str, Operation]] = {}
        self._templates: list[tuple[re.Pattern[str], tuple[str, ...], dict[str, Operation]]] = []
        for path, item in document.effective.get("paths", {}).items():
            methods = {m: _operation(m, path, item[m.lower()], document) for m in METHODS if m.lower() in item}
            self.by_name.update({operation.name: operation for operation in methods.values()})
            if "{" in path:
                self._templates.append((*_pattern(path), methods))
            else:
                self._literal[path] = methods
        self._templates.sort(key=lambda template: template[0].groups)

    def find(self, method: str, path: str) -> Route:
        """Look up `method` (in capitals) and `path` (decoded, without query); fewer path parameters take precedence."""
        methods = self._literal.get(path)
        if methods is not None:
            return Route(methods.get(method), tuple(methods))
        for pattern, names, methods in self._templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return Route(methods.get(method), tuple(methods), dict(zip(names, match.groups(), strict=True)))
        return Route(None, ())


def _operation(method: str, path: str, definition: Mapping[str, Any], document: Document) -> Operation:
    body = document.resolved(definition.get("requestBody", {}))
    name, operation_id = f"{method} {path}", definition.get("operationId", "")
    return Operation(name, method, path, operation_id, tuple(body.get("content", ())), definition)


def _pattern(path: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return a pattern for `/things/{id}` and the names of its groups; a parameter's value contains no slash."""
    pieces = re.split(r"\{([^{}/]+)\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces[::2]))), tuple(pieces[1::2])
