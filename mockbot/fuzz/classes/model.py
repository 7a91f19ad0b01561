"""Classes D: JSON, and the values in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from mockbot.fuzz.classes.bug_class import BugClass, plays
from mockbot.fuzz.sent import Sent

SAFE = 2**53
DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?")
USUAL_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
SURROGATE = re.compile(rb"\\u[dD][89a-bA-B][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")

Shape = Mapping[str, type]
"""The types at the pointers of a JSON value; list indexes are `*`."""


def _leaves(value: object, at: str = "") -> Iterator[tuple[str, object]]:
    yield at, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{at}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{at}/*")


def _all(sent: Sequence[Sent]) -> list[list[tuple[str, object]]]:
    """Return the pointers and values of each JSON value in responses with status 200."""
    return [list(_leaves(value)) for one in sent if one.status == 200 for value in one.values]


def _key(leaves: Sequence[tuple[str, object]]) -> object:
    """Return what kind of object it is: its `type`, or nothing."""
    return dict(leaves).get("/type") if isinstance(dict(leaves).get("/type"), str) else None


def _value(found: Callable[[object], bool]) -> Callable[[Sequence[Sent], Sequence[Sent]], bool]:
    return lambda sent, _: any(found(value) for leaves in _all(sent) for _, value in leaves)


def _types(plain: Sequence[Sent]) -> dict[tuple[object, str], set[type]]:
    types: dict[tuple[object, str], set[type]] = {}
    for leaves in _all(plain):
        for at, value in leaves:
            types.setdefault((_key(leaves), at), set()).add(type(value))
    return types


def _changed(now: Callable[[object], bool]) -> Callable[[Sequence[Sent], Sequence[Sent]], bool]:
    """Return what is met where a value has a type that it never had before."""

    def met(sent: Sequence[Sent], plain: Sequence[Sent]) -> bool:
        types = _types(plain)
        return any(
            (known := types.get((_key(leaves), at))) is not None and type(value) not in known and now(value)
            for leaves in _all(sent)
            for at, value in leaves
        )

    return met


def _absent(sent: Sequence[Sent], plain: Sequence[Sent]) -> bool:
    usual: dict[object, set[str]] = {}
    for leaves in _all(plain):
        names = {at for at, _ in leaves if at.count("/") == 1}
        usual[_key(leaves)] = usual.get(_key(leaves), names) & names
    return any(usual.get(_key(leaves), set()) - {at for at, _ in leaves} for leaves in _all(sent))


def _extra(sent: Sequence[Sent], plain: Sequence[Sent]) -> bool:
    usual = {at for leaves in _all(plain) for at, _ in leaves}
    return any(at not in usual for leaves in _all(sent) for at, _ in leaves)


def _is_odd_date(value: object) -> bool:
    return isinstance(value, str) and bool(DATE.fullmatch(value)) and not USUAL_DATE.fullmatch(value)


def _rows(sent: Sequence[Sent]) -> list[object]:
    return [value for one in sent if one.status == 200 and not one.is_stream for value in one.values]


CLASSES = (
    BugClass(
        "D1",
        "null for a value",
        "violation",
        "the contract does not allow it, and servers do it: report an error, or go on",
        (plays("null"),),
        _changed(lambda value: value is None),
        needs="any",
    ),
    BugClass(
        "D2",
        "an optional property is absent",
        "legal",
        "the document requires nothing",
        (plays("drop"),),
        _absent,
        needs="any",
    ),
    BugClass(
        "D3",
        "a property that is new",
        "legal",
        "the contract is open: ignore properties that you do not know",
        (plays("extra"),),
        _extra,
        needs="any",
    ),
    BugClass(
        "D4",
        "a member of an enum that is new",
        "violation",
        "the contract does not allow it, and servers grow: go on",
        (plays("enum"),),
        _value(lambda value: value == "mockbot_unknown"),
        needs="any",
    ),
    BugClass(
        "D5",
        "an integer beyond 2^53",
        "legal",
        "RFC 8259 6: numbers have no limit; keep it exact where you show it",
        (plays("bigint"),),
        _value(lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE),
        needs="any",
    ),
    BugClass(
        "D6",
        "forms of a date and time",
        "legal",
        "RFC 3339 5.6: any number of digits, and letters in any case",
        tuple(plays({"name": "datetime", "form": form}) for form in ("nanoseconds", "lower_z", "no_colon", "no_zone")),
        _value(_is_odd_date),
        needs="json",
    ),
    BugClass(
        "D7",
        "half of a surrogate pair",
        "legal",
        "RFC 8259 8.2: the grammar allows it; do not die of it",
        (plays("surrogate"),),
        lambda sent, _: any(SURROGATE.search(one.body) for one in sent),
        needs="any",
    ),
    BugClass(
        "D8",
        "a property of another type",
        "violation",
        "AstrBot's `data` is text, an object or null (chat_service.py)",
        (plays({"name": "retype", "to": "object"}),),
        _changed(lambda value: isinstance(value, dict)),
        needs="any",
    ),
    BugClass(
        "D9",
        "pages that do not add up",
        "violation",
        "end the paging when a page is empty, whatever the total says",
        (
            plays({"name": "paging", "rows": "empty"}),
            plays({"name": "paging", "rows": "total"}),
            plays({"name": "paging", "rows": "repeat"}),
        ),
        lambda sent, plain: bool(_rows(sent)) and _rows(sent)[:1] != _rows(plain)[:1],
        needs="list",
    ),
)
