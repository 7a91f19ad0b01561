"""The contract as a document: what AstrBot published, and the same with the overlay laid over it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import resources, source
from mockbot.contract import overlay
from mockbot.errors import UserError
from mockbot.jsontext import pointer


@dataclass(frozen=True)
class Document:
    """The published document and the effective contract made from it."""

    upstream: dict[str, Any] = field(repr=False)
    """The published document, parsed."""
    upstream_bytes: bytes = field(repr=False)
    """The published document, byte for byte."""
    effective: dict[str, Any] = field(repr=False)
    """The published document with the overlay applied and the schemas of the stream events in its components."""


def plain_document(path: Path) -> Document:
    """Read an OpenAPI 3.1 document of mockbot's own: it has no overlay, and its tests know that it is valid."""
    document: Any = source.load(path).value
    return Document(document, path.read_bytes(), document)


def load_document(path: Path | None = None) -> Document:
    """Read an OpenAPI 3.1 document (None: the shipped one) and lay `contracts/overlay.yaml` over it.

    UserError when it cannot be read, is no OpenAPI 3.1 or would not be a valid document with the overlay.
    """
    path = path or resources.openapi()
    document: Any = _read(path)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        raise UserError(f"{path}: not an OpenAPI 3.1 document: its `openapi` should be 3.1.x")
    effective = overlay.apply(source.load(resources.contracts("overlay.yaml")), document)
    _bundle_events(effective)
    if faults := list(islice(_faults(effective), 10)):
        lines = source.load(path)
        raise UserError("\n".join(f"{lines.place(at)}: {at or '/'}: {message}" for at, message in faults))
    return Document(document, path.read_bytes(), effective)


def _read(path: Path) -> object:
    """Read JSON with the fast parser; what is not JSON, or not well-formed, goes to the one that knows lines."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return source.load(path).value


def _faults(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        for error in OpenAPIV31SpecValidator(document).iter_errors():
            yield pointer(error.absolute_path), error.message.partition("\n")[0][:300]
    except Exception as error:  # a $ref that leads nowhere ends the walk with an exception of any of four libraries
        yield "", f"{type(error).__name__}: {error}".partition("\n")[0][:300]


def _bundle_events(document: dict[str, Any]) -> None:
    """Put chat-events.schema.json into the components (`ChatEvent`, `ChatEvent.plain` ...): one document."""
    events = json.loads(resources.contracts("chat-events.schema.json").read_bytes())
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in events.pop("$defs").items():
        schemas[f"ChatEvent.{name}"] = _moved(definition)
    schemas["ChatEvent"] = _moved({key: value for key, value in events.items() if key not in ("$schema", "$id")})


def _moved(schema: Any) -> Any:
    """Let the schema's references to its own `$defs` point into the components."""
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/ChatEvent.{value.rpartition('/')[2]}" if key == "$ref" else _moved(value)
            for key, value in schema.items()
        }
    return [_moved(item) for item in schema] if isinstance(schema, list) else schema
