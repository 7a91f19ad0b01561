"""Responses of the control API: JSON, text and problem details (RFC 9457), which caches must not store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from mockbot import response
from mockbot.control.serving import Serving
from mockbot.jsontext import JSON, LEVELS, compact, parts, portable, portable_text, standard
from mockbot.response import Headers, Response, whole
from mockbot.turns import Work, listed
from mockbot.violation import Violation

UNCACHED = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
LARGE = 4 * 1024 * 1024
"""Bytes of what is shown from which on it takes much memory."""
DEEP = 3
"""Levels of a large value that are written part by part: the rows of a table, the entries of a HAR document."""
NOTHING = Response(204, UNCACHED)


def reply(value: JSON, status: int = 200) -> Response:
    """Return a JSON response."""
    return whole(status, "application/json", compact(portable(value)), UNCACHED)


async def large_reply(work: Work[JSON], size: int, serving: Serving) -> Response:
    """Return a JSON response with the result of work, which may be large: it is made and written in turns.

    `size` is roughly how many bytes are shown. Of those with more than LARGE, one is made at a time.
    """
    async with serving.turns.making if size > LARGE else nullcontext():
        value = await serving.turns.work(work)
        return whole(200, "application/json", await serving.turns.work(writing(value)), UNCACHED)


def writing(value: JSON) -> Work[bytes]:
    """Return the work that writes what `reply` sends for a value."""
    pieces = yield from listed(parts(value, DEEP, _written))
    data: bytes = yield partial(b"".join, (*pieces, b"\n"))
    return data


def _written(value: JSON, level: int) -> bytes:
    return standard(portable(value, LEVELS - level), ensure_ascii=True).encode("ascii")


def text(content: str) -> Response:
    """Return a response with plain text."""
    return whole(200, "text/plain; charset=utf-8", f"{content}\n".encode("utf-8", "replace"), UNCACHED)


def problem(status: int, detail: str, violations: Sequence[Violation] = (), headers: Headers = ()) -> Response:
    """Return problem details; `detail` describes the mistake and what to do."""
    shown = [replace(each, message=portable_text(each.message), value=portable(each.value)) for each in violations]
    return response.problem(status, portable_text(detail), shown, (*headers, *UNCACHED))
