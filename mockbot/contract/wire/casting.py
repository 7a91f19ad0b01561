"""Text on the wire cast to JSON values by a schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from mockbot.contract.media_types import read_json, strict_integer
from mockbot.contract.wire.shapes import ALL, PRIMITIVE, Shapes
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

Raw: TypeAlias = "str | bytes | tuple[Raw, ...] | list[Raw] | dict[str, Raw] | Known"
"""A value before it is cast. A tuple has the values of a name that may occur several times: an array, or the first."""
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
MOST_FITS = 2000
"""How often one message may be asked which of several readings fits; after that, the likeliest is taken."""
EXACT = 2**53
"""A float with a fraction or exponent below this is exact, so that it may be an integer."""
DEEPEST = 50
CONTAINERS = frozenset({"array", "object"})


@dataclass(frozen=True, slots=True)
class Known:
    """A value that needs no cast."""

    value: Any


@dataclass(frozen=True, slots=True)
class Caster:
    """Casts by what fits the schema; where nothing fits, a text stays text and the validation says what is wrong."""

    shapes: Shapes
    fits: Callable[[Any, Any], bool]
    """Whether a value fits a schema."""
    integer: Callable[[str], int] = strict_integer
    """Reads an integer; raises ValueError."""

    def cast(self, readings: Sequence[Raw], schema: Any) -> JSON:
        """Return the first of several readings that fits the schema, or else the first."""
        cast = _Cast(self, 1000 + 20 * sum(map(_size, readings)))
        return cast.first(schema, (cast.of(raw, schema, 0) for raw in readings))


@dataclass(slots=True)
class _Cast:
    """One cast. A value is tried in every branch of a union, as long as that takes about the time of its size."""

    caster: Caster
    left: int
    """How much may still be tried."""
    fits: int = MOST_FITS

    def first(self, schema: Any, values: Iterator[JSON]) -> JSON:
        """Return the first value that fits, or else the first."""
        found, *others = values
        if not others:
            return found
        for each in (found, *others):
            self.fits -= 1
            if self.fits < 0 or self.caster.fits(schema, each):
                return each
        return found

    def of(self, raw: Raw, schema: Any, depth: int) -> Any:
        match raw:
            case Known():
                return raw.value
            case str() | bytes():
                return self.primitive(raw, schema, depth)
            case tuple():
                return self.repeated(raw, schema, depth)
        branches = self.caster.shapes.branches(schema) if depth < DEEPEST else ()
        wanted = CONTAINERS if isinstance(raw, dict) else {"array"}
        fitting = [each for each in branches if self.caster.shapes.types(each) & wanted]
        self.left -= len(fitting) * _size(raw) if len(fitting) > 1 else 0
        if not fitting or self.left < 0:
            return self.plain(raw, schema, depth)
        return self.first(schema, (self.of(raw, each, depth + 1) for each in fitting))

    def plain(self, raw: Any, schema: Any, depth: int) -> Any:
        shapes = self.caster.shapes
        if isinstance(raw, dict):
            types = shapes.types(schema)
            if not (raw and "array" in types and _is_indexed(raw) and (types != ALL or "" in raw)):
                return {key: self.of(value, shapes.property(schema, key), depth + 1) for key, value in raw.items()}
            raw = _as_list(raw)
        return [self.of(value, shapes.item(schema, index), depth + 1) for index, value in enumerate(raw)]

    def repeated(self, raw: tuple[Raw, ...], schema: Any, depth: int) -> Any:
        types = self.caster.shapes.types(schema)
        if types == ALL:
            return self.of(raw[0] if len(raw) == 1 else list(raw), schema, depth)
        readings: list[Raw] = []
        if "array" in types:
            readings += [list(raw), *([[]] if raw == ("",) else [])]
        if types - {"array"} or not readings:
            # the first of repeated values counts
            readings.insert(0 if len(raw) == 1 and types & PRIMITIVE - {"null"} else len(readings), raw[0])
        return self.first(schema, (self.of(each, schema, depth) for each in readings))

    def primitive(self, text: str | bytes, schema: Any, depth: int) -> Any:
        types = self.caster.shapes.types(schema)
        if isinstance(text, bytes) or types == ALL or types == {"string"}:
            return text
        choices = list(self.choices(text, types, depth))
        if len(choices) > 1:
            return self.first(schema, iter(choices))
        return choices[0] if choices else text

    def choices(self, text: str, types: frozenset[str], depth: int) -> Iterator[Any]:
        if "integer" in types:
            with suppress(ValueError):
                yield self._number(text, "number" in types)
        if "boolean" in types and text in ("true", "false"):
            yield text == "true"
        if depth and types & CONTAINERS and text.lstrip()[:1] in ("[", "{"):  # no style has a form for inner containers
            with suppress(ValueError):
                yield read_json(text.encode("utf-8", "replace"))
        if "string" in types:
            yield text
        if "null" in types and text in ("", "null"):
            yield None

    def _number(self, text: str, fraction: bool) -> int | float:
        try:
            return self.caster.integer(text)
        except ValueError:
            number = float(text) if NUMBER.fullmatch(text) else math.nan
            if number.is_integer() and abs(number) < EXACT:
                return int(number)
            if not (fraction and math.isfinite(number)):
                raise
            return number


def _size(raw: Any) -> int:
    match raw:
        case dict():
            return 1 + sum(map(_size, raw.values()))
        case tuple() | list():
            return 1 + sum(map(_size, raw))
    return 1


def _is_indexed(raw: dict[str, Raw]) -> bool:
    return all(key == "" or (key.isdecimal() and key.isascii()) for key in raw)


def _as_list(raw: dict[str, Raw]) -> list[Raw]:
    """Return the items of `a[0]`, `a[1]`, whatever their numbers, and those of `a[]` after them."""
    ordered = sorted((key for key in raw if key), key=lambda key: (len(key.lstrip("0")), key.lstrip("0")))
    last = raw.get("", ())
    return [*(raw[key] for key in ordered), *(last if isinstance(last, tuple | list) else [last])]
