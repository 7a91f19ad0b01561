"""Names with brackets, as common servers read them: `a[b]`, `a[b][c]`, `a[0]`, `a[]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mockbot.contract.wire.casting import Raw

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
MOST_STEPS = 32
"""How many brackets a name may have; others are plain names."""


def steps(key: str) -> tuple[str, list[str]]:
    """Split `a[b][c]` into `a` and its steps; there are none in a name without brackets."""
    found = NAME.fullmatch(key) if key.endswith("]") else None
    if found is None or found[2].count("[") > MOST_STEPS:
        return key, []
    return found[1], found[2][1:-1].split("][")


def nested(pairs: Iterable[tuple[list[str], Raw]]) -> dict[str, Raw]:
    """Return the object that paths and values mean; a repeated value becomes a tuple.

    After `[]`, a name that is there already begins a new item: `a[][b]=1&a[][b]=2` has two.
    """
    root: dict[str, Any] = {}
    for path, value in pairs:
        _put(root, path, value)
    return {key: _finished(each) for key, each in root.items()}


def _put(node: dict[str, Any], path: list[str], value: Raw) -> None:
    for place, step in enumerate(path[:-1]):
        if step == "":
            items = node.setdefault("", [])
            if not isinstance(items, list):
                items = node[""] = [items]
            rest = path[place + 1 :]
            if not items or not isinstance(items[-1], dict) or _has(items[-1], rest):
                items.append({})
            _put(items[-1], rest, value)
            return
        inner = node.get(step)
        if not isinstance(inner, dict):
            inner = node[step] = {}
        node = inner
    last = node.setdefault(path[-1], [])
    if isinstance(last, list):
        last.append(value)


def _has(node: Any, path: list[str]) -> bool:
    for step in path:
        if step == "" or not isinstance(node, dict) or step not in node:
            return False
        node = node[step]
    return True


def _finished(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _finished(value) for key, value in node.items()}
    return tuple(_finished(item) if isinstance(item, dict) else item for item in node)
