"""An entry as JSON for the control API, and as a command line of curl."""

from __future__ import annotations

import base64
import shlex
from typing import Any
from urllib.parse import quote

from mockbot.journal.entry import Chunk, Entry
from mockbot.jsontext import JSON
from mockbot.violation import Violation

PATH_SAFE = "/:@!$&'()*+,;=~"
"""Characters that a path has unescaped, besides letters and digits (RFC 3986 section 3.3)."""
CURL_SENDS = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
"""Headers that curl adds itself."""


def view(entry: Entry, bodies: bool = True) -> dict[str, JSON]:
    """Return an entry as JSON; without `bodies`, sizes in place of bodies and chunks.

    Times are seconds: `began` since 1970 by the world's clock; `seconds`, `left` and the `at` of a chunk since `began`.
    A body or a chunk is `{"text": …}`, or `{"base64": …}` if it is not UTF-8; at most KEPT bytes in each direction.
    """
    request: dict[str, JSON] = {
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": _headers(entry.headers),
        "size": entry.body_size,
    }
    response: dict[str, JSON] = {
        "status": entry.status,
        "headers": _headers(entry.response_headers),
        "size": entry.response_size,
        "chunks": entry.pieces,
    }
    if bodies:
        request["body"] = content(entry.body)
        response["chunks"] = [{"at": round(chunk.at, 6), **content(chunk.data)} for chunk in entry.chunks]
    return {
        "id": entry.id,
        "world": entry.world,
        "operation": entry.operation,
        "began": entry.began,
        "seconds": round(entry.seconds, 6),
        "left": None if entry.left is None else round(entry.left, 6),
        "ended": entry.ended,
        "why": entry.why,
        "script": entry.script,
        "wish": entry.wish,
        "faults": list(entry.faults),
        "refused": entry.refused,
        "violations": [violation.as_json() for violation in entry.violations],
        "defects": [violation.as_json() for violation in entry.defects],
        "request": request,
        "response": response,
    }


def read(row: dict[str, Any]) -> Entry:
    """Return the entry from a view with bodies; fields that a view does not have get their defaults."""
    request, response = row["request"], row["response"]
    return Entry(
        id=row["id"],
        world=row["world"],
        began=row["began"],
        method=request["method"],
        path=request["path"],
        query=request["query"],
        headers=_pairs(request["headers"]),
        operation=row["operation"],
        body=_data(request["body"]),
        body_size=request["size"],
        status=response["status"],
        response_headers=_pairs(response["headers"]),
        chunks=[Chunk(chunk["at"], _data(chunk)) for chunk in response["chunks"]],
        response_size=response["size"],
        violations=tuple(Violation.from_json(each, "request") for each in row["violations"]),
        defects=tuple(Violation.from_json(each, "response") for each in row["defects"]),
        script=row["script"],
        wish=row.get("wish"),
        faults=tuple(row["faults"]),
        refused=row.get("refused", ""),
        ended=row["ended"],
        why=row["why"],
        seconds=row["seconds"],
        left=row["left"],
    )


def _pairs(rows: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((row["name"], row["value"]) for row in rows)


def _data(content: dict[str, str]) -> bytes:
    return base64.b64decode(content["base64"]) if "base64" in content else content["text"].encode()


def content(data: bytes) -> dict[str, JSON]:
    """Return bytes as `{"text": …}`, or as `{"base64": …}` if they are not UTF-8."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def curl(entry: Entry, base_url: str) -> str:
    """Return a shell command that sends the request again; masked keys must be filled in, a binary body is left out.

    `base_url` is that of the server, without a world, which is part of the entry's path.
    """
    query = f"?{entry.query}" if entry.query else ""
    method = ["--head"] if entry.method == "HEAD" else ["-X", entry.method]
    words = ["curl", "-N", *method, f"{base_url.rstrip('/')}{quote(entry.path, PATH_SAFE)}{query}"]
    for name, value in entry.headers:
        if name not in CURL_SENDS:
            words += ["-H", f"{name}: {value}"]
    match content(entry.body):
        case {"text": str(text)} if text:
            words += ["--data-raw", text]
    return shlex.join(words)


def _headers(headers: tuple[tuple[str, str], ...]) -> list[JSON]:
    return [{"name": name, "value": value} for name, value in headers]
