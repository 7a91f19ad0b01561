"""Bodies of one request or response: which are certain to be valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from mockbot.contract.compiled.schemas import Accepts, Schemas, read
from mockbot.contract.media_types import is_json, most_specific, parse_content_type
from mockbot.contract.parts import Parts
from mockbot.contract.wire.described import MULTIPART, Media, is_read
from mockbot.contract.wire.shapes import PRIMITIVE, Shapes
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.violation import Side

if TYPE_CHECKING:
    from mockbot.contract.wire.bodies import BodyReader
    from mockbot.contract.wire.casting import Caster

Bodies: TypeAlias = Callable[[bytes], bool]
"""Returns whether a body is certain to be valid."""
MOST_KINDS, LONGEST_KIND = 32, 100
"""How many values of Content-Type are kept for one message, and how long they may be."""
LONGEST_BODY = 4096
"""How long an accepted body may be that is kept: what is sent again and again is validated once."""
ANNOTATIONS = ("title", "description", "example", "examples")
FORM_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", *ANNOTATIONS})
"""The keywords of the schemas of forms that are compiled."""
FILE_KEYWORDS = frozenset({"type", "format", "contentMediaType", *ANNOTATIONS})
"""The keywords of a schema that every file fits."""


class Content:
    """What the contract says of the bodies of one message."""

    def __init__(
        self,
        content: Mapping[str, Media],
        schemas: Schemas,
        shapes: Shapes,
        caster_of: Callable[[], Caster],
        side: Side,
    ) -> None:
        self._content, self._schemas, self._shapes, self._caster_of = content, schemas, shapes, caster_of
        self._side: Side = side
        self._kinds: dict[bytes, Bodies | None] = {}
        self._accepted: tuple[bytes, bytes] | None = None
        """The Content-Type and the body that were accepted last, if they are short."""
        self._forms: dict[str, Form | None] = {}

    def accepts(self, content_type: bytes, body: bytes, parts: Parts | None = None) -> bool:
        """Return whether a body that is not empty is certain to be valid; `parts` are its parts, if it is a form."""
        sent = content_type, body
        if sent == self._accepted:
            return True
        is_valid = self._is_valid(content_type, body, parts)
        if is_valid and len(body) <= LONGEST_BODY:
            self._accepted = sent
        return is_valid

    def _is_valid(self, content_type: bytes, body: bytes, parts: Parts | None) -> bool:
        try:
            bodies = self._kinds[content_type]
        except KeyError:
            bodies = self._bodies(content_type, parts)
            is_one_of_many = content_type.lstrip()[:10].lower() == b"multipart/"  # each has a boundary of its own
            if not is_one_of_many and len(self._kinds) < MOST_KINDS and len(content_type) <= LONGEST_KIND:
                self._kinds[content_type] = bodies
        return bodies is not None and bodies(body)

    def accepts_value(self, content_type: bytes, value: JSON) -> bool:
        """Return whether a JSON body with that value is certain to be valid."""
        text = content_type.decode("latin-1")
        name = most_specific(self._content, text) if text.isascii() else None
        if name is None or not is_json(parse_content_type(text)[0]):
            return False
        accepts = self._schemas.accepts(self._content[name].schema)
        return accepts is not None and accepts(value)

    def _bodies(self, content_type: bytes, parts: Parts | None) -> Bodies | None:
        text = content_type.decode("latin-1")
        name = most_specific(self._content, text) if text.isascii() else None
        if name is None:
            return None
        schema = self._content[name].schema
        media_type, parameters = parse_content_type(text)
        if media_type == MULTIPART:
            form = self._form(name)
            return None if form is None else partial(self._accepts_form, form, name, text, parts)
        accepts = self._schemas.accepts(schema)
        if not is_read(media_type) and is_file(self._shapes.resolved(schema)):
            return bool
        if media_type.startswith("text/") and parameters.get("charset", "utf-8").lower() == "utf-8":
            types = self._shapes.types(schema)
            # a text is not validated by a schema of an object
            accepts = accepts if types == {"string"} else None if types & PRIMITIVE else _any
            return None if accepts is None else text_bodies(accepts)
        return json_bodies(accepts) if accepts is not None and is_json(media_type) else None

    @cached_property
    def _reader(self) -> BodyReader:
        from mockbot.contract.wire.bodies import BodyReader

        return BodyReader(self._content, self._caster_of(), self._side)

    def _form(self, name: str) -> Form | None:
        """Return what accepts the forms of a media type of the contract, compiled once."""
        if name not in self._forms:
            self._forms[name] = Form.of(self._shapes.resolved(self._content[name].schema), self._schemas)
        return self._forms[name]

    def _accepts_form(self, form: Form, name: str, content_type: str, parts: Parts | None, body: bytes) -> bool:
        from mockbot.contract.wire.casting import Known

        found = self._reader.read(content_type, body, parts)
        if found.media_type != name or found.violations or not isinstance(found.value, Known):
            return False
        return form.accepts(found.value.value)


@dataclass(frozen=True, slots=True)
class Form:
    """A form with files. What is in a file is not looked at, the rest is validated without it."""

    files: frozenset[str]
    required: frozenset[str]
    """The names of the files that must be there."""
    rest: Accepts

    @classmethod
    def of(cls, schema: Any, schemas: Schemas) -> Form | None:
        """Return the form of a schema; None if it cannot be compiled."""
        if not isinstance(schema, dict) or not FORM_KEYWORDS.issuperset(schema):
            return None
        files, rest = _without_files(schema)
        accepts = schemas.accepts(rest)
        return None if accepts is None else cls(files, files.intersection(schema.get("required") or ()), accepts)

    def accepts(self, value: Any) -> bool:
        """Return whether the fields of a form are certain to be valid."""
        if not isinstance(value, dict) or not self.required <= value.keys():
            return False
        if not all(isinstance(value[name], bytes) for name in self.files & value.keys()):
            return False
        return self.rest({name: each for name, each in value.items() if name not in self.files})


def json_bodies(accepts: Accepts) -> Bodies:
    """Return what accepts JSON texts."""

    def bodies(body: bytes) -> bool:
        try:
            return accepts(read(body))
        except ValueError:
            return False

    return bodies


def text_bodies(accepts: Accepts) -> Bodies:
    """Return what accepts texts in UTF-8."""

    def bodies(body: bytes) -> bool:
        try:
            return accepts(body.decode("utf-8"))
        except UnicodeDecodeError:
            return False

    return bodies


def _any(_: Any) -> bool:
    return True


def _without_files(schema: Mapping[str, Any]) -> tuple[frozenset[str], dict[str, Any]]:
    """Return the names of the files in a form, and the schema of the rest."""
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    files = frozenset(name for name, each in properties.items() if is_file(each))
    rest = {name: each for name, each in properties.items() if name not in files}
    required = [name for name in schema.get("required") or () if name not in files]
    return files, {**schema, "properties": rest, "required": required}


def is_file(schema: Any) -> bool:
    """Return whether every content of a file fits a schema."""
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return False
    return FILE_KEYWORDS.issuperset(schema) and schema.get("format", "binary") == "binary"
