"""Which parts of a document are keywords, which are names chosen by its author, and which are data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NAMED = {
    *("paths", "webhooks", "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "variables"),
    *("securitySchemes", "links", "callbacks", "pathItems", "content", "encoding"),
    *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
}
"""Keywords whose value is an object with names chosen by the author as keys."""
DATA = {"example", "default", "enum", "const", "value", "mapping", "scopes", "dependentRequired"}
"""Keywords whose value is data and contains no keywords."""
OTHERS = {"$ref", "summary", "description", "servers", "parameters", "additionalOperations"}
"""Fields of a path that are no operations."""
CONTAINERS = (dict, list)
"""A tuple, because `dict | list` would be made for each value."""


def rewritten(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a copy of a document, with `change` applied to each object that is neither data nor a map of names.

    An object that stands in several places is changed once and stands in all of them again.
    """
    return _copied(node, change, False, {})


def _copied(
    node: Any, change: Callable[[dict[str, Any]], dict[str, Any]], named: bool, known: dict[tuple[int, bool], Any]
) -> Any:
    if isinstance(node, list):
        return [_copied(item, change, False, known) if isinstance(item, CONTAINERS) else item for item in node]
    if not isinstance(node, dict):
        return node
    place = id(node), named
    if place in known:
        return known[place]
    result = {
        key: _copied(value, change, not named and key in NAMED, known)
        if isinstance(value, CONTAINERS) and (named or not is_data(key, value))
        else value
        for key, value in node.items()
    }
    is_reference = isinstance(result.get("$ref"), str)  # people write one in place of the names, too
    known[place] = result if named and not is_reference else change(result)
    return known[place]


def is_data(key: str, value: Any) -> bool:
    """Return whether the value of a keyword is data."""
    return key in DATA or (key == "examples" and isinstance(value, list))


def is_method(name: str) -> bool:
    """Return whether a field of a surveyed path holds an operation."""
    return name not in OTHERS and not name.startswith("x-")
