"""Formats in compiled schemas: quick checks that may only accept, and the checks of the validation in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any], bool]
"""Returns whether a value has a format."""
DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-]00:00)", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def _date_time(value: Any) -> bool:
    if not isinstance(value, str) or DATE_TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _uuid(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


@cache
def _full() -> Mapping[str, Check]:
    """Return the checks of the validation in full, whose library is large."""
    from mockbot.contract.assertions import FORMATS

    return {name: check for name, (check, _) in FORMATS.checkers.items()}


def _quick(name: str, accepts: Check) -> Check:
    return lambda value: accepts(value) or _full()[name](value)


QUICK: Mapping[str, Check] = {
    "date-time": _quick("date-time", _date_time),
    "uuid": _quick("uuid", _uuid),
}
"""Checks with the verdicts of those in full, which they ask only about a value that they do not accept themselves."""


class Formats(Mapping[str, Check]):
    """The checks of formats by their names; those in full are loaded for the first format that has no quick one."""

    def __getitem__(self, name: str) -> Check:
        return QUICK[name] if name in QUICK else _full()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_full())

    def __len__(self) -> int:
        return len(_full())
