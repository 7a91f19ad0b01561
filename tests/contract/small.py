"""A contract of one operation, for tests that are a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockbot.contract.contract import Contract
from mockbot.contract.undocumented import Undocumented
from mockbot.openapi.document import Document
from mockbot.violation import Violation

Headers = Sequence[tuple[bytes, bytes]]


class Small:
    """Validates requests for, and responses of, one operation: `POST /things` and what `path` adds to that."""

    def __init__(self, definition: dict[str, Any], path: str = "", schemas: dict[str, Any] | None = None) -> None:
        self.path = f"/things{path}"
        responses = {"200": {"description": "ok"}}
        effective = {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {self.path: {"post": {"responses": responses} | definition}},
            "components": {"schemas": schemas or {}},
        }
        self._contract = Contract.of(Document(b"", effective, b""), keep_slashes=True)

    def request(
        self, target: str = "/things", query: str = "", headers: Headers = (), body: bytes = b""
    ) -> list[Violation]:
        """Validate a request. `target` is the path as it is sent."""
        route = self._contract.operations.find("POST", target, target.encode())
        assert route.operation is not None
        validate = self._contract.validation.request
        return validate(route.operation, query.encode(), headers, body, route.parameters)

    def undocumented(self, query: str, content_type: str, body: bytes) -> list[Undocumented]:
        """Return the fields of a request that are not described; the query's `key` is none."""
        operation = self._contract.operations.by_name[f"POST {self.path}"]
        found = self._contract.validation.undocumented(operation, query.encode(), content_type, body, {"key"})
        return list(found)

    def response(self, headers: Headers, body: bytes = b"") -> list[Violation]:
        """Validate a response of status 200."""
        operation = self._contract.operations.by_name[f"POST {self.path}"]
        return self._contract.validation.response(operation, 200, headers, body)


def parameter(schema: Any, where: str = "query", **more: Any) -> dict[str, Any]:
    """Return an operation with one parameter, `color`."""
    given = {"name": "color", "in": where, "schema": schema, "required": where == "path"}
    return {"parameters": [given | more]}


def places(violations: list[Violation]) -> list[tuple[str, str, str]]:
    """Return part, pointer and rule of each violation."""
    return [(each.part, each.at, each.rule) for each in violations]
