"""Forms: application/x-www-form-urlencoded (OpenAPI 3.1, 4.8.14.2) and multipart/form-data (4.8.14.3).

A form becomes an object whose properties are then cast by their schemas. Fields that the schema does not describe stay
in it, so that `additionalProperties` and `required` are validated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from mockbot.contract.media_types import BodyPart, covers, is_json, parse_content_type, read_json, read_text
from mockbot.contract.wire.brackets import nested, steps
from mockbot.contract.wire.casting import CONTAINERS, Caster, Known, Raw
from mockbot.contract.wire.described import Encoding
from mockbot.contract.wire.message import Fields
from mockbot.contract.wire.parameters import field_readings, header_readings
from mockbot.contract.wire.shapes import ALL
from mockbot.dataclass import dataclass
from mockbot.jsontext import pointer
from mockbot.violation import Side, Violation
from mockbot.wording import cut, shown

PLAIN = Encoding()


@dataclass(slots=True)
class Form:
    """The fields of one form, with the violations that the schema cannot show."""

    fields: dict[str, Raw] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


class FormReader:
    """Reads the forms of one schema."""

    def __init__(self, schema: Any, encodings: Mapping[str, Encoding], caster: Caster, side: Side) -> None:
        self._schema, self._encodings, self._caster, self._side = schema, encodings, caster, side

    def urlencoded(self, fields: Fields) -> Form:
        """Read the fields of an urlencoded form."""
        shapes, found, used = self._caster.shapes, dict[str, Raw](), set[str]()
        names = shapes.names(self._schema)
        for name in (*sorted(names), *(base for base in fields.brackets if base not in names)):
            schema = shapes.property(self._schema, name)
            types = shapes.types(schema)
            encoding = self._encodings.get(name, PLAIN)
            inner = fields.brackets.get(name, ()) if types & CONTAINERS and (types != ALL or name in names) else ()
            inner = [each for each in inner if each[2] not in names]
            if inner:
                found[name] = nested((path, fields.decode(value)) for path, value, _ in inner)
                used.update(whole for _, _, whole in inner)
            elif name not in fields.values:
                spread = self._spread(schema, encoding, fields)
                found.update({name: spread} if spread else {})
                used.update(spread)
            elif name in names:
                texts = fields.values[name]
                found[name] = self._styled(name, texts, schema, encoding, fields)
        for name, texts in fields.values.items():
            if name not in found and name not in used:
                found[name] = tuple(map(fields.decode, texts))
        return Form(found)

    def _styled(self, name: str, texts: list[str], schema: Any, encoding: Encoding, fields: Fields) -> Raw:
        if any(is_json(parse_content_type(each)[0]) for each in encoding.media_types) and not encoding.style:
            text = fields.decode(texts[0])
            try:
                return Known(read_json(text.encode("utf-8", "replace")))
            except ValueError:
                return text
        types = self._caster.shapes.types(schema)
        readings = field_readings(name, encoding.style or "form", encoding.explode, fields, types)
        return readings[0] if len(readings) == 1 else Known(self._caster.cast(readings, schema))

    def _spread(self, schema: Any, encoding: Encoding, fields: Fields) -> dict[str, Raw]:
        """Return the properties of an object that are fields of their own, as the style `form` has it."""
        shapes = self._caster.shapes
        if not encoding.explode or encoding.style not in ("", "form") or encoding.media_types:
            return {}
        if "object" not in shapes.types(schema) or shapes.types(schema) == ALL:
            return {}
        others = shapes.names(self._schema)
        return {
            each: tuple(map(fields.decode, fields.values[each]))
            for each in shapes.names(schema)
            if each in fields.values and each not in others
        }

    def multipart(self, parts: Iterable[BodyPart]) -> Form:
        """Read the parts of a multipart form."""
        form, names = Form(), self._caster.shapes.names(self._schema)
        grouped: dict[str, list[Raw]] = {}
        deep: dict[str, list[tuple[list[str], Raw]]] = {}
        for part in parts:
            base, path = steps(part.name) if part.name not in names else (part.name, [])
            name = base if path and base in names else part.name
            schema = self._caster.shapes.property(self._schema, name)
            value = self._part(part, name, schema, form)
            if name == part.name:
                grouped.setdefault(name, []).append(value)
            else:
                deep.setdefault(name, []).append((path, value))
        form.fields = {name: tuple(values) for name, values in grouped.items()}
        form.fields.update((name, nested(pairs)) for name, pairs in deep.items())
        for name in form.fields.keys() & self._encodings.keys():
            encoding, values = self._encodings[name], form.fields[name]
            if encoding.style and isinstance(values, tuple) and all(isinstance(each, str) for each in values):
                texts = Fields([(name, each) for each in values if isinstance(each, str)], str)
                schema = self._caster.shapes.property(self._schema, name)
                form.fields[name] = self._styled(name, list(texts.values[name]), schema, encoding, texts)
        return form

    def _part(self, part: BodyPart, name: str, schema: Any, form: Form) -> Raw:
        encoding, at = self._encodings.get(name, PLAIN), pointer([name])
        media_type, parameters = parse_content_type(part.content_type)
        wanted = encoding.media_types
        if media_type and wanted and not any(covers(each, media_type) for each in wanted):
            message = f"`{name}` must be {' or '.join(wanted)}, got {shown(media_type)}"
            form.violations.append(Violation(self._side, "body", at, "contentType", message, cut(media_type)))
        form.violations += self._headers(part, name, encoding)
        if part.filename is not None and self._takes_files(schema):
            return part.data
        if is_json(media_type) or (not media_type and len(wanted) == 1 and is_json(wanted[0])):
            try:
                return Known(read_json(part.data))
            except ValueError as error:
                message = f"`{name}` cannot be read as {media_type or wanted[0]}: {error}"
                form.violations.append(Violation(self._side, "body", at, "parse", message))
                return part.data
        return self._text(part, media_type, parameters, schema)

    def _takes_files(self, schema: Any) -> bool:
        """Return whether a field has only texts or bytes, one or a list of them: then a file of JSON is bytes too."""
        types = self._caster.shapes.types(schema)
        if types == {"array"}:
            types = self._caster.shapes.types(self._caster.shapes.item(schema, 0))
        return types == {"string"}

    def _text(self, part: BodyPart, media_type: str, parameters: Mapping[str, str], schema: Any) -> Raw:
        types = self._caster.shapes.types(schema)
        is_file = part.filename is not None or not (media_type == "" or media_type.startswith("text/"))
        if is_file and "string" in types | self._caster.shapes.types(self._caster.shapes.item(schema, 0)):
            return part.data
        try:
            return read_text(part.data, charset=parameters.get("charset", ""))
        except ValueError:
            return part.data

    def _headers(self, part: BodyPart, name: str, encoding: Encoding) -> Iterator[Violation]:
        for header in encoding.headers:
            called, at = f"the header `{header.name}` of the part `{name}`", pointer([name])
            text = part.headers.get(header.name.lower())
            if text is None:
                if header.required:
                    yield Violation(self._side, "body", at, "required", f"{called} is required")
                continue
            try:
                readings = header_readings(header, [text], self._caster.shapes)
            except ValueError as error:
                yield Violation(self._side, "body", at, "parse", f"{called} cannot be read as {header.kind}: {error}")
                continue
            if not self._caster.fits(header.schema, self._caster.cast(readings, header.schema)):
                message = f"{called} does not fit its schema, got {shown(text)}"
                yield Violation(self._side, "body", at, "schema", message, cut(text))
