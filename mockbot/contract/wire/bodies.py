"""The values of bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mockbot.contract.media_types import is_json, most_specific, parse_content_type, read_json, read_text
from mockbot.contract.parts import Parts
from mockbot.contract.wire.casting import Caster, Known, Raw
from mockbot.contract.wire.described import FORM, MULTIPART, Media
from mockbot.contract.wire.parameters import Unread
from mockbot.contract.wire.shapes import ALL, PRIMITIVE
from mockbot.dataclass import dataclass
from mockbot.violation import Side, Violation

if TYPE_CHECKING:
    from mockbot.contract.wire.forms import Form


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was sent."""

    media_type: str
    """The name in the contract of what it is, or the Content-Type if the contract does not have it."""
    value: Known | Unread | None
    """None where it is not validated: nothing here reads it, such as XML."""
    violations: Sequence[Violation] = ()
    """What the schema cannot show."""


class BodyReader:
    """Reads the bodies of one operation, or of one of its responses."""

    def __init__(self, content: Mapping[str, Media], caster: Caster, side: Side) -> None:
        self._content, self._caster, self._side = content, caster, side

    def read(self, content_type: str, body: bytes, parts: Parts | None = None) -> Body:
        """Read a body by what its Content-Type says that it is, and by the schema of the media type that fits best.

        `parts` are its parts, where others read them, too.
        """
        name = most_specific(self._content, content_type)
        if name is None:
            return Body(content_type, Unread(""))
        try:
            return self._read(name, content_type, body, parts or Parts(body))
        except ValueError as error:
            return Body(name, Unread(str(error)))

    def _read(self, name: str, content_type: str, body: bytes, parts: Parts) -> Body:
        media = self._content[name]
        media_type, parameters = parse_content_type(content_type)
        types = self._caster.shapes.types(media.schema)
        form: Form | None = None
        if is_json(media_type):
            return Body(name, Known(read_json(body)))
        from mockbot.contract.wire.forms import FormReader
        from mockbot.contract.wire.message import Fields

        if media_type == FORM:
            form = FormReader(media.schema, media.encodings, self._caster, self._side).urlencoded(Fields.of_query(body))
        elif media_type == MULTIPART:
            found = parts(parameters.get("boundary", ""))
            if not found and not self._caster.fits(media.schema, {}):
                raise ValueError("it has no parts")
            form = FormReader(media.schema, media.encodings, self._caster, self._side).multipart(found)
        if form is not None and "object" in types:
            return Body(name, self._cast(form.fields, media.schema), form.violations)
        if media_type.startswith("text/") or form is not None:
            text = read_text(body, parameters.get("charset", ""))
            return Body(name, self._cast(text, media.schema) if types & PRIMITIVE else None)
        # a schema of everything is validated with bytes, one of something else than a string cannot be
        return Body(name, Known(body) if "string" in types or types == ALL else None)

    def _cast(self, raw: Raw, schema: Any) -> Known:
        return Known(self._caster.cast([raw], schema))
