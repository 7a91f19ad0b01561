"""Example responses of operations: the document's own examples, or else the smallest bodies that fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from mockbot.contract.validation import Validation
from mockbot.dataclass import dataclass
from mockbot.generic.accept import bare, is_json, ordered
from mockbot.generic.example_events import TEXT, events_of
from mockbot.generic.notation import FILES, is_sequence, takes_values, written
from mockbot.jsontext import JSON, compact
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.sample.instance import Impossible, Instances, Made
from mockbot.sse import EVENT_STREAM

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""Valid names and values of headers (RFC 9110, 5.1 and 5.5)."""


@dataclass(frozen=True, slots=True)
class Example:
    """One complete response."""

    status: int
    media_type: str = ""
    """Empty when the response has no body."""
    headers: tuple[tuple[str, str], ...] = ()
    """The headers to send, without Content-Type."""
    body: bytes = b""


class Examples:
    """Finds or makes responses that fit the contract."""

    def __init__(self, document: Document, validation: Validation) -> None:
        self.document = document
        self._validation = validation
        self._kept: dict[tuple[str, str, str], Example | Impossible] = {}
        self.rejected: dict[str, None] = {}
        """The document's examples that do not fit the document, one sentence for each."""

    @cached_property
    def instances(self) -> Instances:
        """Return what makes values of the document's schemas."""
        from mockbot.contract.keywords import schema_validator

        whole = self.document.effective
        return Instances(whole, schema_validator(whole, strict=True), schema_validator(whole))

    def of(self, operation: Operation, accept: str = "") -> Example | Impossible:
        """Return an example of the operation's first response in a media type that `accept` prefers.

        Return the reason if there is none.
        """
        responses = operation.definition.get("responses")
        if not responses:
            return Example(200)  # nothing is known of its responses, so nothing is promised
        chosen = _preferred(responses)
        if isinstance(chosen, Impossible):
            return chosen
        found = [self.response(operation, *each, accept) for each in chosen[:1]]
        while isinstance(found[-1], Impossible) and len(found) < len(chosen):
            found.append(self.response(operation, *chosen[len(found)], accept))
        return found[0] if isinstance(found[-1], Impossible) else found[-1]

    def response(self, operation: Operation, status: int, code: str, accept: str = "") -> Example | Impossible:
        """Return an example of the response that the document has under the key `code`, sent with `status`."""
        response = self.document.resolved(operation.definition["responses"][code])
        headers = self.headers(response, status)
        if isinstance(headers, Impossible):
            return headers
        blank = Example(status, headers=headers)
        content = response.get("content")
        if not content:
            return self.checked(operation, blank)
        reasons: list[Impossible] = []
        for name, media_type in ordered(tuple(content), accept):
            key = (operation.name, code, media_type)
            example = self._kept.get(key)
            if example is None:
                media = self.document.resolved(content[name])
                example = self._example(operation, code, replace(blank, media_type=media_type), media)
                if "*" not in name:
                    self._kept[key] = example
            if isinstance(example, Example):
                return replace(example, status=status)  # a range of statuses shares its example
            reasons.append(example)
        return reasons[0]

    def checked(self, operation: Operation, example: Example) -> Example | Impossible:
        """Return the example if HTTP can represent it and it fits the contract, or the reason why not."""
        fields = [*example.headers, *([("content-type", example.media_type)] if example.media_type else [])]
        for name, value in fields:
            if not (NAME.fullmatch(name) and VALUE.fullmatch(value)):
                return Impossible(f"HTTP has no header {name!r} with the value {value[:80]!r}")
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        violations = self._validation.response(operation, example.status, headers, example.body)
        return Impossible(violations[0].message) if violations else example

    def headers(self, response: Mapping[str, Any], status: int) -> tuple[tuple[str, str], ...] | Impossible:
        """Return the required headers of a documented response, all of a redirect, and the Location of a 201."""
        found: list[tuple[str, str]] = []
        for name, reference in (response.get("headers") or {}).items():
            header = self.document.resolved(reference)
            required = header.get("required")
            wanted = required or 300 <= status < 400 or (status == 201 and name.lower() == "location")
            if not wanted or name.lower() in ("content-type", "content-length"):
                continue
            made = self._header(name, header)
            if isinstance(made, Made):
                found.append((name, _simple(made.value, header)))
            elif required:
                return Impossible(f"header {name}: {made.reason}")
        return tuple(found)

    def values(self, media: Mapping[str, Any]) -> Iterator[JSON]:
        """Yield the values of a media type's examples (OpenAPI 3.1, 4.8.14); external ones are not fetched."""
        if "example" in media:
            yield media["example"]
        examples = media.get("examples") or {}
        if isinstance(examples, list):  # as in a schema, which many documents write here
            yield from examples
            return
        for each in examples.values():
            example = self.document.resolved(each)
            for key in ("value", "dataValue", "serializedValue"):  # the last two are OpenAPI 3.2's
                if isinstance(example, dict) and key in example:
                    yield example[key]

    def _example(
        self, operation: Operation, code: str, blank: Example, media: Mapping[str, Any]
    ) -> Example | Impossible:
        for body in self._own(media, blank.media_type):
            example = self.checked(operation, replace(blank, body=body))
            if isinstance(example, Example):
                return example
            self.rejected[f"{operation.name}: the example of its {code} does not fit: {example.reason}"] = None
        reason: Impossible | None = None
        for made in self._made(media, blank.media_type):
            example = made if isinstance(made, Impossible) else self.checked(operation, replace(blank, body=made))
            if isinstance(example, Example):
                return example
            reason = reason or example
        return reason or Impossible(f"nothing can be written as {blank.media_type}")

    def _own(self, media: Mapping[str, Any], media_type: str) -> Iterator[bytes]:
        """Yield the bodies of the media type's examples."""
        for value in self.values(media):
            body = self.written(value, media_type, media.get("schema", {}))
            if body is None:
                continue
            if is_json(media_type) and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
                with suppress(ValueError):
                    yield compact(json.loads(value))  # an example written as a text
            yield body

    def written(self, value: JSON, media_type: str, schema: Any) -> bytes | None:
        """Return a value as a body, or None if the media type cannot represent it."""
        return written(value, media_type, schema, self.document.resolved)

    def _made(self, media: Mapping[str, Any], media_type: str) -> Iterator[bytes | Impossible]:
        schema, name = media.get("schema", True), bare(media_type)
        if name == EVENT_STREAM or is_sequence(name):
            made = events_of(media, name, self.document.resolved, self.instances.smallest)
            yield made if isinstance(made, Impossible) else self.written(made, name, {}) or b""
            return
        if takes_values(name):
            for wanted in (schema, {"allOf": [schema, {"minItems": 1}]}):  # no row is no text, such as CSV
                one = self.instances.smallest(wanted)
                body = one if isinstance(one, Impossible) else self.written(one.value, media_type, schema) or b""
                if body:
                    yield body
                    return
            yield body
            return
        if name in FILES:
            yield FILES[name]
        text = self.instances.smallest({"allOf": [schema, TEXT]})
        if isinstance(text, Made):
            yield str(text.value).encode("utf-8", "replace")
            return
        value = self.instances.smallest(schema)
        if isinstance(value, Impossible):
            yield value
        elif not name.startswith("multipart/"):
            yield self.written(value.value, media_type, schema) or b"a"

    def _header(self, name: str, header: Mapping[str, Any]) -> Made | Impossible:
        content = header.get("content")
        media = self.document.resolved(next(iter(content.values()))) if content else header
        schema = media.get("schema", True)
        for value in self.values(media):
            return Made(value)
        if name.lower() == "location":
            made = self.instances.smallest({"allOf": [schema, {"default": "/"}]})
            if isinstance(made, Made) and made.value:
                return made
        made = self.instances.smallest(schema)
        if isinstance(made, Made) and made.value == "":  # openapi-core treats an empty value as missing
            return self.instances.smallest({"allOf": [schema, TEXT]})
        return made


