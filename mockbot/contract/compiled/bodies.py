"""Bodies of one request or response: which are certain to be valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from mockbot.contract.compiled.schemas import Accepts, Schemas, read
from mockbot.contract.media_types import is_json, most_specific, parse_content_type
from mockbot.contract.wire.bodies import MULTIPART, BodyReader, Media, is_read
from mockbot.contract.wire.casting import Caster, Known
from mockbot.contract.wire.shapes import PRIMITIVE
from mockbot.violation import Side

Bodies: TypeAlias = Callable[[bytes], bool]
"""Returns whether a body is certain to be valid."""
MOST_KINDS = 32
"""How many values of Content-Type are kept for one message; multipart bodies have a new one each time."""
ANNOTATIONS = ("title", "description", "example", "examples")
FORM_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", *ANNOTATIONS})
"""The keywords of the schemas of forms that are compiled."""
FILE_KEYWORDS = frozenset({"type", "format", "contentMediaType", *ANNOTATIONS})
"""The keywords of a schema that every file fits."""


class Content:
    """What the contract says of the bodies of one message."""

    def __init__(self, content: Mapping[str, Media], schemas: Schemas, caster: Caster, side: Side) -> None:
        self._content, self._schemas, self._caster = content, schemas, caster
        self._reader = BodyReader(content, caster, side)
        self._kinds: dict[bytes, Bodies | None] = {}

    def accepts(self, content_type: bytes, body: bytes) -> bool:
        """Return whether a body that is not empty is certain to be valid."""
        try:
            bodies = self._kinds[content_type]
        except KeyError:
            bodies = self._bodies(content_type)
            if len(self._kinds) < MOST_KINDS and not content_type.startswith(b"multipart/"):
                self._kinds[content_type] = bodies
        return bodies is not None and bodies(body)

    def _bodies(self, content_type: bytes) -> Bodies | None:
        text = content_type.decode("latin-1")
        name = most_specific(self._content, text) if text.isascii() else None
        if name is None:
            return None
        schema = self._content[name].schema
        media_type, parameters = parse_content_type(text)
        if media_type == MULTIPART:
            return self._form(name, schema, text)
        accepts = self._schemas.accepts(schema)
        if not is_read(media_type) and _is_file(self._caster.shapes.resolved(schema)):
            return bool
        if media_type.startswith("text/") and parameters.get("charset", "utf-8").lower() == "utf-8":
            types = self._caster.shapes.types(schema)
            # a text is not validated by a schema of an object
            accepts = accepts if types == {"string"} else None if types & PRIMITIVE else _any
            return None if accepts is None else text_bodies(accepts)
        return json_bodies(accepts) if accepts is not None and is_json(media_type) else None

    def _form(self, name: str, schema: Any, content_type: str) -> Bodies | None:
        """Return what accepts a form with files: their content is whatever it is, the rest is validated without it."""
        resolved = self._caster.shapes.resolved(schema)
        if not isinstance(resolved, dict) or not FORM_KEYWORDS.issuperset(resolved):
            return None
        files, rest = _without_files(resolved)
        accepts = self._schemas.accepts(rest)
        if accepts is None:
            return None
        needed = files.intersection(resolved.get("required") or ())

        def bodies(body: bytes) -> bool:
            found = self._reader.read(content_type, body)
            if found.media_type != name or found.violations or not isinstance(found.value, Known):
                return False
            value = found.value.value
            if not isinstance(value, dict) or not needed <= value.keys():
                return False
            if not all(isinstance(value[key], bytes) for key in files & value.keys()):
                return False
            return accepts({key: each for key, each in value.items() if key not in files})

        return bodies


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
    files = frozenset(name for name, each in properties.items() if _is_file(each))
    rest = {name: each for name, each in properties.items() if name not in files}
    required = [name for name in schema.get("required") or () if name not in files]
    return files, {**schema, "properties": rest, "required": required}


def _is_file(schema: Any) -> bool:
    """Return whether every content of a file fits a schema."""
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return False
    return FILE_KEYWORDS.issuperset(schema) and schema.get("format", "binary") == "binary"
