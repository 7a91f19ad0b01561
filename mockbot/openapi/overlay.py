"""OpenAPI Overlay 1.0: a second document whose actions change the first.

Targets are JSONPath (RFC 9535, by python-jsonpath). mockbot applies the actions itself because oas-patch, the library
for overlays, imports Jinja2, deepdiff and rich at every start of the server.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

from mockbot.errors import UserError
from mockbot.source import Source


def apply(overlay: Source, document: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    """Return a copy of `document` with all actions of `overlay` applied, in order.

    Unless `strict`, a target may select nothing (Overlay 1.0, section 4.4.3), so that the overlay works with newer
    documents. Raise UserError with file and line if the overlay is invalid.
    """
    import jsonpath  # a start that has the effective contract already does not need it

    result = deepcopy(document)
    for index, action in enumerate(_actions(overlay)):
        try:
            nodes = list(jsonpath.finditer(action["target"], result))
        except jsonpath.JSONPathError as error:
            place = overlay.place(f"/actions/{index}/target")
            raise UserError(f"{place}: not a JSONPath: {error}") from None
        if strict and not nodes:
            place = overlay.place(f"/actions/{index}/target")
            raise UserError(f"{place}: the target selects nothing: {action['target']}")
        for node in reversed(nodes):
            if action.get("remove") is not True:
                _merge(node.obj, deepcopy(action.get("update")))
            elif node.parent is not None:
                cast(Any, node.parent.obj).pop(node.parts[-1])
    return result


def _actions(overlay: Source) -> list[dict[str, Any]]:
    value: Any = overlay.value
    if not isinstance(value, dict) or not str(value.get("overlay", "")).startswith("1."):
        raise UserError(f"{overlay.name}:1: not an OpenAPI Overlay: its first key should be `overlay: 1.0.0`")
    actions: Any = value.get("actions")
    if not isinstance(actions, list):
        raise UserError(f"{overlay.place('/actions')}: /actions: must be a list of actions")
    for index, action in enumerate(actions):
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            place = f"/actions/{index}"
            raise UserError(f"{overlay.place(place)}: {place}: must be an action with a `target`")
    return actions


def _merge(target: Any, update: Any) -> None:
    """Merge recursively: merge objects key by key, append to arrays, replace everything else."""
    if isinstance(target, list):
        target.append(update)
    elif isinstance(target, dict) and isinstance(update, dict):
        for key, value in update.items():
            old = target.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                _merge(old, value)
            elif isinstance(old, list) and isinstance(value, list):
                old.extend(value)
            else:
                target[key] = value
