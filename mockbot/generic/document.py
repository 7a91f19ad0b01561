"""A user's own document, served as its author wrote it."""

from __future__ import annotations

from copy import deepcopy

from mockbot.jsontext import compact
from mockbot.openapi.bundle import FILES
from mockbot.openapi.document import Document, refuse_invalid, refuse_malformed
from mockbot.openapi.fetch import Text, read
from mockbot.openapi.readable import make_readable, self_contained


def own_document(spec: str) -> Document:
    """Read the document at `spec`, a file or URL of OpenAPI 3.0 or 3.1, in JSON or YAML.

    Raise UserError if it cannot be read or is not a valid document.
    """
    text = read(spec)
    document = self_contained(text)
    refuse_malformed(text, document)
    effective = deepcopy(document)
    make_readable(effective, text.name)
    refuse_invalid(text, effective)
    return Document(text.data, effective, _served(text, document))


def _served(text: Text, document: dict[str, object]) -> bytes:
    """Return the document in JSON: byte for byte if it is JSON, or bundled if it refers to other files."""
    if FILES in document:
        return compact(document)  # type: ignore[arg-type]  # read from JSON or YAML
    is_json = text.data.lstrip().startswith(b"{")
    return text.data if is_json else compact(text.value)
