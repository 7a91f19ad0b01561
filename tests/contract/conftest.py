"""A small document around one schema, and messages that are validated against it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mockbot.generic.profile import profile
from mockbot.violation import Violation


class Posted:
    """The schema of the bodies of a request and of its response; `seconds` is the CPU time of the last validation."""

    def __init__(self, path: Path, media_type: str) -> None:
        self._headers = [(b"content-type", media_type.encode())]
        contract = profile(str(path)).contract
        self._operation, self._validation = contract.operations.by_name["POST /things"], contract.validation
        self.seconds = 0.0

    def request(self, value: Any) -> list[Violation]:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        before = time.process_time()
        violations = self._validation.request(self._operation, b"", self._headers, body)
        self.seconds = time.process_time() - before
        return violations

    def response(self, value: Any) -> list[Violation]:
        return self._validation.response(self._operation, 200, self._headers, json.dumps(value).encode())

    def wrong(self, value: Any) -> list[tuple[str, str]]:
        """Return pointer and rule of each violation of a request."""
        return [(each.at, each.rule) for each in self.request(value)]


PostedTo: TypeAlias = Callable[..., Posted]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.fixture
def posted(tmp_path: Path) -> PostedTo:
    """Return a function that takes the schema of the bodies, the named schemas, and the version of OpenAPI."""

    def make(schema: Any, openapi: str = "3.1.0", media_type: str = "application/json", **schemas: Any) -> Posted:
        content = {media_type: {"schema": schema}}
        operation = {
            "requestBody": {"required": True, "content": content},
            "responses": {"200": {"description": "ok", "content": content}},
        }
        document = {
            "openapi": openapi,
            "info": {"title": "t", "version": "1"},
            "paths": {"/things": {"post": operation}},
            "components": {"schemas": schemas},
        }
        path = tmp_path / "document.json"
        path.write_text(json.dumps(document))
        return Posted(path, media_type)

    return make
