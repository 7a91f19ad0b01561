"""Forms, read by Starlette as AstrBot 4.29.3 does (BEHAVIOUR.md sections 3.3, 3.4 and 9.1).

Of several fields with one name the last counts. `filename*` is ignored.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any, TypeAlias, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from mockbot.astrbot.v4_29_3.answers import ENVELOPE
from mockbot.astrbot.v4_29_3.details import Detail, missing
from mockbot.contract.media_types import read_text
from mockbot.contract.multipart import check_boundaries
from mockbot.dataclass import dataclass
from mockbot.response import Response
from mockbot.world.call import Call

logging.getLogger("python_multipart").addHandler(logging.NullHandler())  # the response says what is wrong

PIECE = 64 * 1024
"""The bytes that the parser gets at once."""
NO_FILE = "Value error, Expected UploadFile, received: <class 'str'>"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A field with a file name."""

    filename: str
    content_type: str
    """As sent, or the empty string."""
    content: bytes


Form: TypeAlias = dict[str, str | SentFile]


def read_form(call: Call) -> Response | None:
    """Put the fields of a form into `Transaction.parsed`, and return the response to a broken form.

    Bodies that are no form have no fields.
    """
    found = call.transaction.parts.read_as(call.content_type, _read)
    if isinstance(found, Response):
        return found
    call.transaction.parsed = found
    return None


def _read(content_type: str, body: bytes) -> Form | Response:
    """Return the fields of a form, or the response to a broken one."""
    media_type, parameters = parse_options_header(content_type)
    headers = Headers({"content-type": content_type})
    try:
        charset = parameters.get(b"charset", b"").decode("latin-1")
        read_text(b"", charset)  # refuses codecs of Python that take more than linear time
        if media_type == b"multipart/form-data":
            if boundary := parameters.get(b"boundary"):
                check_boundaries(body, boundary)
            return _InMemory(headers, _pieces(body)).fields()
        if media_type == b"application/x-www-form-urlencoded":
            return _fields(_run(FormParser(headers, _pieces(body)).parse()))
    except MultiPartException as error:
        return ENVELOPE.error(error.message, 400)
    except FormParserError:
        return ENVELOPE.error("Invalid multipart data.", 400)
    except ValueError as error:
        return ENVELOPE.refusal(400, f"The form cannot be read: {error}")
    return {}


class _InMemory(MultiPartParser):
    """Starlette's parser; its library allows a part 8 headers of 4 KiB."""

    spool_max_size = 0  # files are never written to the disk

    def fields(self) -> Form:
        """Return the fields, and close all files, also one whose part has no end and which is no field."""
        try:
            return _fields(_run(self.parse()))
        finally:
            for file in self._files_to_close_on_error:
                file.close()


class _Pieces:
    """The body in pieces. An asynchronous generator that is not read to its end would leave a task behind."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        if self._at >= len(self._body):
            raise StopAsyncIteration
        self._at += PIECE
        return self._body[self._at - PIECE : self._at]


def _pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    return cast(AsyncGenerator[bytes, None], _Pieces(body))  # the parsers only iterate over it


def _run(parsing: Coroutine[Any, Any, FormData]) -> FormData:
    """Run a parser at once: it has nothing to wait for, because the body and its files are in memory."""
    try:
        parsing.send(None)
    except StopIteration as done:
        return cast(FormData, done.value)
    parsing.close()
    raise RuntimeError("Starlette's parser of forms waits for something; use another version of Starlette")


def _fields(form: FormData) -> Form:
    return {name: _field(value) for name, value in form.multi_items()}


def _field(value: str | UploadFile) -> str | SentFile:
    if isinstance(value, str):
        return value
    with value.file as file:
        return SentFile(value.filename or "", value.content_type or "", file.read())


def form_of(call: Call) -> Form:
    """Return the fields that `read_form` has read."""
    return cast(Form, call.transaction.parsed or {})


def file_of(call: Call, name: str) -> SentFile:
    """Return a file whose presence `required` has checked."""
    return cast(SentFile, form_of(call)[name])


def text_of(call: Call, name: str) -> str:
    """Return a text whose presence `required` has checked."""
    return cast(str, form_of(call)[name])


def required(*, texts: Sequence[str] = (), files: Sequence[str] = ()) -> Callable[[Call], list[Detail]]:
    """Return the check of a form that needs these fields; an empty text counts as missing."""

    def details(call: Call) -> list[Detail]:
        form, wrong = form_of(call), list[Detail]()
        for name in (*texts, *files):
            value, loc = form.get(name, ""), ("body", name)
            if value == "":
                wrong.append(missing(loc))
            elif isinstance(value, str) and name in files:
                wrong.append(Detail("value_error", loc, NO_FILE, value, {"error": {}}))
            elif isinstance(value, SentFile) and name in texts:
                wrong.append(Detail("string_type", loc, "Input should be a valid string", value.filename))
        return wrong

    return details
