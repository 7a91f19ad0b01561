"""What the contract says of parameters, headers and bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockbot.contract.media_types import is_json
from mockbot.dataclass import dataclass
from mockbot.violation import Location

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are ignored (OpenAPI 3.1, 4.8.12.1)."""
PARTS: Mapping[str, Location] = {
    "path": "path",
    "query": "query",
    "querystring": "query",
    "header": "header",
    "cookie": "cookie",
}
"""The part of a request that each `in` means."""
DEFAULT_STYLES = {"query": "form", "cookie": "form"}


def is_read(media_type: str) -> bool:
    """Return whether bodies of a media type, in lower case, are read as values; others, such as XML, are not."""
    return is_json(media_type) or media_type in (FORM, MULTIPART) or media_type.startswith("text/")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a property of a form is written (OpenAPI 3.1, 4.8.15)."""

    media_types: tuple[str, ...] = ()
    style: str = ""
    """Empty where the document has neither `style` nor `explode`."""
    explode: bool = True
    headers: tuple[Parameter, ...] = ()
    """The headers of the part."""

    @classmethod
    def of(cls, definition: Mapping[str, Any], resolved: Any) -> Encoding:
        """Read an encoding object; `resolved` follows a reference."""
        media_types = str(definition.get("contentType") or "").split(",")
        explicit = "style" in definition or "explode" in definition
        style = definition.get("style") or "form" if explicit else ""
        explode = definition.get("explode")
        headers = [(name, resolved(each)) for name, each in (definition.get("headers") or {}).items()]
        return cls(
            tuple(name for each in media_types if (name := each.strip().lower())),
            style,
            explode if isinstance(explode, bool) else style in ("", "form"),
            tuple(
                Parameter.of(name, "header", each)
                for name, each in headers
                if isinstance(each, dict) and name.lower() != "content-type"
            ),
        )


@dataclass(frozen=True, slots=True)
class Media:
    """What the contract says of a body of one media type or range."""

    schema: Any
    encodings: Mapping[str, Encoding]

    @classmethod
    def of(cls, definition: Mapping[str, Any], resolved: Any) -> Media:
        """Read a media type object; `resolved` follows a reference."""
        given = definition.get("encoding")
        schema = definition.get("schema", True)
        encodings = given if isinstance(given, dict) else {}
        return cls(
            schema, {name: Encoding.of(each, resolved) for name, each in encodings.items() if isinstance(each, dict)}
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a request, or one header of a response."""

    name: str
    location: str
    """`path`, `query`, `header`, `cookie`, or `querystring` for the whole query."""
    required: bool
    style: str
    explode: bool
    allow_empty: bool
    """Whether `name=` means that there is no value."""
    schema: Any
    media_type: str = ""
    """That of its `content`; empty when it has a style."""

    @classmethod
    def of(cls, name: str, location: str, definition: Mapping[str, Any]) -> Parameter:
        """Read a parameter object or a header object of the contract."""
        content: Mapping[str, Any] = definition.get("content") or {}
        media_type, media = next(iter(content.items()), ("", {}))
        style = definition.get("style") or DEFAULT_STYLES.get(location, "simple")
        explode = definition.get("explode")
        return cls(
            name,
            location,
            definition.get("required") is True or location == "path",
            style,
            explode if isinstance(explode, bool) else style in ("form", "cookie"),
            definition.get("allowEmptyValue") is True and location == "query",
            (media if content else definition).get("schema", True),
            media_type,
        )

    @property
    def part(self) -> Location:
        """The part of the request that has it."""
        return PARTS[self.location]

    @property
    def kind(self) -> str:
        """How its value is written, for sentences."""
        return self.media_type or f"a value of the style {self.style}"


def parameters_of(item: Mapping[str, Any], operation: Mapping[str, Any], resolved: Any) -> tuple[Parameter, ...]:
    """Return the parameters of an operation, those of its path after them; `resolved` follows a reference."""
    found: dict[tuple[str, str], Parameter] = {}
    for each in (*(operation.get("parameters") or ()), *(item.get("parameters") or ())):
        definition = resolved(each)
        if isinstance(definition, dict) and isinstance(definition.get("name"), str):
            name, location = definition["name"], definition.get("in", "query")
            if location in PARTS and (location != "header" or name.lower() not in IGNORED):
                found.setdefault((name, location), Parameter.of(name, location, definition))
    return tuple(found.values())
