"""Schemas compiled with jsonschema-rs, as far as it gives the verdict of the validation in full.

A schema is copied with the keywords that both know, and references lead to copies, too. Whatever could mean something
else there (`discriminator`, `multipleOf`, `unevaluatedProperties`, a number beyond 2^53) makes the schema
uncompiled. Values are bound to be JSON: see `read`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from json import JSONDecodeError
from typing import Any, NoReturn, TypeAlias

import jsonschema_rs

from mockbot.jsontext import JSON, follow

Accepts: TypeAlias = Callable[[Any], bool]
"""Returns whether a value is certain to fit a schema."""
TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
EXACT = 2**53
"""Numbers up to here are equal to the same numbers in both libraries."""
MOST_LIMIT = 2**63
"""Limits are below this, where both libraries compare integers with integers."""
PIECE = r"(?:[A-Za-z0-9:-]|\\[\[\].+d]|\[(?:[a-z0-9]-[a-z0-9]|[a-z0-9])+\])(?:\{[1-9]\d?\})?"
SAME = re.compile(rf"\^(?:{PIECE}|\((?:{PIECE})+\)\??)*\$", re.ASCII)
"""Patterns that mean the same everywhere: those of whole texts without alternatives and open repetitions."""
VERDICTS = 256
"""How many verdicts on texts of at most SHORT characters are kept for each pattern."""
SHORT = 64
BRANCHES = ("allOf", "anyOf", "oneOf")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
UNCOMPILED = frozenset(
    {
        *("$dynamicRef", "contains", "dependentRequired", "dependentSchemas", "discriminator", "multipleOf"),
        *("patternProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
    }
)
"""Keywords that stay with the validation in full. All that are in no list here say nothing about a value."""
STRINGS_ONLY = frozenset(
    {
        *("binary", "byte", "date", "date-time", "email", "hostname", "ipv4", "ipv6", "password", "time", "uri"),
        *("uri-reference", "uuid"),
    }
)
"""Formats that only strings can fail."""


class Uncompiled(Exception):
    """A schema may mean something else to jsonschema-rs."""


class Schemas:
    """Compiles the schemas of one document, each once; `formats` are the checks of formats, by name.

    Formats without a check are ignored.
    """

    def __init__(self, document: dict[str, Any], formats: Mapping[str, Callable[[Any], bool]] | None = None) -> None:
        self._document, self._formats = document, {} if formats is None else formats
        self._kept: dict[int, tuple[Any, Accepts | None]] = {}

    def accepts(self, schema: Any) -> Accepts | None:
        """Return what accepts values of a schema; None if it cannot be compiled."""
        kept = self._kept.get(id(schema))
        if kept is None:
            kept = self._kept[id(schema)] = schema, self._compiled(schema)
        return kept[1]

    def _compiled(self, schema: Any) -> Accepts | None:
        copy = _Copy(self._document, self._formats)
        try:
            whole = copy.whole(schema)
            validator = jsonschema_rs.Draft202012Validator(
                whole, formats=copy.used, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
            )
            return _safe(validator.is_valid)
        except (Uncompiled, RecursionError, ValueError):
            return None


def _safe(is_valid: Callable[[Any], bool]) -> Accepts:
    """Return a function that accepts no value that jsonschema-rs cannot hold, such as a lone surrogate."""

    def accepts(value: Any) -> bool:
        try:
            return is_valid(value)
        except ValueError:
            return False

    return accepts


class _Copy:
    """One schema and those that it refers to, as jsonschema-rs is to see them."""

    def __init__(self, document: dict[str, Any], formats: Mapping[str, Callable[[Any], bool]]) -> None:
        self._document, self._formats = document, formats
        self._names: dict[str, str] = {}
        self._definitions: dict[str, Any] = {}
        self._in_place: dict[str, set[str]] = {}
        """The definitions that each asks about the same value; a circle of them has no one meaning."""
        self.used: dict[str, Callable[[Any], bool]] = {}
        """The formats that are checked."""

    def whole(self, schema: Any) -> Any:
        """Return the schema with all that it refers to under `$defs`; raise Uncompiled."""
        copy = self._schema(schema, "")
        try:
            TopologicalSorter(self._in_place).prepare()
        except CycleError:
            raise Uncompiled from None
        return {**copy, "$defs": self._definitions} if self._definitions else copy

    def _schema(self, schema: Any, owner: str | None = None) -> Any:
        """Return the copy of a schema; `owner` is the definition that is for the same value, if there is one."""
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict) or not UNCOMPILED.isdisjoint(schema):
            raise Uncompiled
        if schema.get("uniqueItems", False) is not False and not _has_strings(schema.get("items")):
            raise Uncompiled  # the libraries differ in which large numbers are equal
        copy = dict(pair for keyword, value in schema.items() for pair in self._keyword(keyword, value, owner))
        if isinstance(text := schema.get("pattern"), str) and SAME.fullmatch(text):
            copy["pattern"] = text.replace(r"\d", "[0-9]")
        elif "pattern" in schema:
            copy["allOf"] = [*copy.get("allOf", ()), {"format": self._pattern(schema["pattern"])}]
        return copy

    def _keyword(self, keyword: str, value: Any, owner: str | None) -> Iterable[tuple[str, Any]]:
        if keyword in BRANCHES:
            return [(keyword, [self._schema(each, owner) for each in _list(value)])]
        if keyword == "prefixItems":
            return [(keyword, [self._schema(each) for each in _list(value)])]
        if keyword == "properties":
            return [(keyword, {name: self._schema(each) for name, each in _object(value).items()})]
        match keyword:
            case "$ref":
                return [(keyword, self._reference(value, owner))]
            case "not" | "if" | "then" | "else":
                return [(keyword, self._schema(value, owner))]
            case "additionalProperties" | "items":
                return [(keyword, self._schema(value))]
            case "format":
                return self._format(value)
        return _assertion(keyword, value)

    def _reference(self, reference: Any, owner: str | None) -> str:
        if not isinstance(reference, str):
            raise Uncompiled
        if reference not in self._names:
            name = self._names[reference] = str(len(self._names))
            try:
                self._definitions[name] = self._schema(follow(self._document, reference), name)
            except LookupError:
                raise Uncompiled from None
        if owner is not None:
            self._in_place.setdefault(owner, set()).add(self._names[reference])
        return f"#/$defs/{self._names[reference]}"

    def _pattern(self, text: Any) -> str:
        """Return the name of a format that is the pattern, because the libraries read expressions differently."""
        if not isinstance(text, str):
            raise Uncompiled
        from mockbot.ecmascript import pattern

        name = f"pattern {text}"
        self.used[name] = _remembering(pattern(text).found_in)
        return name

    def _format(self, name: Any) -> Iterable[tuple[str, Any]]:
        if not isinstance(name, str) or name not in self._formats:
            return []
        if name not in STRINGS_ONLY:
            raise Uncompiled
        self.used[name] = self._formats[name]
        return [("format", name)]


def _remembering(fits: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return a function that knows the verdicts on the last short texts: all frames of a stream have the same id."""
    known = lru_cache(VERDICTS)(fits)
    return lambda text: known(text) if len(text) <= SHORT else fits(text)


