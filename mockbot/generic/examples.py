"""Example responses of operations: the document's own examples, or else the smallest bodies that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockbot.contract.keywords import schema_validator
from mockbot.contract.validation import Validation
from mockbot.jsontext import JSON, compact, spaced
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.sample.instance import Impossible, Instances, Made
from mockbot.sse import EVENT_STREAM

RANGES = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}
"""The media type to send where a document has a range."""
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""Valid names and values of headers (RFC 9110, 5.1 and 5.5)."""
TEXT = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Example:
    """One complete response."""

    status: int
    media_type: str = ""
    """Empty when the response has no body."""
    headers: tuple[tuple[str, str], ...] = ()
    """The required headers, without Content-Type."""
    body: bytes = b""


class Examples:
    """Finds or makes responses that fit the contract."""

    def __init__(self, document: Document, validation: Validation) -> None:
        self.document = document
        self._validation = validation
        self.instances = Instances(document.effective, schema_validator(document.effective))
        self.rejected: list[str] = []
        """The document's examples that do not fit the document, one sentence for each."""

    def of(self, operation: Operation) -> Example | Impossible:
        """Return an example of the operation's first success response, or the reason why there is none."""
        chosen = _success(operation.definition.get("responses", {}))
        if chosen is None:
            return Impossible("the document has no success response for it")
        return self.response(operation, *chosen)

    def response(self, operation: Operation, status: int, code: str, accept: str = "") -> Example | Impossible:  # noqa: ARG002
        """Return an example of the response that the document has under the key `code`, sent with `status`."""
        response = self.document.resolved(operation.definition["responses"][code])
        headers = self.headers(response, status)
        if isinstance(headers, Impossible):
            return headers
        bare = Example(status, headers=headers)
        content = response.get("content")
        if not content:
            return self.checked(operation, bare)
        name = next((each for each in content if _is_json(each)), next(iter(content)))
        media = self.document.resolved(content[name])
        bare = replace(bare, media_type=RANGES.get(name, name.replace("*", "x")))
        for body in self._own(media, bare.media_type):
            example = self.checked(operation, replace(bare, body=body))
            if isinstance(example, Example):
                return example
            self.rejected.append(f"{operation.name}: the example of its {code} does not fit: {example.reason}")
        return self._made(operation, bare, media.get("schema", True))

    def checked(self, operation: Operation, example: Example) -> Example | Impossible:
        """Return the example if HTTP can represent it and it fits the contract, or the reason why not."""
        fields = [*example.headers, *([("content-type", example.media_type)] if example.media_type else [])]
        for name, value in fields:
            if not (NAME.fullmatch(name) and VALUE.fullmatch(value)):
                return Impossible(f"HTTP has no header {name!r} with the value {value[:80]!r}")
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        violations = self._validation.response(operation, example.status, headers, example.body)
        return Impossible(violations[0].message) if violations else example

    def written(self, value: JSON, media_type: str, schema: Any) -> bytes | None:  # noqa: ARG002
        """Return a value as a body, or None if the media type cannot represent it."""
        return _written(value, media_type)

    def _own(self, media: Mapping[str, Any], media_type: str) -> Iterator[bytes]:
        """Yield the bodies of the media type's examples (OpenAPI 3.1, 4.8.14)."""
        values = [media["example"]] if "example" in media else []
        for each in (media.get("examples") or {}).values():
            example = self.document.resolved(each)
            values += [example["value"]] if "value" in example else []
        for value in values:
            body = _written(value, media_type)
            if body is not None:
                yield body

    def _made(self, operation: Operation, bare: Example, schema: Any) -> Example | Impossible:
        if bare.media_type == EVENT_STREAM:
            data = schema.get("properties", {}).get("data", {}) if isinstance(schema, dict) else {}
            schema = data.get("contentSchema", TEXT)
        elif not _is_json(bare.media_type):
            schema = {"allOf": [schema, TEXT]}
        made = self.instances.smallest(schema)
        if isinstance(made, Impossible):
            text = bare.media_type != EVENT_STREAM and not _is_json(bare.media_type)
            return Impossible(f"no text is {bare.media_type}: {made.reason}" if text else made.reason)
        return self.checked(operation, replace(bare, body=_written(made.value, bare.media_type) or b""))

    def headers(self, response: Mapping[str, Any], status: int) -> tuple[tuple[str, str], ...] | Impossible:  # noqa: ARG002
        """Return the required headers of a documented response."""
        found: list[tuple[str, str]] = []
        for name, reference in (response.get("headers") or {}).items():
            header = self.document.resolved(reference)
            if not header.get("required") or name.lower() in ("content-type", "content-length"):
                continue
            made = self._header(header)
            if isinstance(made, Impossible):
                return Impossible(f"header {name}: {made.reason}")
            found.append((name, _simple(made.value)))
        return tuple(found)

    def _header(self, header: Mapping[str, Any]) -> Made | Impossible:
        if "example" in header:
            return Made(header["example"])
        schema = header.get("schema", True)
        made = self.instances.smallest(schema)
        if isinstance(made, Made) and made.value == "":  # openapi-core treats an empty value as missing
            return self.instances.smallest({"allOf": [schema, TEXT]})
        return made


def _success(responses: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the status of the first success and its key in the document: 2xx, else default, else a redirect."""
    for first in ("2", "default", "3"):
        for code in sorted(responses):
            if code.startswith(first):
                return (int(code) if code.isdecimal() else 300 if first == "3" else 200), code
    return None


def _is_json(media_type: str) -> bool:
    name = RANGES.get(media_type, media_type).partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")


def _written(value: JSON, media_type: str) -> bytes | None:
    """Return a value as a body, or None if the media type cannot represent it."""
    if _is_json(media_type):
        return compact(value)
    if media_type == EVENT_STREAM:
        if isinstance(value, str) and "data:" in value:
            return value.encode("utf-8", "replace")
        text = value if isinstance(value, str) else spaced(value)
        return b"".join(f"data: {line}\n".encode("utf-8", "replace") for line in text.split("\n")) + b"\n"
    return value.encode("utf-8", "replace") if isinstance(value, str) else None


def _simple(value: JSON) -> str:
    """Return a header's value in the style `simple` (OpenAPI 3.1, 4.8.12)."""
    if isinstance(value, dict):
        value = [each for pair in value.items() for each in pair]
    items = value if isinstance(value, list) else [value]
    return ",".join(item if isinstance(item, str) else compact(item).decode().strip() for item in items)
