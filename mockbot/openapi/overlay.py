"""OpenAPI Overlay 1.0: what a document leaves out, said in a second document that is laid over it.

Targets are JSONPath (RFC 9535, by python-jsonpath). The twenty lines that apply an action are our own because
oas-patch, the library for overlays, loads Jinja2, deepdiff and rich into every start of the server.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

import jsonpath

from mockbot.errors import UserError
from mockbot.source import Source


def apply(overlay: Source, document: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    """Return `document` with every action of `overlay` done to a copy of it, in order.

    A target that selects nothing is no mistake (Overlay 1.0, section 4.4.3), so that the overlay fits newer documents,
    unless `strict`. UserError with file and line when the overlay itself is none.
    """
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
    """Merge recursively: objects key by key, arrays by appending, anything else replaced."""
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
