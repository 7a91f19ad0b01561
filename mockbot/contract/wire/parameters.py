"""The values of the parameters of an operation and of the headers of a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mockbot.contract.media_types import is_json, parse_content_type, read_json
from mockbot.contract.wire import styles
from mockbot.contract.wire.brackets import nested
from mockbot.contract.wire.casting import CONTAINERS, Caster, Known, Raw
from mockbot.contract.wire.described import Parameter
from mockbot.contract.wire.message import Fields, Request, percent_decoded
from mockbot.contract.wire.shapes import ALL, Shapes
from mockbot.dataclass import dataclass

DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


def is_spread(parameter: Parameter, shapes: Shapes) -> bool:
    """Return whether the properties of an object are parameters of their own."""
    return (
        parameter.explode
        and parameter.style in ("form", "cookie")
        and not parameter.media_type
        and "object" in (types := shapes.types(parameter.schema))
        and types != ALL
    )


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that cannot be read, and why."""

    reason: str


class ParameterReader:
    """Reads the parameters of one operation."""

    def __init__(self, parameters: Sequence[Parameter], caster: Caster) -> None:
        self._parameters, self._caster = parameters, caster
        self._claimed = {
            each.name for each in parameters if each.location == "query" and not is_spread(each, caster.shapes)
        }

    def read(self, request: Request) -> Iterator[tuple[Parameter, Known | Unread | None]]:
        """Yield each parameter that is sent, with its value; None where an empty value is allowed and means none."""
        for each in self._parameters:
            try:
                readings = self._readings(each, request)
            except ValueError as error:
                yield each, Unread(str(error))
                continue
            if readings and each.allow_empty and request.query.values.get(each.name) == [""]:
                yield each, None
            elif readings:
                yield each, Known(self._caster.cast(readings, each.schema))

    def _readings(self, parameter: Parameter, request: Request) -> list[Raw]:
        types = self._caster.shapes.types(parameter.schema)
        name, explode = parameter.name, parameter.explode
        match parameter.location:
            case "path":
                if name not in request.path:
                    return []
                text = request.path[name]
                if parameter.media_type:
                    return [content(text, parameter.media_type)]
                match parameter.style:
                    case "label":
                        return styles.label(text, types, explode, str)
                    case "matrix":
                        return styles.matrix(name, text, types, explode, str)
                return styles.simple(text, types, explode, str)
            case "header":
                return header_readings(parameter, request.header(name), self._caster.shapes)
            case "querystring":
                return [content(percent_decoded(request.text), parameter.media_type)] if request.text else []
            case "cookie":
                found = self._fields(parameter, request.cookies, types)
                if parameter.explode and types & CONTAINERS and types != ALL and request.joined_cookies:
                    found += self._fields(parameter, request.joined_cookies, types)
                return found
        return self._fields(parameter, request.query, types)

    def _fields(self, parameter: Parameter, fields: Fields, types: frozenset[str]) -> list[Raw]:
        texts = fields.values.get(parameter.name, [])
        if parameter.media_type:
            return [content(fields.decode(texts[0]), parameter.media_type)] if texts else []
        if is_spread(parameter, self._caster.shapes) and (types == {"object"} or not texts):
            return self._spread(parameter, fields)
        return field_readings(parameter.name, parameter.style, parameter.explode, fields, types)

    def _spread(self, parameter: Parameter, fields: Fields) -> list[Raw]:
        """Return the object whose properties are fields of their own; nothing if it is not there."""
        shapes = self._caster.shapes
        names: Iterable[str] = shapes.names(parameter.schema)
        if shapes.is_open(parameter.schema):
            names = {*names, *(fields.values.keys() - self._claimed)}
        found: dict[str, Raw] = {
            name: tuple(map(fields.decode, fields.values[name])) for name in sorted(names) if name in fields.values
        }
        # an object without properties is written as nothing
        return [found] if found or parameter.required else []


def content(text: str, media_type: str) -> Raw:
    """Return the value of a parameter with `content`; raise ValueError if it cannot be read."""
    if is_json(parse_content_type(media_type)[0]):
        return Known(read_json(text.encode("utf-8", "replace")))
    return text


def header_readings(parameter: Parameter, texts: Sequence[str], shapes: Shapes) -> list[Raw]:
    """Return the readings of a header; fields of the same name are one list."""
    if not texts:
        return []
    if parameter.media_type:
        return [content(texts[0], parameter.media_type)]
    types = shapes.types(parameter.schema)
    whole = ",".join(texts) if "array" in types and types != ALL else texts[0]
    return styles.simple(whole, types, parameter.explode, str.strip)


def field_readings(name: str, style: str, explode: bool, fields: Fields, types: frozenset[str]) -> list[Raw]:
    """Return the readings of a field of a query, a form or a Cookie header; empty if it is not there."""
    texts = fields.values.get(name, [])
    if style == "deepObject":
        inner = fields.brackets.get(name, ())
        if inner:
            return [nested((path, fields.decode(value)) for path, value, _ in inner)]
        return [tuple(map(fields.decode, texts))] if texts else []
    if not texts:
        return []
    if explode:
        return [tuple(map(fields.decode, texts))]
    return styles.delimited(texts[0], DELIMITERS.get(style, ","), types, fields.decode)
