"""Parameters and headers with one text as their value: which texts are certain to be valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from mockbot.contract.compiled.schemas import Accepts, Schemas
from mockbot.contract.wire.described import Parameter
from mockbot.contract.wire.message import form_decoded
from mockbot.contract.wire.shapes import PRIMITIVE, Shapes
from mockbot.dataclass import dataclass

Texts: TypeAlias = Callable[[str], bool]
"""Returns whether a text, decoded, is certain to be valid."""
Integer: TypeAlias = Callable[[str], int]
"""Reads the text of an integer; raises ValueError."""
COOKIE = b"cookie"


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one header of a response."""

    name: str
    required: bool
    texts: Texts | None
    """None where no text is certain to be valid."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles the parameters of one direction."""

    schemas: Schemas
    shapes: Shapes
    integer: Integer

    def field(self, parameter: Parameter) -> Field:
        """Return what is certain about a parameter."""
        return Field(parameter.name, parameter.required, self._texts(parameter))

    def _texts(self, parameter: Parameter) -> Texts | None:
        types = self.shapes.types(parameter.schema)
        simple = parameter.style in ("form", "simple") and not (parameter.media_type or parameter.allow_empty)
        accepts = self.schemas.accepts(parameter.schema) if simple and types and types <= PRIMITIVE else None
        if accepts is None or parameter.location not in ("path", "query", "header"):
            return None
        return text_of(types, accepts, self.integer)


def text_of(types: frozenset[str], accepts: Accepts, integer: Integer) -> Texts:
    """Return what accepts a text whose likeliest value fits; the other values that it may have are not tried."""

    def texts(text: str) -> bool:
        value: Any = text
        if "integer" in types:
            try:
                value = integer(text)
            except ValueError:
                if "number" in types:
                    return False
        if value is text and "boolean" in types and text in ("true", "false"):
            value = text == "true"
        return accepts(value)

    return texts


class Query:
    """The parameters in a query."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = {each.name: each for each in fields}
        self._required = frozenset(each.name for each in fields if each.required)
        self._plain = all(each.texts is not None for each in fields)

    def accepts(self, query: bytes) -> bool:
        """Return whether a query is certain to be valid."""
        if not query or not self._fields:
            return not self._required
        if not self._plain:
            return False
        seen: set[str] = set()
        for piece in query.decode("utf-8", "replace").split("&"):
            name, _, text = piece.partition("=")
            field = self._fields.get(form_decoded(name))
            if field is None:
                continue
            if field.name in seen or field.texts is None or not field.texts(form_decoded(text)):
                return False
            seen.add(field.name)
        return self._required <= seen


class Headers:
    """The parameters in the headers of a request, or the headers of a response."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = {each.name.lower().encode("utf-8", "replace"): each for each in fields}
        self._required = frozenset(name for name, each in self._fields.items() if each.required)

    def accepts(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Return whether headers are certain to be valid."""
        if not self._fields:
            return True
        seen: set[bytes] = set()
        for key, value in headers:
            name = key.lower()
            field = self._fields.get(name)
            if field is None:
                continue
            if name in seen or field.texts is None or not value.isascii():
                return False
            if not field.texts(value.decode("ascii").strip()):
                return False
            seen.add(name)
        return self._required <= seen


class Cookies:
    """The parameters in cookies; no cookie is certain to be valid."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._any, self._required = bool(fields), any(each.required for each in fields)

    def accepts(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Return whether the cookies among headers are certain to be valid."""
        return not self._any or not (self._required or any(name.lower() == COOKIE for name, _ in headers))


class Path:
    """The parameters in a path."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = tuple(fields)

    def accepts(self, values: Mapping[str, str]) -> bool:
        """Return whether the values are certain to be valid."""
        for field in self._fields:
            text = values.get(field.name)
            if text is None or field.texts is None or not field.texts(text):
                return False
        return True
