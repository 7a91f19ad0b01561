"""Responses against the document, by a validator that is not mockbot's: jsonschema-rs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

import jsonschema_rs

Outcome = Literal["right", "refused", "error", "unimplemented", "invalid"]
"""`refused`: a 4xx for a valid request; `error`: a 5xx; `unimplemented`: a 501; `invalid`: undocumented."""


DOCUMENT = "urn:document"


class Schemas:
    """Validates values against the schemas of one document.

    With `formats`, a value must have the format that its schema names. Otherwise it may: the branches of a `oneOf` can
    differ in nothing but that.
    """

    def __init__(self, document: dict[str, Any], *, formats: bool = False) -> None:
        draft = jsonschema_rs.Draft202012
        self._registry = jsonschema_rs.Registry([(DOCUMENT, _absolute(document))], draft=draft)
        self._formats = (True,) if formats else (False, True)
        self._validators: dict[tuple[str, bool], jsonschema_rs.Draft202012Validator | None] = {}

    def valid(self, schema: Any, value: Any) -> bool:
        """Return whether a value fits a schema; a schema that cannot be compiled fits everything."""
        text = json.dumps(schema, sort_keys=True)
        return any(self._valid(text, schema, value, formats) for formats in self._formats)

    def _valid(self, text: str, schema: Any, value: Any, formats: bool) -> bool:
        if (text, formats) not in self._validators:
            self._validators[text, formats] = self._compiled(schema, formats)
        validator = self._validators[text, formats]
        return validator is None or bool(validator.is_valid(value))

    def _compiled(self, schema: Any, formats: bool) -> jsonschema_rs.Draft202012Validator | None:
        whole = _absolute(schema)
        try:
            return jsonschema_rs.Draft202012Validator(whole, registry=self._registry, validate_formats=formats)
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            return None


def _absolute(node: Any) -> Any:
    """Return a part of a document with its local references made absolute, for use outside the document."""
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{DOCUMENT}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
        for key, value in node.items()
    }


def outcome(
    schemas: Schemas,
    operation: Mapping[str, Any],
    resolve: Callable[[Any], Any],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> tuple[Outcome, str]:
    """Return how the response to a valid request fits its operation, and why it does not."""
    if status < 200:  # RFC 9110, section 15.2
        return "invalid", f"{status} is interim: the client still waits for the response"
    text = body.decode(errors="replace")[:400]
    responses = operation.get("responses") or {}
    if not responses and status == 200:  # nothing is known of them, so an empty one promises nothing
        return ("right", "") if not body else ("invalid", "there is a body where no response is documented")
    if status == 501 and "501" not in responses:
        return "unimplemented", text
    code = next((each for each in (str(status), f"{status // 100}XX", "default") if each in responses), None)
    if status >= 500 and code in (None, "default"):
        return "error", f"{status} {text}"
    success = [each for each in responses if each.startswith(("2", "3", "default"))]
    if status >= 400 and (success or code is None):
        return "refused", f"{status} {text}"
    if code is None:
        return "invalid", f"the status {status} is not documented"
    content = resolve(responses[code]).get("content") or {}
    if not content or status in (204, 205, 304):
        return ("right", "") if not body else ("invalid", "there is a body where none is documented")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    found = next((name for name in content if _covers(name, media_type)), None)
    if found is None:
        return "invalid", f"the media type {media_type!r} is not documented"
    media = resolve(content[found])
    schema = media.get("schema", True)
    if not media_type.endswith("json"):
        return "right", ""
    lines = media_type.endswith("ndjson")
    if lines:
        whole = resolve(schema)
        is_array = isinstance(whole, dict) and whole.get("type") == "array"
        schema = media.get("itemSchema", whole.get("items", True) if is_array else schema)
    try:
        values = [json.loads(each) for each in (body.splitlines() if lines else [body])]
    except ValueError:
        return "invalid", "the body is not JSON"
    fits = all(schemas.valid(schema, value) for value in values)
    return ("right", "") if fits else ("invalid", f"the body does not fit: {text[:200]}")


def _covers(documented: str, media_type: str) -> bool:
    name = documented.partition(";")[0].strip().lower()
    kind, _, sub = name.partition("/")
    return name in ("*/*", media_type) or (sub == "*" and media_type.startswith(f"{kind}/"))
