"""A user's document served with AstrBot's handlers: the overlay is applied as far as possible, errors are added."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.contract.unfitting import unfitting
from mockbot.jsontext import follow
from mockbot.openapi import overlay
from mockbot.openapi.document import Document, add_events
from mockbot.openapi.fetch import parsed
from mockbot.openapi.kept import kept
from mockbot.openapi.readable import make_readable, operations
from mockbot.openapi.usable import usable
from mockbot.reads import digest
from mockbot.settings import FETCH_SECONDS

REFUSALS = {
    "400": "BadRequest",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "NotFound",
    "405": "MethodNotAllowed",
    "413": "PayloadTooLarge",
    "415": "UnsupportedMediaType",
    "500": "ServerError",
    "501": "NotImplemented",
}
"""The statuses that any operation can return, and the response component that describes each."""


def newer_document(
    spec: str, overlay_file: Path, events: Path, *, strict: bool = False, seconds: float = FETCH_SECONDS
) -> Document:
    """Return the document at `spec`, a file or URL, with those actions of `overlay_file` applied whose targets it has.

    `events` is the schema file of the chat stream. Raise UserError if the document cannot be read or served; if
    `strict`, also if it has mistakes that do not matter to serving.
    """
    how = f"{digest(overlay_file.read_bytes()).hex()} {digest(events.read_bytes()).hex()} {strict}"
    return kept(spec, how, lambda data: _made(spec, data, overlay_file, events, strict), seconds)


def _made(spec: str, data: bytes, overlay_file: Path, events: Path, strict: bool) -> Document:
    found = usable(parsed(spec, data), strict=strict, check=partial(unfitting, examples=strict))
    _resolve_responses(found.document)
    effective = overlay.apply(source.load(overlay_file), _with_components(found.document))
    _add_refusals(effective)
    make_readable(effective)
    add_events(effective, events)
    return Document(found.text.data, effective, None, found.warnings)


def _resolve_responses(document: dict[str, Any]) -> None:
    """Replace references to responses and bodies, beside which the overlay writes, by what they lead to."""
    for operation in operations(document):
        responses = operation.get("responses") or {}
        operation["responses"] = {status: _resolved(document, response) for status, response in responses.items()}
        if "requestBody" in operation:
            operation["requestBody"] = _resolved(document, operation["requestBody"])


def _resolved(document: dict[str, Any], node: Any) -> Any:
    for _ in range(100):
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            break
        node = follow(document, node["$ref"])
    return deepcopy(node)


def _with_components(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the components that are targets of the overlay."""
    components = document.get("components") or {}
    responses = {
        name: each for name, each in (components.get("responses") or {}).items() if name not in REFUSALS.values()
    }
    responses["Unauthorized"] = {"description": "No key, or an unknown one."}
    responses["Forbidden"] = {"description": "The key's scopes do not allow it."}
    return {**document, "components": {**components, "responses": responses}}


def _add_refusals(effective: dict[str, Any]) -> None:
    """Describe mockbot's own errors in every operation."""
    effective["components"]["responses"]["NotImplemented"] = {
        "description": "mockbot has no handler for this operation and can make no example.",
        "content": effective["components"]["responses"]["BadRequest"]["content"],
    }
    for operation in operations(effective):
        responses = operation.setdefault("responses", {})
        responses.update({status: {"$ref": f"#/components/responses/{name}"} for status, name in REFUSALS.items()})
