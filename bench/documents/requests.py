"""A minimal and a full valid request for each operation, written as the document says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from bench.documents.styles import Pairs, styled
from bench.documents.values import Values
from mockbot.jsontext import JSON
from mockbot.sample.alternatives import at
from mockbot.sample.instance import Impossible

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
IGNORED = {"accept", "content-type", "authorization"}
"""Header parameters that OpenAPI ignores (3.1, 4.8.12)."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BOUNDARY = "----bench"
NOT_EMPTY = {"minItems": 1, "minProperties": 1}
"""An empty array or object cannot be distinguished from an absent one in most styles and in forms."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent."""

    operation: str
    """`GET /pets/{id}`."""
    kind: str
    """`minimal` or `full`."""
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A request that could not be made, and why."""

    operation: str
    kind: str
    reason: str


class Requests:
    """Makes the requests of one document, which refers to nothing outside itself."""

    def __init__(self, document: dict[str, Any], values: Values) -> None:
        self._document, self._values = document, values

    def all(self) -> Iterator[Request | Unsendable]:
        """Yield two requests for each operation."""
        for path, item in (self._document.get("paths") or {}).items():
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    for kind in ("minimal", "full"):
                        yield self._request(path, item, method, kind)

    def resolved(self, node: Any) -> Any:
        """Return a node, or what its reference leads to."""
        for _ in range(50):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                break
            node = at(self._document, node["$ref"])
        return node

    def _request(self, path: str, item: dict[str, Any], method: str, kind: str) -> Request | Unsendable:
        operation = item[method]
        name = f"{method.upper()} {path}"
        parameters = {}
        for each in (*(item.get("parameters") or ()), *(operation.get("parameters") or ())):
            found = self.resolved(each)
            if isinstance(found, dict) and "name" in found:
                parameters[found["name"], found["in"]] = found
        target, query, headers, cookies = (
            path.partition("#")[0],
            list[tuple[str, str]](),
            list[tuple[str, str]](),
            list[str](),
        )
        for parameter in parameters.values():
            where = parameter["in"]
            wanted = parameter.get("required") or where == "path"
            if (not wanted and kind == "minimal") or (where == "header" and not _is_sent(parameter["name"])):
                continue
            value = self._value(parameter, kind)
            if isinstance(value, Impossible):
                if wanted:
                    return Unsendable(name, kind, f"parameter {parameter['name']}: {value.reason}")
                continue
            text = styled(parameter, value)
            if text is None:
                if wanted:
                    return Unsendable(name, kind, f"parameter {parameter['name']} cannot be written")
                continue
            match where:
                case "path":
                    target = target.replace(f"{{{parameter['name']}}}", str(text))
                case "query":
                    query += text if isinstance(text, list) else [(parameter["name"], text)]
                case "header":
                    headers.append((parameter["name"], str(text)))
                case "cookie":
                    pairs = text if isinstance(text, list) else [(parameter["name"], text)]
                    cookies += [f"{key}={quote(part, safe='')}" for key, part in pairs]
        self._authenticate(operation, headers, query, cookies)
        body = self._body(operation, kind, headers)
        if isinstance(body, Impossible):
            return Unsendable(name, kind, f"body: {body.reason}")
        if cookies:
            headers.append(("Cookie", "; ".join(cookies)))
        encoded = "&".join(f"{quote(key, safe='[]')}={part}" for key, part in query)
        joined = f"{target}{'&' if '?' in target else '?'}{encoded}" if encoded else target
        return Request(name, kind, method.upper(), joined, tuple(headers), body)

    def _value(self, parameter: dict[str, Any], kind: str) -> JSON | Impossible:
        schema = parameter.get("schema")
        if schema is None:
            content = parameter.get("content") or {}
            media: dict[str, Any] = next(iter(content.values()), {})
            schema = media.get("schema", True)
        if parameter["in"] == "path":  # a segment cannot be empty
            schema = {"allOf": [schema, {"not": {"const": ""}, "items": {"minLength": 1}}]}
        if parameter["in"] == "path" or parameter.get("required"):
            schema = {"allOf": [schema, NOT_EMPTY]}
        return self._values.full(schema) if kind == "full" else self._values.minimal(schema)

    def _authenticate(
        self, operation: dict[str, Any], headers: list[tuple[str, str]], query: Pairs, cookies: list[str]
    ) -> None:
        alternatives = operation.get("security", self._document.get("security")) or []
        schemes = (self._document.get("components") or {}).get("securitySchemes") or {}
        fields: dict[str, str] = {}  # a request has one Authorization header (RFC 9110, 11.6.2)
        for name in next(iter(alternatives), {}):
            scheme = self.resolved(schemes.get(name, {}))
            match scheme.get("type"):
                case "apiKey" if scheme.get("in") == "query":
                    query.append((scheme["name"], "credential"))
                case "apiKey" if scheme.get("in") == "cookie":
                    cookies.append(f"{scheme['name']}=credential")
                case "apiKey":
                    fields.setdefault(scheme["name"].lower(), "credential")
                case "http" if str(scheme.get("scheme", "")).lower() == "basic":
                    fields.setdefault("authorization", "Basic dXNlcjpwYXNz")
                case "http" | "oauth2" | "openIdConnect":
                    fields.setdefault("authorization", "Bearer credential")
        headers += fields.items()

    def _body(self, operation: dict[str, Any], kind: str, headers: list[tuple[str, str]]) -> bytes | Impossible:
        body = self.resolved(operation.get("requestBody") or {})
        content = body.get("content") or {}
        if not content or (kind == "minimal" and not body.get("required")):
            return b""
        ranked = sorted(content, key=_rank)
        reason = Impossible("no media type can be written")
        for media_type in ranked:
            media = self.resolved(content[media_type])
            schema = media.get("schema", True)
            if media_type.partition(";")[0].strip().lower() in FORMS:
                schema = {"allOf": [schema, self._not_empty(schema)]}
            value = self._values.full(schema) if kind == "full" else self._values.minimal(schema)
            if isinstance(value, Impossible):
                reason = value
                continue
            written = _written(media_type, value, media)
            if written is not None:
                headers.append(("Content-Type", written[0]))
                return written[1]
        return reason if body.get("required") else b""

    def _not_empty(self, schema: Any) -> dict[str, Any]:
        """Return a schema by which no required property of a form is an empty array or object."""
        plain = self.resolved(schema)
        return {"properties": dict.fromkeys(plain.get("required") or (), NOT_EMPTY)} if isinstance(plain, dict) else {}


def _is_sent(header: str) -> bool:
    """Return whether a header parameter has an effect, and a name that HTTP has."""
    return header.lower() not in IGNORED and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", header) is not None


def _rank(media_type: str) -> int:
    name = media_type.partition(";")[0].strip().lower()
    order = ("application/json", "*/*", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
    if name.endswith("+json"):
        return 1
    return order.index(name) if name in order else 9


def _written(media_type: str, value: JSON, media: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """Return the Content-Type and the bytes of a body; None where this media type cannot be written here."""
    name = media_type.partition(";")[0].strip().lower()
    if name in ("*/*", "application/*"):
        return "application/json", json.dumps(value).encode()
    if name == "application/json" or name.endswith("+json"):
        return media_type.replace("*", "x"), json.dumps(value).encode()
    if name == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return name, urlencode(list(_fields(value, media))).encode()
    if name == "multipart/form-data" and isinstance(value, dict):
        parts = "".join(_part(key, item) for key, item in value.items())
        return f"{name}; boundary={BOUNDARY}", f"{parts}--{BOUNDARY}--\r\n".encode()
    if not isinstance(value, dict | list):
        text = "text/plain" if name.startswith("text/*") else media_type.replace("*", "x")
        return text, (value if isinstance(value, str) else json.dumps(value)).encode() or b"x"
    return None


def _fields(value: dict[str, JSON], media: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, item in value.items():
        encoding = (media.get("encoding") or {}).get(key, {})
        pairs = styled({"name": key, "in": "query", "schema": {}, "raw": True, **encoding}, item)
        yield from pairs if isinstance(pairs, list) else [(key, pairs or "")]


def _part(key: str, item: JSON) -> str:
    items = item if isinstance(item, list) else [item]
    text = ""
    for each in items:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"'
        if isinstance(each, dict | list):
            text += f"{head}\r\nContent-Type: application/json\r\n\r\n{json.dumps(each)}\r\n"
        else:
            written = each if isinstance(each, str) else json.dumps(each)
            text += f"{head}\r\n\r\n{written}\r\n"
    return text
