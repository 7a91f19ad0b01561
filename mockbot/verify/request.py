"""Build the HTTP request of an exchange, with the values of its names."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote, urlencode

from mockbot.exchange.exchange import Request
from mockbot.exchange.names import fill, text
from mockbot.jsontext import JSON
from mockbot.verify.client import Sent

BOUNDARY = "----mockbot"


def write(request: Request, base_path: str, names: Mapping[str, JSON]) -> Sent:
    """Return a request with the values of `names` and the headers that its body needs."""
    headers: dict[str, JSON] = {}
    if request.key is not None:
        headers["X-API-Key"] = names[request.key]
    body = b""
    match request.kind:
        case "json":
            body = json.dumps(fill(request.content, names), ensure_ascii=False).encode("utf-8", "surrogatepass")
            headers["Content-Type"] = "application/json"
        case "text":
            body = text(request.content, names).encode("utf-8", "surrogatepass")
            headers["Content-Type"] = "application/json"
        case "base64":
            body = base64.b64decode(str(request.content))
            headers["Content-Type"] = "application/json"
        case "form":
            body = _form(cast(list[dict[str, str]], fill(request.content, names)))
            headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    given = {name.lower() for name in request.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in given} | dict(request.headers)
    fields = tuple((name, item) for name, value in headers.items() for item in _values(fill(value, names)))
    return Sent(request.method, base_path + _target(request, names), request.version, fields, body)


def _target(request: Request, names: Mapping[str, JSON]) -> str:
    query = urlencode([(name, item) for name, value in request.query.items() for item in _values(fill(value, names))])
    target = quote(text(request.path, names), safe="/?&=%:+~*!,;@()'$-._")
    return f"{target}?{query}" if query else target


def _values(value: JSON) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _form(parts: list[dict[str, str]]) -> bytes:
    body = b"".join(
        f"--{BOUNDARY}\r\n{_part_head(part)}\r\n\r\n".encode() + _part_body(part) + b"\r\n" for part in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


def _part_body(part: Mapping[str, str]) -> bytes:
    return base64.b64decode(part["base64"]) if "base64" in part else part["text"].encode()


def _part_head(part: Mapping[str, str]) -> str:
    escaped = {
        name: part[name].replace("\\", "\\\\").replace('"', '\\"') for name in ("name", "filename") if name in part
    }
    words = ["form-data", *(f'{name}="{value}"' for name, value in escaped.items())]
    if "filename*" in part:
        words.append(f"filename*={part['filename*']}")
    lines = [f"Content-Disposition: {'; '.join(words)}"]
    if "content_type" in part:
        lines.append(f"Content-Type: {part['content_type']}")
    return "\r\n".join(lines)