def _assertion(keyword: str, value: Any) -> Iterable[tuple[str, Any]]:
    """Return a keyword that looks at one value only, or nothing if it says nothing about values."""
    if keyword == "type":
        if not TYPES.issuperset([value] if isinstance(value, str) else _list(value)):
            raise Uncompiled
    elif keyword == "required":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Uncompiled
        value = list(dict.fromkeys(value))
    elif keyword == "enum":
        value = [_exact(each) for each in _list(value)]
    elif keyword == "const":
        value = _exact(value)
    elif keyword in COUNTS:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= EXACT:
            raise Uncompiled
    elif keyword in LIMITS:
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < MOST_LIMIT:
            raise Uncompiled
    elif keyword != "uniqueItems" or not isinstance(value, bool):
        return []
    return [(keyword, value)]


def _has_strings(items: Any) -> bool:
    return isinstance(items, dict) and items.get("type") == "string"


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Uncompiled
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Uncompiled
    return value


def _exact(value: Any) -> Any:
    """Return a value that is equal to the same values in both libraries."""
    match value:
        case list():
            return [_exact(each) for each in value]
        case dict():
            return {name: _exact(each) for name, each in value.items()}
        case bool() | str() | None:
            return value
        case int() | float() if abs(value) <= EXACT:
            return value
    raise Uncompiled


def read(body: bytes) -> JSON:
    """Read a JSON text with numbers that JSON can hold; raise ValueError for any other, and for what is no JSON."""
    try:
        value: JSON = _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not -MOST <= number <= MOST:
        raise JSONDecodeError("the number is too large", text, 0)
    return number


def _no_constant(name: str) -> NoReturn:
    raise JSONDecodeError("no JSON", name, 0)


MOST = 1.7976931348623157e308
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
