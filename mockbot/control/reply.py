"""Responses of the control API: JSON, text and problem details (RFC 9457), which caches must not store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockbot import response
from mockbot.jsontext import JSON, compact, portable, portable_text
from mockbot.response import Headers, Response, whole
from mockbot.violation import Violation

UNCACHED = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
NOTHING = Response(204, UNCACHED)


def reply(value: JSON, status: int = 200) -> Response:
    """Return a JSON response."""
    return whole(status, "application/json", compact(portable(value)), UNCACHED)


def text(content: str) -> Response:
    """Return a response with plain text."""
    return whole(200, "text/plain; charset=utf-8", f"{content}\n".encode("utf-8", "replace"), UNCACHED)


def problem(status: int, detail: str, violations: Sequence[Violation] = (), headers: Headers = ()) -> Response:
    """Return problem details; `detail` describes the mistake and what to do."""
    shown = [replace(each, message=portable_text(each.message), value=portable(each.value)) for each in violations]
    return response.problem(status, portable_text(detail), shown, (*headers, *UNCACHED))
