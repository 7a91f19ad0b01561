"""Replaces, in place, parts of a document that are not as OpenAPI has them by what they must have meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mockbot.jsontext import escape
from mockbot.openapi.shape import a, fits
from mockbot.wording import shown

Note = Callable[[str, str, str], None]
"""Takes the pointer, the kind and the sentence of a problem."""
STATUS = re.compile(r"[1-5](\d\d|XX)|default")
SWAGGER = ("type", "format", "items", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern")
"""Keywords that Swagger 2.0 has in a parameter itself."""


def plain(node: dict[str, Any], name: str, kind: str, at: str, owner: str, note: Note) -> None:
    """Replace a plain value of the wrong type by what it must have meant, or leave it out."""
    value = node.pop(name)
    mended: object = None
    if isinstance(value, str) and kind in ("number", "positive", "count"):
        mended = _number(value)
    elif isinstance(value, str) and kind == "boolean" and value.lower() in ("true", "false"):
        mended = value.lower() == "true"
    elif kind == "string" and name != "$ref" and isinstance(value, int | float):
        mended = str(value).lower() if isinstance(value, bool) else str(value)
    elif kind == "type" and value is None:
        mended = "null"
    elif kind == "type" and isinstance(value, list):
        mended = [each for each in value if fits("type", each)] or None
    elif kind == "strings" and isinstance(value, list):
        mended = [each for each in value if isinstance(each, str)]
    wanted = {"strings": "a list of names", "type": "a type of JSON", "count": "a count", "positive": "above 0"}
    message = f"{name!r} must be {wanted.get(kind, a(kind))}, is {shown(value)}"
    if mended is not None and fits(kind, mended):
        node[name] = mended
        note(at, f"{owner} {name}", message)
    else:
        note(at, f"{owner} {name}", f"{message}; it is ignored")


def schema(node: dict[str, Any], at: str, note: Note) -> None:
    """Mend the keywords of a schema that other versions of OpenAPI write in another way."""
    required = node.get("required")
    if isinstance(required, list) and fits("strings", required) and len(set(required)) < len(required):
        twice = next(each for index, each in enumerate(required) if each in required[:index])
        note(f"{at}/required", "repeated required", f"'required' has {twice!r} more than once")
        node["required"] = list(dict.fromkeys(required))
    if isinstance(node.get("items"), list):
        note(f"{at}/items", "items", "'items' must be a schema, is a list; it is read as 'prefixItems'")
        node.setdefault("prefixItems", node.pop("items"))
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if isinstance(node.get(exclusive), bool):
            note(f"{at}/{exclusive}", exclusive, f"{exclusive!r} must be a number since OpenAPI 3.1")
            if node.pop(exclusive) and bound in node:
                node[exclusive] = node.pop(bound)
    if "nullable" in node:
        note(f"{at}/nullable", "nullable", "'nullable' means nothing since OpenAPI 3.1; use 'type'")
        del node["nullable"]
    for name in ("$schema", "$id", "$anchor", "$dynamicAnchor"):
        if isinstance(node.get(name), str):
            del node[name]  # references no longer need them


def parameter(node: dict[str, Any], at: str, owner: str, note: Note) -> None:
    """Give a parameter a schema where it has none."""
    if "schema" not in node and not node.get("content"):
        node.pop("content", None)
        old = {name: node.pop(name) for name in SWAGGER if name in node}
        own = ", not the keywords themselves" if old else ""
        note(at, f"schema of {owner}", f"{a(owner)} must have 'schema' or 'content'{own}")
        node["schema"] = old
    elif "schema" in node and "content" in node:
        note(at, "schema and content", "must have 'schema' or 'content', not both; 'schema' counts")
        del node["content"]
    if owner == "Parameter" and node.get("in") == "path" and node.get("required") is not True:
        note(at, "required path parameter", "a parameter in the path must be 'required: true'")
        node["required"] = True


def statuses(responses: dict[str, Any], at: str, note: Note) -> None:
    """Leave out what is no status, and write ranges in capitals."""
    for code in list(responses):
        wanted = code if code == "default" else code.upper()
        if not STATUS.fullmatch(wanted):
            if not code.startswith("x-"):
                note(f"{at}/{escape(code)}", "status", f"{code!r} is no status, no range and not 'default'")
            del responses[code]
        elif wanted != code:
            note(f"{at}/{escape(code)}", "range", f"a range of statuses is written {wanted!r}")
            responses[wanted] = responses.pop(code)


def _number(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None
