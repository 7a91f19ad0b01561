"""The keywords `unevaluatedProperties` and `unevaluatedItems` of JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from jsonschema.exceptions import ValidationError

from mockbot.contract.assertions import failed
from mockbot.ecmascript import patterns

SHOWN = 10
"""Unexpected keys that an error names."""


def extra(keyword: str, limit: Any, keys: Iterable[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Yield the error of keys that an object must not have, if there are any; it names ten of them."""
    named = list(islice(keys, SHOWN))
    if named:
        only = {key: instance[key] for key in named}
        yield failed(keyword, limit, only, schema, f"unexpected: {', '.join(map(repr, named))}")


def unevaluated_properties(validator: Any, rest: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
    """Validate the properties that no schema at this place describes."""
    if not isinstance(instance, dict):
        return ()
    known: set[str] = set()
    texts: set[str] = set()
    for each in _in_place(validator, instance, schema):
        if "additionalProperties" in each or ("unevaluatedProperties" in each and each is not schema):
            return ()
        known.update(each.get("properties") or ())
        texts.update(each.get("patternProperties") or ())
    compiled = patterns(tuple(sorted(texts)))
    keys = (key for key in instance if key not in known and not compiled.found_in(key))
    if rest is False:
        return extra("unevaluatedProperties", rest, keys, instance, schema)
    return chain.from_iterable(validator.descend(instance[key], rest, path=key) for key in keys)


def unevaluated_items(validator: Any, rest: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
    """Validate the items that no schema at this place describes."""
    if not isinstance(instance, list):
        return ()
    first, contained = 0, []
    for each in _in_place(validator, instance, schema):
        if "items" in each or ("unevaluatedItems" in each and each is not schema):
            return ()
        first = max(first, len(each.get("prefixItems") or ()))
        contained += [each["contains"]] if "contains" in each else []
    left = (
        index
        for index in range(first, len(instance))
        if not any(validator.fits(instance[index], each) for each in contained)
    )
    return chain.from_iterable(validator.descend(instance[index], rest, path=index) for index in left)


def _in_place(validator: Any, instance: Any, schema: Any) -> list[dict[str, Any]]:
    """Return the schemas that describe `instance` itself: `schema`, what it refers to, and its branches that fit."""
    found: dict[int, dict[str, Any]] = {}
    waiting: list[Any] = [schema]
    while waiting:
        each = validator.target(waiting.pop())
        if not isinstance(each, dict) or id(each) in found:
            continue
        found[id(each)] = each
        if "$ref" in each:
            waiting.append(validator.target({"$ref": each["$ref"]}))
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in each.get(keyword) or ():
                if validator.fits(instance, branch):
                    waiting.append(branch)
        if "if" in each:
            fits = validator.fits(instance, each["if"])
            waiting += [each["if"], each.get("then")] if fits else [each.get("else")]
        if isinstance(instance, dict):
            waiting += [branch for name, branch in (each.get("dependentSchemas") or {}).items() if name in instance]
    return list(found.values())
