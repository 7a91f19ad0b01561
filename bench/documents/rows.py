"""One document on one server: every operation is sent two requests, and every response is validated."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.documents.answers import Schemas, outcome
from bench.documents.requests import Request, Requests, Unsendable
from bench.documents.values import Values
from bench.processes import NotStarted, Running
from mockbot.errors import UserError
from mockbot.openapi.fetch import read
from mockbot.openapi.usable import usable

Serve = Callable[[Path], AbstractContextManager[Running]]
COLUMNS = ("operations", "sent", "right", "refused", "error", "unimplemented", "invalid", "unsendable")


@dataclass
class Row:
    """What became of one document on one server."""

    document: str
    server: str
    started: bool = False
    why: str = ""
    """Why the document could not be served."""
    counts: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0
    """CPU seconds until the first response was possible."""
    memory: int = 0
    """Resident megabytes at the end."""
    remarks: list[str] = field(default_factory=list)
    """A line for each response that is not right, and for each request that could not be made."""


def measured(path: Path, server: str, serve: Serve) -> Row:
    """Serve a document and send its requests; `server` is the name of what serves it."""
    row = Row(path.name, server)
    try:
        document = usable(read(str(path))).document
    except UserError as error:
        row.why = str(error)
        return row
    schemas = Schemas(document)
    requests = Requests(document, Values(document, Schemas(document, formats=True).valid))
    try:
        with serve(path) as running:
            row.started, row.cpu = True, running.cpu
            operations = set()
            for request in requests.all():
                operations.add(request.operation)
                for what, remark in _tried(request, running.address, document, schemas, requests.resolved):
                    row.counts[what] += 1
                    row.remarks += [f"{what} {request.operation} {request.kind}: {remark}"] if remark else []
            row.counts["operations"] = len(operations)
            row.memory = running.memory
    except NotStarted as error:
        row.why = str(error)
    return row


def _tried(
    request: Request | Unsendable, address: str, document: dict[str, Any], schemas: Schemas, resolve: Any
) -> Iterator[tuple[str, str]]:
    """Yield what is counted of one request, each with a remark."""
    if isinstance(request, Unsendable):
        yield "unsendable", request.reason
        return
    yield "sent", ""
    try:
        status, headers, body = _sent(request, address)
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield "error", f"no response: {error!r}"
        return
    if request.method == "HEAD":
        yield ("right", "") if status < 400 else ("refused", str(status))
        return
    operations = asked(request.operation, document["paths"])
    found = [outcome(schemas, each, resolve, status, headers, body) for each in operations]
    what, why = next((each for each in found if each[0] == "right"), found[0])
    yield what, why and f"{why} ({request.target[:200]} {request.body[:200]!r})"


def asked(name: str, paths: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the operations that a request for the one of this name asks: a fragment in a path is not sent."""
    method, _, template = name.partition(" ")
    sent = template.partition("#")[0]
    same = [template, *(path for path in paths if path != template and path.partition("#")[0] == sent)]
    return [paths[path][method.lower()] for path in same if method.lower() in paths[path]]


def _sent(request: Request, address: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode())
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()
