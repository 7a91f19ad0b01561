"""The operations of the contract, and which of them a request means."""

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
    """`POST /api/v1/chat`: how handlers, the journal and reports call it."""
    method: str
    """In capitals."""
    path: str
    """As the document writes it: `/api/v1/chat`, `/things/{id}`."""
    operation_id: str
    """The document's operationId, or the empty string."""
    media_types: tuple[str, ...]
    """What its request body may be, in the document's order; empty when it takes none."""
    definition: Mapping[str, Any] = field(repr=False, compare=False)
    """The OpenAPI operation object: examples, schemas, responses."""

    def describes(self, status: int) -> bool:
        """Return whether the operation documents a response of that status, be it by a range or as the default."""
        return not {str(status), f"{status // 100}XX", "default"}.isdisjoint(self.definition.get("responses", {}))


@dataclass(frozen=True, slots=True)
class Route:
    """What a method and a path lead to."""

    operation: Operation | None
    """None when the path is unknown or has no such method."""
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
        """Find what `method` (in capitals) on `path` (decoded, without query) means; fewer path parameters win."""
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
    """Turn `/things/{id}` into a pattern and the names of its groups; a parameter's value holds no slash."""
    pieces = re.split(r"\{([^{}/]+)\}", path)
    return re.compile("([^/]+)".join(map(re.escape, pieces[::2]))), tuple(pieces[1::2])
