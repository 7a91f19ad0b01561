"""Compare a received value with an expected one, which consists of literal values and matchers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mockbot.contract.like import unlike, unusable
from mockbot.dataclass import dataclass
from mockbot.exchange.names import fill
from mockbot.jsontext import JSON, escape, read

MATCHERS = frozenset({"$like", "$same", "$json", "$unordered"})
SHOWN = 200  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first difference; `at` is a JSON pointer, or the name of a part of the response."""

    at: str
    expected: str
    got: str


def shown(value: JSON) -> str:
    """Return a value as JSON, truncated to SHOWN characters."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= SHOWN else f"{written[:SHOWN]}…"


def differ(expected: JSON, got: JSON, names: dict[str, JSON], at: str = "") -> Mismatch | None:
    """Return the first difference in document order, or None. `$same` adds the values it names to `names`."""
    if isinstance(expected, dict) and expected.keys() & MATCHERS:
        return _unmatched(expected, got, names, at)
    if isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            return Mismatch(at, f"the keys {', '.join(expected)}", f"the keys {', '.join(got)}")
        parts = ((key, expected[key], got[key]) for key in expected)
        return next(_differences(parts, names, at), None)
    if isinstance(expected, list) and isinstance(got, list):
        pairs = zip(range(len(expected)), expected, got, strict=False)
        if found := next(_differences(pairs, names, at), None):
            return found
        return None if len(expected) == len(got) else Mismatch(at, f"{len(expected)} items", f"{len(got)} items")
    value = fill(expected, names)
    return None if type(value) is type(got) and value == got else Mismatch(at, shown(value), shown(got))


def misused(value: JSON, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield the JSON pointer of each invalid matcher, and the reason."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from misused(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            at = f"{pointer}/{escape(key)}"
            if not value.keys() & MATCHERS:
                yield from misused(item, at)
            elif key not in MATCHERS:
                yield at, f"`{key}` is not a matcher: use {', '.join(sorted(MATCHERS))}"
            elif key == "$like" and (why := unusable(item)):
                yield at, why
            elif key == "$unordered" and not isinstance(item, dict):
                yield at, "must be an object"
            elif key in ("$json", "$unordered"):
                yield from misused(item, at)
            elif key == "$same" and not isinstance(item, str):
                yield at, "must be a string: the name for the value"


def bound(value: JSON) -> Iterator[str]:
    """Yield the names that `$same` defines in a value."""
    if isinstance(value, list):
        for item in value:
            yield from bound(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "$same":
                yield str(item)
            else:
                yield from bound(item)


def _differences(parts: Iterator[tuple[str | int, JSON, JSON]], names: dict[str, JSON], at: str) -> Iterator[Mismatch]:
    for key, expected, got in parts:
        if found := differ(expected, got, names, f"{at}/{escape(str(key))}"):
            yield found


def _unmatched(matcher: dict[str, JSON], got: JSON, names: dict[str, JSON], at: str) -> Mismatch | None:
    if "$like" in matcher and (why := unlike(got, fill(matcher["$like"], names))):
        return Mismatch(at, f"a value like {shown(matcher['$like'])}", f"{shown(got)}: {why}")
    if "$json" in matcher:
        try:
            inner = read(got if isinstance(got, str) else "")
        except ValueError:
            return Mismatch(at, "a string of JSON", shown(got))
        if found := differ(matcher["$json"], inner, names, at):
            return found
    if "$unordered" in matcher and (
        found := differ(matcher["$unordered"], _ordered(got, matcher["$unordered"]), names, at)
    ):
        return found
    if "$same" in matcher:
        known = names.setdefault(str(matcher["$same"]), got)
        if type(known) is not type(got) or known != got:
            return Mismatch(at, f"{shown(known)}, the value of `{matcher['$same']}`", shown(got))
    return None


def _ordered(got: JSON, like: JSON) -> JSON:
    """Return an object with the keys that `like` has first, in the order of `like`."""
    if not isinstance(got, dict) or not isinstance(like, dict):
        return got
    return {**{key: got[key] for key in like if key in got}, **got}