def _preferred(responses: Mapping[str, Any]) -> Sequence[tuple[int, str]] | Impossible:
    """Return the responses to try, each as status and key.

    These are the 2xx, lowest first, or else the redirects, or else `default`, or else the lowest error.
    """
    known = [code for code in map(str, responses) if re.fullmatch(r"[1-5](\d\d|[xX]{2})|default", code)]
    if not known:
        return Impossible(f"the document has no status for it, only {', '.join(map(str, responses))}")
    chosen = next((found for first in ("2", "3", "default") if (found := _starting(known, first))), None)
    chosen = chosen or [code for first in ("4", "5") for code in _starting(known, first)][:1]
    if not chosen:
        return Impossible(f"the document has only {', '.join(known)} for it, which is not a final response")
    return [(_status(code), code) for code in chosen]


def _starting(codes: Sequence[str], first: str) -> list[str]:
    return sorted(code for code in codes if code.startswith(first))


def _status(code: str) -> int:
    """Return a status for a key of `responses`."""
    if code.isdecimal():
        return int(code)
    return {"3": 302, "4": 400, "5": 500}.get(code[0], 200)


def _simple(value: JSON, header: Mapping[str, Any]) -> str:
    """Return a header's value in the style `simple`, or as JSON if it has `content` (OpenAPI 3.1, 4.8.12)."""
    if "content" in header:
        return value if isinstance(value, str) else compact(value).decode().strip()
    if isinstance(value, dict):
        pairs = [(name, _text(each)) for name, each in value.items()]
        return ",".join(f"{name}={each}" if header.get("explode") else f"{name},{each}" for name, each in pairs)
    return ",".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else compact(value).decode().strip()
