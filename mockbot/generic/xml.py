"""Values as XML documents, as the `xml` keywords of their schemas say (OpenAPI 3.1, 4.8.26)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from mockbot.jsontext import JSON, compact

NAME = re.compile(r"[A-Za-z_][\w.-]*")
INVALID = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Resolve = Callable[[Any], Any]
"""Follows a `$ref`."""


def xml(value: JSON, schema: Any, resolve: Resolve) -> bytes:
    """Return an XML document for a value that fits `schema`."""
    root = Element(_tag(_xml(schema, resolve), _title(schema)))
    _namespace(root, _xml(schema, resolve))
    _fill(root, value, schema, resolve)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _fill(element: Element, value: JSON, schema: Any, resolve: Resolve) -> None:
    if isinstance(value, dict):
        properties = _properties(schema, resolve)
        for name, each in value.items():
            _property(element, name, each, properties.get(name, {}), resolve)
    elif isinstance(value, list):
        items = _items(schema, resolve)
        for each in value:
            child = SubElement(element, _tag(_xml(items, resolve), _title(items, "item")))
            _fill(child, each, items, resolve)
    else:
        element.text = _text(value)


def _property(parent: Element, name: str, value: JSON, schema: Any, resolve: Resolve) -> None:
    notes = _xml(schema, resolve)
    if notes.get("attribute") and not isinstance(value, dict | list):
        parent.set(_tag(notes, name), _text(value))
        return
    if isinstance(value, list):
        items = _items(schema, resolve)
        inner = _xml(items, resolve)
        wrapped = bool(notes.get("wrapped"))
        if wrapped:
            parent = SubElement(parent, _tag(notes, name))
            _namespace(parent, notes)
        for each in value:
            own = inner if "name" in inner or wrapped else notes
            child = SubElement(parent, _tag(own, name))
            _namespace(child, own)
            _fill(child, each, items, resolve)
        return
    child = SubElement(parent, _tag(notes, name))
    _namespace(child, notes)
    _fill(child, value, schema, resolve)


def _tag(notes: Mapping[str, Any], name: str) -> str:
    own = str(notes.get("name") or name)
    valid = own if NAME.fullmatch(own) else re.sub(r"[^\w.-]", "_", f"_{own}")
    prefix = str(notes.get("prefix") or "")
    return f"{prefix}:{valid}" if NAME.fullmatch(prefix) and notes.get("namespace") else valid


def _namespace(element: Element, notes: Mapping[str, Any]) -> None:
    if notes.get("namespace"):
        prefix = str(notes.get("prefix") or "")
        element.set(f"xmlns:{prefix}" if NAME.fullmatch(prefix) else "xmlns", str(notes["namespace"]))


def _title(schema: Any, otherwise: str = "root") -> str:
    """Return the name of a schema's component."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    return str(reference).rpartition("/")[2] if reference else otherwise


def _parts(schema: Any, resolve: Resolve, depth: int = 8) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and those it is composed of, resolved."""
    found = resolve(schema)
    if not isinstance(found, dict) or not depth:
        return
    yield found
    for key in ("allOf", "oneOf", "anyOf"):
        for each in found.get(key, ()):
            yield from _parts(each, resolve, depth - 1)


def _xml(schema: Any, resolve: Resolve) -> Mapping[str, Any]:
    own = schema.get("xml") if isinstance(schema, dict) else None
    notes: Any = own or next((part["xml"] for part in _parts(schema, resolve) if "xml" in part), {})
    return notes if isinstance(notes, dict) else {}


def _properties(schema: Any, resolve: Resolve) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _parts(schema, resolve):
        found = {**part.get("properties", {}), **found}
    return found


def _items(schema: Any, resolve: Resolve) -> Any:
    return next((part["items"] for part in _parts(schema, resolve) if "items" in part), {})


def _text(value: JSON) -> str:
    if value is None:
        return ""
    return INVALID.sub("\ufffd", value) if isinstance(value, str) else compact(value).decode().strip()
