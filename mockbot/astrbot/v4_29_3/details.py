"""Validation of types: the `detail` of a response with status 422 (BEHAVIOUR.md section 3.3).

A model is the fields of a JSON body in order. Fields that it does not have are allowed, and may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from mockbot.astrbot.v4_29_3.answers import ENVELOPE
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.response import Response, whole

TRUE, FALSE = ("1", "on", "t", "true", "y", "yes"), ("0", "off", "f", "false", "n", "no")
INTEGER = re.compile(r"\s*[+-]?[0-9]+(_[0-9]+)*(\.0*)?\s*")
OBJECT = "Input should be a valid dictionary or object to extract fields from"


@dataclass(frozen=True, slots=True)
class Detail:
    """One value of the wrong type."""

    type: str
    loc: tuple[str | int, ...]
    msg: str
    input: JSON
    ctx: JSON = None

    def as_json(self) -> JSON:
        """Return it as AstrBot writes it."""
        entry: dict[str, JSON] = {"type": self.type, "loc": [*self.loc], "msg": self.msg, "input": self.input}
        return entry if self.ctx is None else {**entry, "ctx": self.ctx}


MOST = 10_000
"""How many wrong values a response names."""


def unprocessable(details: Sequence[Detail]) -> Response:
    """Return the response with status 422, which names MOST values at most."""
    return whole(422, "application/json", ENVELOPE.encode({"detail": [each.as_json() for each in details[:MOST]]}))


Check: TypeAlias = Callable[[JSON, tuple[str | int, ...]], "list[Detail] | Read"]
"""Reads a value at a place."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value that was read."""

    value: Any


def missing(loc: tuple[str | int, ...], given: JSON = None) -> Detail:
    """Return the detail of a value that is required."""
    return Detail("missing", loc, "Field required", given)


def text(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read a text."""
    if isinstance(value, str):
        return Read(value)
    return [Detail("string_type", loc, "Input should be a valid string", value)]


def boolean(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read a boolean: also 1, 0, and the usual words in any case."""
    if isinstance(value, bool):
        return Read(value)
    if isinstance(value, str) and value.lower() in TRUE + FALSE:
        return Read(value.lower() in TRUE)
    if isinstance(value, int | float) and value in (0, 1):
        return Read(bool(value))
    if isinstance(value, str | int) or (isinstance(value, float) and value.is_integer()):
        message = "Input should be a valid boolean, unable to interpret input"
        return [Detail("bool_parsing", loc, message, value)]
    return [Detail("bool_type", loc, "Input should be a valid boolean", value)]


def integer(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read an integer; a fraction of zero is none."""
    if isinstance(value, bool | int) or (isinstance(value, float) and value.is_integer()):
        return Read(int(value))
    if isinstance(value, float):
        message = "Input should be a valid integer, got a number with a fractional part"
        return [Detail("int_from_float", loc, message, value)]
    if isinstance(value, str):
        if INTEGER.fullmatch(value) and len(value) < 4000:
            return Read(int(value.partition(".")[0].strip()))
        message = "Input should be a valid integer, unable to parse string as an integer"
        return [Detail("int_parsing", loc, message, value)]
    return [Detail("int_type", loc, "Input should be a valid integer", value)]


def anything(value: JSON, _: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read anything."""
    return Read(value)


def texts(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read a list of texts."""
    if not isinstance(value, list):
        return [Detail("list_type", loc, "Input should be a valid list", value)]
    found = [text(each, (*loc, index)) for index, each in enumerate(value)]
    wrong = [detail for each in found if isinstance(each, list) for detail in each]
    return wrong or Read(value)


def mapping(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read an object with any keys."""
    if isinstance(value, dict):
        return Read(value)
    return [Detail("dict_type", loc, "Input should be a valid dictionary", value)]


def text_or_integer(value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
    """Read a text or an integer; what is neither is wrong in two ways."""
    if isinstance(value, str):
        return Read(value)
    as_text, as_integer = text(value, (*loc, "str")), integer(value, (*loc, "int"))
    if isinstance(as_integer, Read):
        return as_integer
    assert isinstance(as_text, list)
    return as_text + as_integer


def optional(check: Check) -> Check:
    """Return a check that also accepts null."""
    return lambda value, loc: Read(None) if value is None else check(value, loc)


@dataclass(frozen=True, slots=True)
class Model:
    """The fields of an object, in order; those in `required` must be there."""

    fields: Mapping[str, Check] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def __call__(self, value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
        """Read an object; its other keys are kept."""
        if not isinstance(value, dict):
            return [Detail("model_attributes_type", loc, OBJECT, value)]
        wrong: list[Detail] = []
        result: dict[str, JSON] = dict(value)
        for name, check in self.fields.items():
            if name not in value:
                wrong += [missing((*loc, name), value)] if name in self.required else []
                continue
            found = check(value[name], (*loc, name))
            if isinstance(found, Read):
                result[name] = found.value
            else:
                wrong += found
        return wrong or Read(result)


@dataclass(frozen=True, slots=True)
class Range:
    """An optional integer of the query."""

    default: int
    least: int | None = None
    most: int | None = None

    def __call__(self, value: JSON, loc: tuple[str | int, ...]) -> list[Detail] | Read:
        """Read it from its text."""
        match integer(value, loc):
            case Read(number) if self.least is not None and number < self.least:
                message = f"Input should be greater than or equal to {self.least}"
                return [Detail("greater_than_equal", loc, message, value, {"ge": self.least})]
            case Read(number) if self.most is not None and number > self.most:
                message = f"Input should be less than or equal to {self.most}"
                return [Detail("less_than_equal", loc, message, value, {"le": self.most})]
            case found:
                return found


@dataclass(frozen=True, slots=True)
class Query:
    """The typed parameters of a query, in order; those in `required` must be there."""

    fields: Mapping[str, Check]
    required: frozenset[str] = frozenset()

    def details(self, query: Mapping[str, str]) -> list[Detail]:
        """Return what is wrong in a query."""
        wrong: list[Detail] = []
        for name, check in self.fields.items():
            if name in query:
                found = check(query[name], ("query", name))
                wrong += found if isinstance(found, list) else []
            elif name in self.required:
                wrong.append(missing(("query", name)))
        return wrong
