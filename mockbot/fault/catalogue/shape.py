"""JSON with other values: in the body of a response, or in each event of a stream.

Only what the fault changes is written again. All other characters stay, also the digits of numbers.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import Expects, Fault, Form, Kind, Range
from mockbot.fault.rewriting import rewritten
from mockbot.fault.spans import POINTER, Edit, Value, at, contents, edited, quoted, values, without

A_POINTER = Form(POINTER, "a JSON pointer such as /data or /data/*/id")
At: TypeAlias = Annotated[
    str | None,
    A_POINTER,
    Range(0, 1000),
    "JSON pointer of the values to change, in which `*` is every member or item; null: the first place that fits.",
]
CONTRACT = "JSON Schema 2020-12, in the contract:"
NAMES_A_KIND = re.compile(r"(?:.*_)?(?:type|status|kind|role|object|event)")
NAMES_A_THING = re.compile(r"(?:.*_)?ids?")


@dataclass(frozen=True, slots=True)
class Shape(Fault):
    """A fault of the values in JSON; without `at`, it changes the first value for which `_first_fits` is true."""

    at: At = None

    def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the JSON of the body or of each event changed."""
        return rewritten(messages, self._changed)

    def _changed(self, text: str) -> str:
        found = values(text)
        return edited(text, self._edits(found, self._places(found)))

    def _places(self, found: Sequence[Value]) -> list[Value]:
        if self.at is not None:
            return [each for each in at(found, self.at) if self._fits(each)]
        return next(([each] for each in found if self._fits(each) and self._first_fits(each)), [])

    def _fits(self, _: Value) -> bool:
        """Return whether the value can be changed."""
        return True

    def _first_fits(self, value: Value) -> bool:
        """Return whether it is a place to choose without `at`: a member or item that does not name a kind."""
        return value.within is not None and not NAMES_A_KIND.fullmatch(value.name)

    def _edits(self, _: Sequence[Value], places: Sequence[Value]) -> list[Edit]:
        """Return the edits that change the values at `places`, which are some of all values."""
        return [(each.start, each.end, self._new(each)) for each in places]

    @abstractmethod
    def _new(self, value: Value) -> str:
        """Return the JSON to write in place of a value."""


@dataclass(frozen=True, slots=True)
class _Unlisted(Shape):
    """A fault with values that the contract may exclude, and a client may pass on."""

    @property
    def kind(self) -> Kind:
        """Return `violation`."""
        return "violation"

    @property
    def expects(self) -> Expects:
        """Return `either`, because a lenient client may pass the value on."""
        return "either"


@dataclass(frozen=True, slots=True)
class Null(_Unlisted):
    """A value is null; without `at`, the first member or item that does not name a kind, such as `type`."""

    name: ClassVar[str] = "null"
    rule: ClassVar[str] = f"{CONTRACT} `type` has null where a value may be null"

    def _fits(self, value: Value) -> bool:
        return value.kind != "null"

    def _new(self, _: Value) -> str:
        return "null"


@dataclass(frozen=True, slots=True)
class Drop(Shape):
    """A member or item is absent; without `at`, the first member that does not name a kind, such as `type`."""

    name: ClassVar[str] = "drop"
    rule: ClassVar[str] = f"{CONTRACT} a property that is not in `required` may be absent"

    def _fits(self, value: Value) -> bool:
        return value.within is not None

    def _edits(self, found: Sequence[Value], places: Sequence[Value]) -> list[Edit]:
        return without(found, places)

    def _new(self, _: Value) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Extra(Shape):
    """An object has one more member, at its end, with the value true."""

    name: ClassVar[str] = "extra"
    rule: ClassVar[str] = f"{CONTRACT} an object may have more properties unless `additionalProperties` forbids them"
    at: Annotated[str, A_POINTER, Range(0, 1000), "JSON pointer of the objects, in which `*` is every one."] = ""
    key: Annotated[str, Range(1, 1000), "The key of the member."] = "mockbot_extra"

    def _fits(self, value: Value) -> bool:
        return value.kind == "object"

    def _new(self, value: Value) -> str:
        spaced = ": " in value.source[:200] or ", " in value.source[:200]
        comma, colon = (", ", ": ") if spaced else (",", ":")
        return f"{value.text[:-1]}{comma if value.items else ''}{quoted(self.key)}{colon}true}}"


