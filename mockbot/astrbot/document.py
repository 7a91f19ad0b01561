"""A user's document served with AstrBot's handlers: the overlay is applied as far as possible, errors are added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.jsontext import compact
from mockbot.openapi import overlay
from mockbot.openapi.document import Document, add_events, refuse_invalid, refuse_malformed, without_link_bodies
from mockbot.openapi.fetch import read
from mockbot.openapi.readable import make_readable, operations, self_contained

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


def newer_document(spec: str, overlay_file: Path, events: Path) -> Document:
    """Return the document at `spec`, a file or URL, with those actions of `overlay_file` applied whose targets it has.

    `events` is the schema file of the chat stream. Raise UserError if the document cannot be read or is not a valid
    OpenAPI 3.0 or 3.1 document.
    """
    text = read(spec)
    document = self_contained(text)
    refuse_malformed(text, document)
    effective = overlay.apply(source.load(overlay_file), _with_components(document))
    _add_refusals(effective)
    dropped = make_readable(effective, text.name)
    add_events(effective, events)
    refuse_invalid(text, effective)
    return Document(text.data, effective, compact(without_link_bodies(effective)), dropped)


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
