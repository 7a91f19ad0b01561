"""An OpenAPI document in three forms: as published, as served, and as the effective contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import source
from mockbot.errors import UserError
from mockbot.jsontext import compact, follow, pointer
from mockbot.openapi import overlay
from mockbot.openapi.bundle import rewritten
from mockbot.openapi.fetch import Text, read


@dataclass(frozen=True)
class Document:
    """A published document and the effective contract made from it."""

    upstream_bytes: bytes = field(repr=False)
    """The published document, byte for byte."""
    effective: dict[str, Any] = field(repr=False)
    """The effective contract: OpenAPI 3.1, all references local, the overlay applied if there is one."""
    served: bytes = field(repr=False)
    """The body of `/openapi.json`, in JSON."""
    dropped: tuple[str, ...] = ()
    """Patterns that Python cannot compile and that are therefore not validated."""

    def resolved(self, node: Any) -> Any:
        """Return a node of the effective contract after following its `$ref`, if it has one."""
        for _ in range(100):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            node = follow(self.effective, node["$ref"])
        return {}


def plain_document(path: Path) -> Document:
    """Read an OpenAPI 3.1 document of mockbot's own, without an overlay. It is not validated here but in the tests."""
    document: Any = source.load(path).value
    return Document(path.read_bytes(), document, compact(document))


def overlaid_document(published: Path, laid: Path, events: Path) -> Document:
    """Read a shipped document, apply its overlay strictly, and add the schemas of stream events from the file `events`.

    Raise UserError if the result is not a valid document.
    """
    text = read(str(published))
    effective = overlay.apply(source.load(laid), text.value, strict=True)
    add_events(effective, events)
    refuse_invalid(text, effective)
    return Document(text.data, effective, compact(without_link_bodies(effective)))


_SCHEMA = OpenAPIV31SpecValidator.schema_validator
"""Validates a document against the schema of OpenAPI 3.1 only, without following references."""


def refuse_malformed(text: Text, document: dict[str, Any]) -> None:
    """Raise UserError, with up to ten lines `file:line: pointer: sentence`, if a document violates OpenAPI's schema."""
    _refuse(text, _SCHEMA.iter_errors(document))


def refuse_invalid(text: Text, effective: dict[str, Any]) -> None:
    """Raise UserError, like `refuse_malformed`, if a document is not valid OpenAPI 3.1, references included."""
    _refuse(text, OpenAPIV31SpecValidator(effective).iter_errors())


def _refuse(text: Text, errors: Iterable[Any]) -> None:
    """Raise UserError if there are any `errors`."""
    if mistakes := list(islice(_mistakes(errors), 10)):
        lines = source.parse(text.data.decode("utf-8-sig"), text.name)
        raise UserError("\n".join(f"{lines.place(at)}: {at or '/'}: {message}" for at, message in mistakes))


def _mistakes(errors: Iterable[Any]) -> Iterator[tuple[str, str]]:
    try:
        for error in errors:
            yield pointer(error.absolute_path), error.message.partition("\n")[0][:300]
    except RecursionError:
        yield "", "a $ref leads to itself without end, or it is nested too deep"
    except Exception as error:  # for a $ref without a target, one of four libraries raises
        yield "", f"{type(error).__name__}: {error}".partition("\n")[0].partition(" within {")[0][:300]


def without_link_bodies(effective: dict[str, Any]) -> dict[str, Any]:
    """Return the effective contract without the request bodies of links, which openapi-generator takes only as text."""

    def change(found: dict[str, Any]) -> dict[str, Any]:
        if "responses" not in found and ("operationId" in found or "operationRef" in found):
            found.pop("requestBody", None)
        return found

    return cast("dict[str, Any]", rewritten(effective, change))


def add_events(document: dict[str, Any], events: Path) -> None:
    """Add the schemas of stream events to the components of `document`: `ChatEvent`, `ChatEvent.plain` ..."""
    schema = json.loads(events.read_bytes())
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in schema.pop("$defs").items():
        schemas[f"ChatEvent.{name}"] = _moved(definition)
    schemas["ChatEvent"] = _moved({key: value for key, value in schema.items() if key not in ("$schema", "$id")})


def _moved(schema: Any) -> Any:
    """Return the schema with its references to `$defs` changed to references to the components."""
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/ChatEvent.{value.rpartition('/')[2]}" if key == "$ref" else _moved(value)
            for key, value in schema.items()
        }
    return [_moved(item) for item in schema] if isinstance(schema, list) else schema
