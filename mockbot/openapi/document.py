"""An OpenAPI document: as it was published, as it is served, and as messages are validated against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import source
from mockbot.errors import UserError
from mockbot.jsontext import compact, follow, pointer
from mockbot.openapi import overlay
from mockbot.openapi.fetch import Text, read


@dataclass(frozen=True)
class Document:
    """A published document and the effective contract made from it."""

    upstream_bytes: bytes = field(repr=False)
    """The published document, byte for byte."""
    effective: dict[str, Any] = field(repr=False)
    """What messages are validated against: OpenAPI 3.1, all references local, any overlay applied."""
    served: bytes = field(repr=False)
    """What `/openapi.json` answers: JSON."""
    dropped: tuple[str, ...] = ()
    """Patterns that Python cannot compile and that are therefore not validated."""

    def resolved(self, node: Any) -> Any:
        """Return a node of the effective contract, or what its `$ref` finally leads to."""
        for _ in range(100):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            node = follow(self.effective, node["$ref"])
        return {}


def plain_document(path: Path) -> Document:
    """Read an OpenAPI 3.1 document of mockbot's own, without an overlay; its tests check that it is valid."""
    document: Any = source.load(path).value
    return Document(path.read_bytes(), document, compact(document))


def overlaid_document(published: Path, laid: Path, events: Path) -> Document:
    """Read a shipped document and apply its overlay, strictly; `events` holds the schemas of its stream events.

    UserError when the result is not a valid document.
    """
    text = read(str(published))
    effective = overlay.apply(source.load(laid), text.value, strict=True)
    add_events(effective, events)
    refuse(text, OpenAPIV31SpecValidator(effective).iter_errors())
    return Document(text.data, effective, compact(effective))


_SCHEMA = OpenAPIV31SpecValidator.schema_validator
"""The schema of OpenAPI documents alone, which does not follow references."""


def refuse_malformed(text: Text, document: dict[str, Any]) -> None:
    """Raise UserError, with up to ten lines `file:line: pointer: sentence`, for a document of the wrong form."""
    refuse(text, _SCHEMA.iter_errors(document))


def refuse_invalid(text: Text, effective: dict[str, Any]) -> None:
    """Raise UserError, as `refuse_malformed` does, for a document that is not a valid OpenAPI 3.1 document."""
    refuse(text, OpenAPIV31SpecValidator(effective).iter_errors())


def refuse(text: Text, errors: Iterable[Any]) -> None:
    """Raise UserError when there are `errors`."""
    if mistakes := list(islice(_mistakes(errors), 10)):
        lines = source.parse(text.data.decode("utf-8-sig"), text.name)
        raise UserError("\n".join(f"{lines.place(at)}: {at or '/'}: {message}" for at, message in mistakes))


def _mistakes(errors: Iterable[Any]) -> Iterator[tuple[str, str]]:
    try:
        for error in errors:
            yield pointer(error.absolute_path), error.message.partition("\n")[0][:300]
    except RecursionError:
        yield "", "a $ref leads to itself without end, or it is nested too deep"
    except Exception as error:  # a $ref that leads nowhere ends the walk with an exception of any of four libraries
        yield "", f"{type(error).__name__}: {error}".partition("\n")[0].partition(" within {")[0][:300]


def add_events(document: dict[str, Any], events: Path) -> None:
    """Put the schemas of stream events into the components of `document`: `ChatEvent`, `ChatEvent.plain` ..."""
    schema = json.loads(events.read_bytes())
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in schema.pop("$defs").items():
        schemas[f"ChatEvent.{name}"] = _moved(definition)
    schemas["ChatEvent"] = _moved({key: value for key, value in schema.items() if key not in ("$schema", "$id")})


def _moved(schema: Any) -> Any:
    """Let the schema's references to its own `$defs` point into the components."""
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/ChatEvent.{value.rpartition('/')[2]}" if key == "$ref" else _moved(value)
            for key, value in schema.items()
        }
    return [_moved(item) for item in schema] if isinstance(schema, list) else schema
