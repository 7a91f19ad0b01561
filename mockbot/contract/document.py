"""The contract as a document: what AstrBot published, and the same with the overlay laid over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import resources, source
from mockbot.contract import foreign, overlay
from mockbot.contract.reading import Text, read
from mockbot.errors import UserError
from mockbot.jsontext import follow, pointer


@dataclass(frozen=True)
class Document:
    """The published document and the effective contract made from it."""

    upstream_bytes: bytes = field(repr=False)
    """The published document, byte for byte."""
    effective: dict[str, Any] = field(repr=False)
    """The published document with the overlay applied and the schemas of the stream events in its components."""
    dropped: tuple[str, ...] = ()
    """Patterns of a document of one's own that Python cannot read, and that are therefore not asked for."""

    def resolved(self, node: Any) -> Any:
        """Return what a node of the effective contract is, or what its `$ref` finally leads to."""
        for _ in range(100):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            node = follow(self.effective, node["$ref"])
        return {}


def plain_document(path: Path) -> Document:
    """Read an OpenAPI 3.1 document of mockbot's own: it has no overlay, and its tests know that it is valid."""
    document: Any = source.load(path).value
    return Document(path.read_bytes(), document)


def load_document(spec: str | Path | None = None) -> Document:
    """Read an OpenAPI document (None: the shipped one) and lay `contracts/overlay.yaml` over it.

    `spec` is a file or a URL of OpenAPI 3.0 or 3.1 in JSON or YAML; of the overlay, what has a target in it applies,
    and every operation gets mockbot's own answers. UserError when it cannot be read or would not be a valid document.
    """
    text = read(str(spec or resources.openapi()))
    laid = source.load(resources.contracts("overlay.yaml"))
    dropped: list[str] = []
    if spec is None:
        document = text.value
        effective = overlay.apply(laid, document, strict=True)
    else:
        document = foreign.self_contained(text)
        _refuse(text, _SCHEMA.iter_errors(document))
        effective = overlay.apply(laid, foreign.prepared(document))
        dropped = foreign.completed(effective, text.name)
    _bundle_events(effective)
    _refuse(text, OpenAPIV31SpecValidator(effective).iter_errors())
    return Document(text.data, effective, tuple(dropped))


_SCHEMA = OpenAPIV31SpecValidator.schema_validator
"""The schema of OpenAPI documents alone, which does not follow references."""


def _refuse(text: Text, errors: Iterable[Any]) -> None:
    if faults := list(islice(_faults(errors), 10)):
        lines = source.parse(text.data.decode("utf-8-sig"), text.name)
        raise UserError("\n".join(f"{lines.place(at)}: {at or '/'}: {message}" for at, message in faults))


def _faults(errors: Iterable[Any]) -> Iterator[tuple[str, str]]:
    try:
        for error in errors:
            yield pointer(error.absolute_path), error.message.partition("\n")[0][:300]
    except RecursionError:
        yield "", "a $ref leads to itself without end, or it is nested too deep"
    except Exception as error:  # a $ref that leads nowhere ends the walk with an exception of any of four libraries
        yield "", f"{type(error).__name__}: {error}".partition("\n")[0].partition(" within {")[0][:300]


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
