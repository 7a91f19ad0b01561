"""Bodies in the notation of their media type: JSON, lines of JSON, events, XML, CSV, YAML, text and small files."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from mockbot.generic.accept import bare, is_json
from mockbot.generic.xml import Resolve, xml
from mockbot.jsontext import JSON, compact, spaced
from mockbot.sse import EVENT_STREAM

LINES = {
    *("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl"),
    *("application/jsonlines", "application/x-jsonlines", "application/json-lines", "application/x-json-stream"),
}
"""Media types of which each line is a JSON text."""
SEQUENCES = {"application/json-seq", "application/geo+json-seq"}
"""JSON texts, each after a record separator (RFC 7464)."""
YAML = {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml", "application/vnd.yaml"}
FORM = "application/x-www-form-urlencoded"
FILES = {
    "image/png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    ),
    "image/gif": base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    "application/pdf": (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    ),
    "application/zip": b"PK\x05\x06" + bytes(18),
    "text/html": b"<!DOCTYPE html><title>a</title>",
}
"""The smallest useful files of media types whose content no schema describes."""


def is_sequence(media_type: str) -> bool:
    """Return whether a body is several JSON values one after another."""
    name = bare(media_type)
    return name in LINES or name in SEQUENCES or name.endswith(("+json-seq", "+jsonl"))


def takes_values(media_type: str) -> bool:
    """Return whether any JSON value can be written in a media type, and not only a string."""
    name = bare(media_type)
    return is_json(name) or is_sequence(name) or is_xml(name) or is_yaml(name) or name in ("text/csv", FORM)


def is_xml(media_type: str) -> bool:
    """Return whether bodies are XML documents; an SVG image is rather a file."""
    name = bare(media_type)
    return name in ("application/xml", "text/xml") or (name.endswith("+xml") and name not in FILES)


def is_yaml(media_type: str) -> bool:
    """Return whether bodies are YAML documents."""
    name = bare(media_type)
    return name in YAML or name.endswith("+yaml")


def written(value: JSON, media_type: str, schema: Any, resolve: Resolve) -> bytes | None:
    """Return a value that fits `schema` as a body, or None if the media type cannot represent it.

    A string is written unchanged where the notation is not JSON: it is an example in that notation.
    """
    name = bare(media_type)
    if is_json(name):
        return compact(value)
    if name == EVENT_STREAM:
        return events(value if isinstance(value, list) else [value])
    if isinstance(value, str) and value:
        if is_sequence(name) and not _is_json(value):
            return None  # some documents give examples of other media types
        return value.encode("utf-8", "replace")
    if is_sequence(name):
        start = b"\x1e" if name not in LINES and not name.endswith("+jsonl") else b""
        return b"".join(start + compact(each) for each in (value if isinstance(value, list) else [value]))
    if is_xml(name):
        return xml(value, schema, resolve)
    if is_yaml(name):
        return compact(value)  # JSON is YAML 1.2
    if name == "text/csv":
        return _csv(value)
    if name == FORM and isinstance(value, dict):
        return urlencode({key: _plain(each) for key, each in value.items()}).encode()
    if name.startswith("text/") and not isinstance(value, str):
        return _plain(value).encode("utf-8", "replace")
    return None


def _is_json(text: str) -> bool:
    """Return whether each line or record of a text is a JSON text."""
    records = text.split("\x1e") if "\x1e" in text else text.splitlines()
    try:
        return [json.loads(each) for each in records if each.strip()] != []
    except ValueError:
        return False


def events(values: Sequence[JSON]) -> bytes:
    """Return an event stream: a text with `data:` unchanged, an event object by its fields, all else as data."""
    return b"".join(map(_event, values))


def _event(value: JSON) -> bytes:
    if isinstance(value, str) and "data:" in value:
        return value.encode("utf-8", "replace")
    fields: list[tuple[str, JSON]] = [("data", value)]
    if isinstance(value, dict) and "data" in value and value.keys() <= {"data", "event", "id", "retry"}:
        fields = [(name, value[name]) for name in ("event", "id", "retry", "data") if value.get(name) not in (None, "")]
    texts = [(name, each if isinstance(each, str) else spaced(each)) for name, each in fields]
    lines = [f"{name}: {line}" for name, text in texts for line in text.split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def _csv(value: JSON) -> bytes:
    rows = value if isinstance(value, list) else [value]
    out = StringIO()
    writer = csv.writer(out)
    names = list(dict.fromkeys(_names(rows)))
    if names:
        writer.writerow(names)
    for row in rows:
        if isinstance(row, dict):
            writer.writerow([_plain(row.get(name)) for name in names])
        else:
            writer.writerow([_plain(each) for each in (row if isinstance(row, list) else [row])])
    return out.getvalue().encode("utf-8", "replace")


def _names(rows: Sequence[JSON]) -> Iterator[str]:
    for row in rows:
        if isinstance(row, dict):
            yield from row


def _plain(value: JSON) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else compact(value).decode().strip()