@dataclass(frozen=True, slots=True)
class Enum(_Unlisted):
    """A text is one that no version had; without `at`, the first text that names a kind, such as `type` or `status`."""

    name: ClassVar[str] = "enum"
    rule: ClassVar[str] = f"{CONTRACT} `enum` lists the values of today; a later version adds some"
    value: Annotated[str, Range(0, 1000), "The text."] = "mockbot_unknown"

    def _fits(self, value: Value) -> bool:
        return value.kind == "string"

    def _first_fits(self, value: Value) -> bool:
        return NAMES_A_KIND.fullmatch(value.name) is not None

    def _new(self, _: Value) -> str:
        return quoted(self.value)


@dataclass(frozen=True, slots=True)
class BigInt(Shape):
    """An integer is larger than a double holds exactly; only integers are replaced."""

    name: ClassVar[str] = "bigint"
    rule: ClassVar[str] = "RFC 8259 section 6: a number may have any size; beyond 2^53, readers differ"
    value: Annotated[
        str, Form(r"-?(?:0|[1-9][0-9]*)", "the digits of an integer"), Range(1, 400), "The digits of the integer."
    ] = "9007199254740993"

    def _fits(self, value: Value) -> bool:
        return value.kind == "number" and not set(value.text) & set(".eE")

    def _new(self, _: Value) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Retype(Shape):
    """A value has another type; without `at`, the first member or item that does not name a kind, such as `type`."""

    name: ClassVar[str] = "retype"
    rule: ClassVar[str] = f"{CONTRACT} `type` limits the types of a value; without it, every event may have another"
    to: Annotated[Literal["null", "string", "number", "boolean", "array", "object"], "The new type."] = "object"

    @property
    def kind(self) -> Kind:
        """Return `disputed`, because contracts leave the types of some values open."""
        return "disputed"

    def _fits(self, value: Value) -> bool:
        return value.kind != self.to

    def _new(self, _: Value) -> str:
        return SMALLEST[self.to]


SMALLEST = {"null": "null", "string": '""', "number": "0", "boolean": "false", "array": "[]", "object": "{}"}
"""The value of each type that `retype` writes."""
PROMISES = re.compile(r"(?i)(?:total|count)(?:_?(?:items|count|rows|results))?|has_?(?:more|next)")


MOST_REPEATED = 1024 * 1024
"""Characters of rows that are sent twice; a longer page is left alone, since each of several faults doubles it."""


@dataclass(frozen=True, slots=True)
class Paging(Fault):
    """A page of a list has other rows than its numbers say.

    A page is the first object that has exactly one array and, beside it, a total, a count or a mark that there is more.
    """

    name: ClassVar[str] = "paging"
    rule: ClassVar[str] = "No rule ties the rows of a page to its total: rows come and go between two requests"
    rows: Annotated[
        Literal["empty", "total", "repeat"],
        "`empty`: no rows, though there are more; `total`: 1000 too many in the total, or the opposite mark; "
        "`repeat`: all rows twice.",
    ] = "empty"

    def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with the page in the body or in each event changed."""
        return rewritten(messages, self._changed)

    def _changed(self, text: str) -> str:
        found = values(text)
        content_of = contents(found)
        for each in found:
            content = content_of.get(id(each), []) if each.kind == "object" else []
            arrays = [value for value in content if value.kind == "array"]
            marks = [value for value in content if _promises(value)]
            if len(arrays) == 1 and marks:
                return edited(text, self._edits(arrays[0], marks))
        return text

    def _edits(self, rows: Value, marks: Sequence[Value]) -> list[Edit]:
        inner = rows.text[1:-1]
        match self.rows:
            case "repeat":
                comma = ", " if ", " in rows.source[:200] else ","
                whole = rows.items and len(inner) <= MOST_REPEATED
                return [(rows.end - 1, rows.end - 1, comma + inner)] if whole else []
            case "total":
                return [(each.start, each.end, _wrong(each.text)) for each in marks]
            case "empty":
                promised = {"false": "true", "0": "1"}
                more: list[Edit] = [
                    (each.start, each.end, promised[each.text]) for each in marks if each.text in promised
                ]
                return [(rows.start + 1, rows.end - 1, ""), *more]


def _promises(value: Value) -> bool:
    whole = value.kind == "number" and value.end - value.start < 20 and value.text.isdigit()
    return (whole or value.kind == "boolean") and PROMISES.fullmatch(value.name) is not None


def _wrong(mark: str) -> str:
    return str(int(mark) + 1000) if mark.isdigit() else "false" if mark == "true" else "true"
