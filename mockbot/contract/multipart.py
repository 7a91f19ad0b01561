"""Reads bodies of multipart/form-data (RFC 7578) with Werkzeug, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, State

from mockbot.contract.media_types import LONGEST_HEAD, MOST_PARTS, BodyPart, FormTooLarge

LONGEST_BOUNDARY = 70
"""How many characters the boundary of a multipart body may have (RFC 2046, 5.1.1)."""
MOST_BOUNDARIES = 10 * MOST_PARTS
"""How often the boundary of a form may be in its body: each is looked at, also within a part."""
SEARCHED = 1024 * 1024
"""Bytes that are searched at once."""
PIECE = 64 * 1024
"""Bytes that the parser of forms gets at once: other threads wait while it looks for the end of a part in them."""


def read_parts(body: bytes, boundary: str) -> list[BodyPart]:
    """Split a multipart/form-data body with Werkzeug's decoder; leave out parts without a name."""
    if not boundary:
        raise ValueError("the Content-Type names no boundary")
    if len(boundary) > LONGEST_BOUNDARY:
        raise ValueError(f"the boundary has more than {LONGEST_BOUNDARY} characters")
    try:
        delimiter = boundary.encode("latin-1", "replace")
        check_boundaries(body, delimiter)
        return list(_parts(body, delimiter))
    except FormTooLarge:
        raise
    except RequestEntityTooLarge:
        raise FormTooLarge.parts() from None
    except UnicodeDecodeError:
        raise ValueError("the name of a part, like all of its head, must be UTF-8 (RFC 7578, 5.1)") from None
    except (ValueError, TypeError, KeyError):
        raise ValueError("it does not consist of well-formed parts, or is cut short") from None


def check_boundaries(body: bytes, boundary: bytes) -> None:
    """Raise FormTooLarge if a body has the boundary more than MOST_BOUNDARIES times."""
    found = 0
    for at in range(0, len(body), SEARCHED):  # other threads wait for each search
        found += body.count(b"--" + boundary, at, at + SEARCHED)
        if found > MOST_BOUNDARIES:
            raise FormTooLarge.parts()


def _parts(body: bytes, boundary: bytes) -> Iterator[BodyPart]:
    head: Field | File | None = None
    chunks: list[bytes] = []
    for event in _events(body, MultipartDecoder(boundary, max_parts=MOST_PARTS)):
        if isinstance(event, Field | File):
            if sum(len(name) + len(value) + 4 for name, value in event.headers) > LONGEST_HEAD:
                raise FormTooLarge.head()
            head, chunks = event, []
        elif isinstance(event, Data) and head is not None:
            chunks.append(event.data)
            name = cast(str | None, head.name)
            if not event.more_data and name is not None:
                filename = head.filename if isinstance(head, File) else None
                headers = {key.lower(): value for key, value in reversed(list(head.headers))}
                if filename is not None and "\\" in headers["content-disposition"]:
                    filename = _filename(headers["content-disposition"])
                yield BodyPart(name, filename, headers.get("content-type", ""), b"".join(chunks), headers)


def _events(body: bytes, decoder: MultipartDecoder) -> Iterator[Event]:
    """Yield what the decoder finds in a body, which it gets in pieces."""
    end = 0
    while end < len(body):
        begin, end = end, end + PIECE
        end += body[end - 1 : end] == b"\r"  # so that no line break is divided
        decoder.receive_data(body[begin:end])
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            yield event
        if decoder.state is State.PART and len(decoder.buffer) > LONGEST_HEAD:
            raise FormTooLarge.head()
    decoder.receive_data(None)
    while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
        yield event


def _filename(disposition: str) -> str:
    """Return the file name with backslashes that escape neither a quotation mark nor a backslash.

    Browsers send a name such as `C:\\x.txt` without escapes, and Werkzeug removes its backslash.
    """
    doubled = re.sub(r'(\\["\\])|\\', lambda found: found[1] or r"\\", disposition)
    return parse_options_header(doubled)[1]["filename"]
