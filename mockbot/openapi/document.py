"""An OpenAPI document in three forms: as published, as served, and as the effective contract."""

from __future__ import annotations

import json
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from mockbot import prepared, source
from mockbot.dataclass import dataclass
from mockbot.jsontext import compact, follow
from mockbot.openapi.keywords import rewritten


@dataclass(frozen=True)
class Document:
    """A published document and the effective contract made from it."""

    upstream_bytes: bytes = field(repr=False)
    """The published document, byte for byte."""
    effective: dict[str, Any] = field(repr=False)
    """The effective contract: OpenAPI 3.1, all references local, the overlay applied if there is one."""
    written: bytes | None = field(default=None, repr=False)
    """The document in JSON as its author wrote it; None if the effective contract is served."""
    warnings: tuple[str, ...] = ()
    """Mistakes in the published document that do not matter to serving it, one line a kind."""
    one_way: bool = True
    """Whether the effective contract may have properties that are only read or only written."""

    @cached_property
    def served(self) -> bytes:
        """Return the body of `/openapi.json`, in JSON."""
        return compact(without_link_bodies(self.effective)) if self.written is None else self.written

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


def overlaid_document(name: str, published: Path, laid: Path, events: Path) -> Document:
    """Return a shipped document with its overlay applied and the schemas of stream events from the file `events`.

    The effective contract of that `name` was made before, unless one of the files has changed since. That it is a valid
    document is a test, not a part of every start.
    """
    contents = [path.read_bytes() for path in (published, laid, events)]
    known = prepared.document(name, contents)
    if known is None:
        return Document(contents[0], applied(published, laid, events))
    return Document(contents[0], known.document, one_way=known.one_way)


def applied(published: Path, laid: Path, events: Path) -> dict[str, Any]:
    """Return a shipped document with its overlay applied strictly and the schemas of stream events."""
    from mockbot.openapi import overlay
    from mockbot.openapi.fetch import read

    effective = overlay.apply(source.load(laid), read(str(published)).value, strict=True)
    add_events(effective, events)
    return effective


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
