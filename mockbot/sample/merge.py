"""Merges several JSON Schemas into one without `allOf`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockbot.sample.scalars import common_multiple

LARGER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"}
SMALLER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"}
BY_NAME = {"properties", "patternProperties", "dependentSchemas"}
BOTH = {"items", "additionalProperties", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"}
JOINED = {"patterns", "examples", "required"}


def flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `schema` in the form that `merge` reads, with one keyword for each meaning (`const` becomes `enum`)."""
    result = dict(schema)
    if "const" in result:
        result["enum"] = [result.pop("const")]
    if "pattern" in result:
        result["patterns"] = [result.pop("pattern")]
    if isinstance(result.get("type"), str):
        result["type"] = [result["type"]]
    if "example" in result:
        result["examples"] = [result.pop("example"), *result.get("examples", [])]
    return result


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that fits what both flat schemas fit; of two annotations, keep the first."""
    result = dict(one)
    for key, value in other.items():
        result[key] = _both(key, one[key], value) if key in one else value
    return result


def forbidden(parts: Iterable[Mapping[str, Any]]) -> str | None:
    """Return a property that one of several schemas requires and another one forbids; None if there is none."""
    known = [*parts]
    required = [name for part in known for name in part.get("required", ())]
    for part in known:
        if part.get("additionalProperties") is False and "patternProperties" not in part:
            for name in required:
                if name not in part.get("properties", ()):
                    return str(name)
    return None


def _both(key: str, one: Any, other: Any) -> Any:
    if key in LARGER:
        return max(one, other)
    if key in SMALLER:
        return min(one, other)
    if key in BOTH:
        return {"allOf": [one, other]}
    if key in BY_NAME:
        return {**one, **{name: {"allOf": [one[name], it]} if name in one else it for name, it in other.items()}}
    if key in JOINED:
        return [*one, *(each for each in other if each not in one)]
    match key:
        case "type":
            return [kind for kind in _kinds(one) if kind in _kinds(other)]
        case "enum":
            return [each for each in one if each in other]
        case "multipleOf":
            return common_multiple(one, other)
        case "prefixItems":
            longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
            return [
                {"allOf": [each, shorter[index]]} if index < len(shorter) else each for index, each in enumerate(longer)
            ]
        case "dependentRequired":
            return {name: [*one.get(name, ()), *other.get(name, ())] for name in {**one, **other}}
        case "uniqueItems" | "writeOnly":
            return one or other
    return one


def _kinds(types: list[str]) -> list[str]:
    return [*types, "integer"] if "number" in types and "integer" not in types else types
