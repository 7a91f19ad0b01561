"""JSON bodies as AstrBot reads them: leniently, with a crash where its framework crashes (BEHAVIOUR.md section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal

from mockbot.astrbot.handler import Crash
from mockbot.contract.receiving import SMALL
from mockbot.jsontext import JSON, loads
from mockbot.world.call import Call

JSON_TYPE = re.compile(r"application/(json|[^;\s/]+\+json)", re.IGNORECASE)

Unreadable = Literal["unreadable"]
UNREADABLE = object()

DEEPEST = 500
"""Levels of nested lists and objects. Python reads deeper values, but beyond about 900 levels it cannot write them."""
TOO_DEEP = Crash("the body is nested too deeply")


def fields(call: Call, names: Collection[str]) -> dict[str, JSON] | Crash | Unreadable:
    """Return the fields of a JSON object body; an empty body or a false value counts as an empty object.

    `names` are the fields that are read; the others may be nested as deeply as Python can read them (section 15).
    "unreadable" means that the content type is JSON and the body is not.
    """
    if not _is_json(call):
        return {}
    value = call.transaction.parsed if call.transaction.parsed is not None else _value(call.body)
    if isinstance(value, Crash):
        return value
    if value is UNREADABLE:
        return "unreadable"
    if not value:
        return {}
    if not isinstance(value, dict):
        return Crash("the body must be a JSON object")
    if len(call.body) <= DEEPEST or call.body.count(b"[") + call.body.count(b"{") <= DEEPEST:
        return value
    read = {name: value[name] for name in names if name in value}
    return TOO_DEEP if too_deep(read) else value


def _value(body: bytes) -> JSON | Crash | object:
    """Return the value of a JSON text, or UNREADABLE."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Crash("the body is not UTF-8 text")
    try:
        value: JSON = loads(text)
    except RecursionError:
        return TOO_DEEP
    except ValueError:
        return UNREADABLE
    return value


def read_large(call: Call) -> None:
    """Put the value of a large JSON body into `Transaction.parsed`, so that no handler has to read it."""
    if len(call.body) > SMALL and _is_json(call):
        call.transaction.parsed = _value(call.body)


def _is_json(call: Call) -> bool:
    given = call.content_type
    return given == "application/json" or JSON_TYPE.fullmatch(given.split(";")[0].strip()) is not None


def too_deep(value: JSON) -> bool:
    """Return whether a value has more than DEEPEST levels."""
    level: list[JSON] = [value]
    for _ in range(DEEPEST):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: JSON) -> Iterable[JSON]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()
