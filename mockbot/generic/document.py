"""A user's own document, served as its author wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from mockbot.jsontext import compact, escape
from mockbot.openapi.document import Document
from mockbot.openapi.fetch import parsed
from mockbot.openapi.kept import kept
from mockbot.settings import FETCH_SECONDS

if TYPE_CHECKING:
    from mockbot.openapi.usable import Usable

DOCUMENTS = ("/openapi.json", "/openapi.client.json", "/openapi.3.2.json", "/openapi.upstream.json")
"""Paths of the document itself (openapi/served.py)."""


def own_document(spec: str, *, strict: bool = False, seconds: float = FETCH_SECONDS) -> Document:
    """Read the document at `spec`, a file or URL of OpenAPI 3.0, 3.1 or 3.2, in JSON or YAML.

    A URL must give it within `seconds`. Raise UserError if it cannot be read or served; if `strict`, also if it has
    mistakes that do not matter to serving.
    """
    return kept(spec, f"generic {strict}", lambda data: _made(spec, data, strict), seconds)


def _made(spec: str, data: bytes, strict: bool) -> Document:
    from mockbot.contract.unfitting import unfitting
    from mockbot.openapi.readable import make_readable
    from mockbot.openapi.usable import usable

    found = usable(parsed(spec, data), strict=strict, check=partial(unfitting, examples=strict))
    make_readable(found.document)
    return Document(found.text.data, found.document, _served(found), (*found.warnings, *_shadowed(found)))


def _shadowed(found: Usable) -> Iterator[str]:
    """Yield a line for each path that mockbot uses itself."""
    for path in found.document.get("paths") or ():
        first, slash, _ = path.removeprefix("/").partition("/")
        if (first == "w" and slash) or first == "__mockbot__":
            message = f"mockbot uses this path itself; the document's is at /w/default{path}"
        elif path in DOCUMENTS:
            message = "mockbot answers with the document here"
        else:
            continue
        yield f"{found.bundle.place(f'/paths/{escape(path)}')}: {message}"


def _served(found: Usable) -> bytes:
    """Return the document in JSON: byte for byte if it is JSON, or bundled if it refers to other files."""
    if not found.bundle.is_one_file:
        return compact(found.bundle.document)
    is_json = found.text.data.lstrip().startswith(b"{")
    return found.text.data if is_json else compact(found.text.value)
