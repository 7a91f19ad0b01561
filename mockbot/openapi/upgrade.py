"""Converts OpenAPI 3.0 (3.0.3, section 4.7.24) to 3.1, whose schemas are JSON Schema 2020-12."""

from __future__ import annotations

from typing import Any

from mockbot.openapi.keywords import rewritten

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "parameters", "servers"}
"""Fields of a path, beside whose reference they count; elsewhere nothing beside a reference does (3.0.3, 4.7.23)."""


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return the 3.1 document with the same meaning as a 3.0 document."""
    return {**rewritten(document, _upgraded), "openapi": "3.1.0"}


def _upgraded(found: dict[str, Any]) -> dict[str, Any]:
    if isinstance(found.get("$ref"), str):
        return found if not METHODS.isdisjoint(found) else {"$ref": found["$ref"]}
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if isinstance(found.get("enum"), list) and None not in found["enum"]:
            found["enum"] = [*found["enum"], None]
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and bound in found:
            found[exclusive] = found.pop(bound)
    return found
