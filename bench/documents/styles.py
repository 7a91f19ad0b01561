"""Parameters written in the styles of OpenAPI (3.1, 4.8.12.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from mockbot.jsontext import JSON

Pairs: TypeAlias = list[tuple[str, str]]


def styled(parameter: Mapping[str, Any], value: JSON) -> str | Pairs | None:
    """Return a value as its parameter is written: a text, or name and text pairs; None when there is no way."""
    where, name = parameter["in"], parameter["name"]
    escape = str if parameter.get("raw") or where in ("header", "cookie") else _escaped
    if "content" in parameter:
        return [(name, _escaped(json.dumps(value)))] if where == "query" else escape(json.dumps(value))
    style = parameter.get("style", "form" if where in ("query", "cookie") else "simple")
    explode = parameter.get("explode", style in ("form", "cookie"))
    match style, value:
        case "deepObject", dict():
            return [pair for key, item in value.items() for pair in _deep(f"{name}[{key}]", item, escape)]
        case "deepObject", list():
            return [pair for index, item in enumerate(value) for pair in _deep(f"{name}[{index}]", item, escape)]
        case (("form" | "deepObject"), list()) if explode:
            return [(name, escape(_text(item))) for item in value]
        case "form", dict() if explode:
            return [(key, escape(_text(item))) for key, item in value.items()]
        case "form", _:
            return [(name, _joined(value, ",", escape))]
        case "spaceDelimited", list():
            return (
                [(name, escape(_text(item))) for item in value] if explode else [(name, _joined(value, "%20", escape))]
            )
        case "pipeDelimited", list():
            return (
                [(name, escape(_text(item))) for item in value] if explode else [(name, _joined(value, "%7C", escape))]
            )
        case "simple", dict() if explode:
            return ",".join(f"{escape(key)}={escape(_text(item))}" for key, item in value.items())
        case "simple", _:
            return _joined(value, ",", escape)
        case "label", dict() if explode:
            return "".join(f".{escape(key)}={escape(_text(item))}" for key, item in value.items())
        case "label", list() if explode:
            return "".join(f".{escape(_text(item))}" for item in value)
        case "label", _:
            return "." + _joined(value, ",", escape)
        case "matrix", dict() if explode:
            return "".join(f";{escape(key)}={escape(_text(item))}" for key, item in value.items())
        case "matrix", list() if explode:
            return "".join(f";{name}={escape(_text(item))}" for item in value)
        case "matrix", _:
            return f";{name}={_joined(value, ',', escape)}"
        case _, str() | int() | float() | bool() | None:
            return [(name, escape(_text(value)))]
    return None


def _deep(name: str, value: JSON, escape: Any) -> Pairs:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _deep(f"{name}[{key}]", item, escape)]
    if isinstance(value, list):
        return [pair for index, item in enumerate(value) for pair in _deep(f"{name}[{index}]", item, escape)]
    return [(name, escape(_text(value)))]


def _joined(value: JSON, comma: str, escape: Any) -> str:
    if isinstance(value, dict):
        return comma.join(f"{escape(str(key))}{comma}{escape(_text(item))}" for key, item in value.items())
    if isinstance(value, list):
        return comma.join(escape(_text(item)) for item in value)
    text: str = escape(_text(value))
    return text


def _text(value: JSON) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _escaped(text: str) -> str:
    return quote(text, safe="")
