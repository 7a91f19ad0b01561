"""Bodies read strictly: JSON (RFC 8259), multipart/form-data (RFC 7578), event streams, and odd media types.

Everything here raises ValueError, with a reason that people understand, where a body cannot be read; openapi-core
makes an error of it.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from openapi_core.templating.media_types.finders import MediaTypeFinder
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.http import parse_cookie
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from mockbot.jsontext import JSON
from mockbot.sse import EVENT_STREAM

FOREIGN = ("/xml", "+xml", "yaml", "ndjson", "jsonl", "json-seq", "jsonlines")
"""The ends of media types whose bodies are validated as texts only."""
MOST_PARTS = 1000
"""How many parts a form may have."""


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part of a multipart/form-data body."""

    name: str
    """The field's name."""
    filename: str | None
    """As sent, `filename*` (RFC 5987) decoded and preferred; None for a field that is no file."""
    content_type: str
    """The part's own Content-Type as sent, or the empty string."""
    data: bytes
    """The part's content."""


def read_json(body: bytes, **_: str) -> JSON:
    """Read a JSON text: UTF-8 without a byte order mark, no NaN or Infinity, nesting within reason."""
    try:
        value: JSON = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        if body.startswith(BOM_UTF8):
            raise ValueError("it begins with a byte order mark") from None
        raise ValueError(f"{error.msg.lower()} in line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise ValueError("a number has too many digits" if "digits" in str(error) else str(error)) from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def read_parts(body: bytes, boundary: str) -> list[BodyPart]:
    """Split a multipart/form-data body with Werkzeug's decoder; leave out parts without a name."""
    if not boundary:
        raise ValueError("the Content-Type names no boundary")
    try:
        return list(_parts(body, boundary.encode("latin-1", "replace")))
    except RequestEntityTooLarge:
        raise ValueError(f"it has more than {MOST_PARTS} parts") from None
    except UnicodeDecodeError:
        raise ValueError("the name of a part, like all of its head, must be UTF-8 (RFC 7578, 5.1)") from None
    except (ValueError, TypeError, KeyError):
        raise ValueError("it does not consist of well-formed parts, or is cut short") from None


def _parts(body: bytes, boundary: bytes) -> Iterator[BodyPart]:
    decoder = MultipartDecoder(boundary, max_parts=MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    head: Field | File | None = None
    chunks: list[bytes] = []
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            head, chunks = event, []
        elif isinstance(event, Data) and head is not None:
            chunks.append(event.data)
            name = cast(str | None, head.name)
            if not event.more_data and name is not None:
                filename = head.filename if isinstance(head, File) else None
                yield BodyPart(name, filename, head.headers.get("content-type", ""), b"".join(chunks))


def read_form(body: bytes, **parameters: str) -> ImmutableMultiDict[str, bytes]:
    """Read a multipart/form-data body as openapi-core wants it: the parts' bytes by name."""
    parts = read_parts(body, parameters.get("boundary", ""))
    if not parts:
        raise ValueError("it has no parts")
    return ImmutableMultiDict((part.name, part.data) for part in parts)


def read_text(body: bytes | str, **_: str) -> str:
    """Read text that must be UTF-8, such as a whole event stream."""
    try:
        return body if isinstance(body, str) else body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None


class Foreign(str):
    """A text in a notation that is not read, such as XML: it fits any schema but one for strings, which it must fit."""

    __slots__ = ()


def read_foreign(body: bytes, **_: str) -> Foreign:
    """Return a text that is not read any further."""
    return Foreign(body.decode("utf-8", "surrogateescape"))


def deserializers(media_types: set[str]) -> dict[str, Callable[..., Any]]:
    """Return how to read each of a document's media types that openapi-core would read too leniently or not at all."""
    return {
        **{name: read_foreign for name in media_types if name.startswith("text/") or name.endswith(FOREIGN)},
        **{name: read_json for name in media_types if name.endswith("+json")},
        "application/json": read_json,
        "multipart/form-data": read_form,
        EVENT_STREAM: read_text,
    }


class LenientMediaTypeFinder(MediaTypeFinder):
    """openapi-core's finder for any Content-Type at all: its own raises ValueError on `application/json;`."""

    def _parse_mimetype(self, mimetype: str) -> tuple[str, dict[str, str]]:
        return parse_content_type(mimetype)


def parse_cookies(value: str) -> dict[str, str]:
    """Return the cookies of a Cookie header, the last of a name; linear, which the standard library's reader is not."""
    return dict(parse_cookie(value).items(multi=True))


def parse_content_type(value: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into the media type in lower case and its parameters; broken parameters are left out."""
    media_type, parameters = parse_options_header(value)
    return media_type.strip().lower(), parameters
