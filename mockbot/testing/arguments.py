"""The arguments of `MockBot(...)`, checked as the command line checks its options."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from reprlib import repr as shown
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from mockbot.duration import EXAMPLES, milliseconds
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.wording import closest, near

KINDS: Mapping[Any, str] = {
    str: "a text",
    Path: "a path",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    tuple: "a list of texts",
    NoneType: "None",
}
LEAST: Mapping[str, int] = {"seed": -(2**63)}
"""The least value of a number that may be negative."""
LAST_PORT = 65_535
LONGEST_PACE = 60_000.0
"""Milliseconds, as the option allows."""


def settings_of(pace: object, given: Mapping[str, Any]) -> Settings:
    """Return the settings of a server for a test, by default on a free port; raise UserError on a wrong argument."""
    types = get_type_hints(Settings)
    for name in given:
        if name not in types:
            raise UserError(f"MockBot has no argument `{name}`; {near(name, ('pace', 'listener', *types))}")
    chosen: dict[str, Any] = {name: _fitting(name, value, types[name]) for name, value in given.items()}
    if chosen.get("port", 0) > LAST_PORT:
        raise _wrong("port", f"a whole number up to {LAST_PORT}", given["port"])
    return replace(Settings(port=0, pace_ms=_pace(pace)), **chosen)


def _pace(pace: object) -> float:
    found = math.nan
    if isinstance(pace, str | int | float):
        with suppress(ValueError):
            found = milliseconds(pace)
    if not 0 <= found <= LONGEST_PACE:
        raise _wrong("pace", f"a number of milliseconds from 0 to {LONGEST_PACE:g}, or {EXAMPLES}", pace)
    return found


def _fitting(name: str, value: object, wanted: Any) -> object:
    """Return the value of an argument; a path may be a text, a text a path, and a tuple a list."""
    if get_origin(wanted) is Literal:
        return _chosen(name, value, get_args(wanted))
    kinds = [get_origin(each) or each for each in get_args(wanted)] or [wanted]
    if get_origin(wanted) is tuple:
        kinds = [tuple]
    match value:
        case None if NoneType in kinds:
            return None
        case str() if Path in kinds:
            return Path(value)
        case str() if str in kinds:
            return value
        case Path() if Path in kinds:
            return value
        case Path() if str in kinds:
            return str(value)
        case bool():
            if bool in kinds:
                return value
        case int() if int in kinds and value >= LEAST.get(name, 0):
            return value
        case int() | float() if float in kinds and 0 <= value < math.inf:
            return float(value)
        case list() | tuple() if tuple in kinds and all(isinstance(each, str) for each in value):
            return tuple(value)
    raise _wrong(name, " or ".join(KINDS[kind] for kind in kinds), value)


def _chosen(name: str, value: object, known: tuple[str, ...]) -> object:
    if value in known:
        return value
    meant = closest(value, known) if isinstance(value, str) else None
    hint = f"; did you mean {meant!r}?" if meant else ""
    raise UserError(f"MockBot: `{name}` must be {' or '.join(map(repr, known))}, not {shown(value)}{hint}")


def _wrong(name: str, wanted: str, value: object) -> UserError:
    return UserError(f"MockBot: `{name}` must be {wanted}, not {shown(value)}")
