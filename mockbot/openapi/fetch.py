"""Reads OpenAPI documents in JSON or YAML from a file or a URL."""

from __future__ import annotations

import os
import re
from dataclasses import field
from typing import Any

from mockbot import source
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.reads import Reads, digest, note, opened
from mockbot.settings import FETCH_SECONDS
from mockbot.source import Source

MOST_BYTES = 32 * 1024 * 1024
LATE = "; save it to a file and name that, or give `mockbot serve` a longer --timeout"
HEADS = 1024 * 1024
"""Bytes of the heads of all responses, and of chunk sizes."""
PIECE = 65536
"""Bytes that are read from a file at once; the memory for a whole document, taken for each small file, takes time."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document: its bytes, and what they mean."""

    name: str
    """The path or URL it came from."""
    data: bytes = field(repr=False)
    source: Source = field(repr=False)

    @property
    def value(self) -> Any:
        """Return the parsed value."""
        return self.source.value


def is_url(spec: str) -> bool:
    """Return whether `spec` is a URL to fetch."""
    return spec.lower().startswith(("http://", "https://"))


def read(spec: str) -> Text:
    """Read a document of at most 32 MiB from a file or, within FETCH_SECONDS, a URL; raise UserError if that fails."""
    return parsed(spec, content(spec))


def content(spec: str, seconds: float = FETCH_SECONDS) -> bytes:
    """Return the bytes of a document, as `read` reads them; a URL within `seconds`."""
    try:
        data = _content(spec, seconds)
    except UserError:
        note(spec, None)
        raise
    note(spec, data)
    if len(data) > MOST_BYTES:
        raise UserError(f"{spec}: larger than {MOST_BYTES} bytes; an OpenAPI document was expected")
    return data


def content_of_file(path: str) -> bytes | None:
    """Return the bytes of a regular file; None if there is none, or it cannot be read."""
    if not os.path.isfile(path):
        note(path, None)
        return None
    try:
        return content(path)
    except UserError:
        return None


def parsed(spec: str, data: bytes) -> Text:
    """Parse the bytes of the document at `spec`; raise UserError if they are no JSON or YAML."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{spec}: cannot be read: byte {error.start} is not UTF-8") from None
    return Text(spec, data, source.parse(text, spec))


def changed(reads: Reads, seconds: float = FETCH_SECONDS) -> bool:
    """Return whether one of the documents that were read has another content now, or cannot be read any more."""
    return any(_digest(name, seconds) != before for name, before in reads.digests.items())


def _digest(name: str, seconds: float) -> bytes | None:
    try:
        return digest(_content(name, seconds))
    except UserError:
        return None


def _content(spec: str, seconds: float) -> bytes:
    return _fetched(spec, seconds) if is_url(spec) else _opened(spec)


def _opened(spec: str) -> bytes:
    try:
        with opened(spec) as file:
            pieces, left = [], MOST_BYTES + 1
            while left > 0 and (piece := file.read(min(left, PIECE))):
                pieces.append(piece)
                left -= len(piece)
            return b"".join(pieces)
    except OSError as error:
        raise UserError(f"{spec}: cannot be read: {error.strerror}") from None


def _fetched(url: str, seconds: float) -> bytes:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request

    from mockbot.limited import Limit, opener, reason, whole

    shown = re.sub(r"//[^/?#]*@", "//", url)
    try:
        request = Request(url, headers={"Accept": "application/json, application/yaml, */*"})
        with opener(Limit(seconds, MOST_BYTES + HEADS), follow=True).open(request, timeout=seconds) as response:
            return whole(response)
    except (OSError, ValueError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        advice = LATE if isinstance(error, TimeoutError) else ""
        raise UserError(f"{shown}: cannot be fetched: {reason(error)}{advice}") from None
