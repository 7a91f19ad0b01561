"""The two forms of a document: for requests, where readOnly properties may be absent, and for responses (writeOnly).

OpenAPI 3.0 says so (3.0.4, section 4.7.24.1), and documents of 3.1 are written in the same spirit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from mockbot.jsontext import follow
from mockbot.openapi.keywords import rewritten

Flag = Literal["readOnly", "writeOnly"]
DEEPEST = 30
"""How many references and `allOf` in each other are followed."""


def without_required(document: dict[str, Any], flag: Flag) -> dict[str, Any]:
    """Return the document with the properties that have `flag` nowhere required; itself if there are none."""
    return _Direction(document, flag).document() if _has(document, flag) else document


def _has(node: Any, flag: Flag) -> bool:
    left = [node]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            if each.get(flag) is True:
                return True
            each = each.values()
        left += [value for value in each if isinstance(value, dict | list)]
    return False


class _Direction:
    def __init__(self, document: dict[str, Any], flag: Flag) -> None:
        self._document, self._flag = document, flag

    def document(self) -> dict[str, Any]:
        result: dict[str, Any] = rewritten(self._document, self._changed)
        return result

    def _changed(self, found: dict[str, Any]) -> dict[str, Any]:
        if isinstance(found.get("required"), list) or isinstance(found.get("allOf"), list):
            return self._relaxed(found, frozenset(self._names(found)))
        return found

    def _relaxed(self, schema: dict[str, Any], names: frozenset[str], depth: int = 0) -> dict[str, Any]:
        """Return a schema that requires none of `names`, in its branches of `allOf` neither."""
        if not names or depth > DEEPEST:
            return schema
        result = dict(schema)
        if isinstance(schema.get("required"), list):
            result["required"] = [name for name in schema["required"] if name not in names]
        if isinstance(schema.get("allOf"), list):
            result["allOf"] = [self._branch(branch, names, depth + 1) for branch in schema["allOf"]]
        return result

    def _branch(self, branch: Any, names: frozenset[str], depth: int) -> Any:
        if not isinstance(branch, dict):
            return branch
        target = self._resolved(branch)
        if target is branch:
            return self._relaxed(branch, names, depth)
        # the target itself loses its own names; it is copied only where it requires names of its neighbours
        if names & set(self._required(target)) <= set(self._names(target)):
            return branch
        return self._relaxed(rewritten(target, self._changed), names, depth)

    def _required(self, schema: Any, seen: set[int] | None = None) -> Iterator[str]:
        schema, seen = self._resolved(schema), set() if seen is None else seen
        if isinstance(schema, dict) and id(schema) not in seen:
            seen.add(id(schema))
            if isinstance(schema.get("required"), list):
                yield from (name for name in schema["required"] if isinstance(name, str))
            for branch in schema.get("allOf") or ():
                yield from self._required(branch, seen)

    def _names(self, schema: Any, seen: set[int] | None = None) -> Iterator[str]:
        """Yield the names of the properties that have the flag."""
        schema, seen = self._resolved(schema), set() if seen is None else seen
        if isinstance(schema, dict) and id(schema) not in seen:
            seen.add(id(schema))
            if isinstance(schema.get("properties"), dict):
                yield from (name for name, each in schema["properties"].items() if self._has_flag(each))
            for branch in schema.get("allOf") or ():
                yield from self._names(branch, seen)

    def _has_flag(self, schema: Any, seen: set[int] | None = None) -> bool:
        seen = set() if seen is None else seen
        if not isinstance(schema, dict) or id(schema) in seen:
            return False
        seen.add(id(schema))
        if schema.get(self._flag) is True:
            return True
        target = self._resolved(schema)
        branches = target.get("allOf") or () if isinstance(target, dict) else ()
        return self._has_flag(target, seen) or any(self._has_flag(branch, seen) for branch in branches)

    def _resolved(self, schema: Any) -> Any:
        for _ in range(DEEPEST):
            if not (isinstance(schema, dict) and isinstance(schema.get("$ref"), str)):
                return schema
            try:
                schema = follow(self._document, schema["$ref"])
            except (LookupError, ValueError):
                return {}
        return {}
