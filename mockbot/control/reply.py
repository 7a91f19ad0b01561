"""Responses of the control API: JSON, text and problem details (RFC 9457), which caches must not store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from mockbot import response
from mockbot.control.serving import Serving
from mockbot.jsontext import JSON, LEVELS, compact, portable, portable_text, standard
from mockbot.response import Headers, Response, whole
from mockbot.turns import Work
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
    async with serving.showing if size > LARGE else nullcontext():
        value = await serving.turns.work(work)
        return whole(200, "application/json", await serving.turns.work(writing(value)), UNCACHED)


def writing(value: JSON) -> Work[bytes]:
    """Return the work that writes what `reply` sends for a value."""
    pieces: list[bytes] = []
    yield from _write(value, DEEP, LEVELS, pieces.append)
    data: bytes = yield partial(b"".join, (*pieces, b"\n"))
    return data


def _write(value: JSON, deep: int, levels: int, add: Callable[[bytes], None]) -> Work[None]:
    """Write the parts of a value one by one down to some levels, and each of those at once."""
    if deep and isinstance(value, dict) and value:
        for number, (name, part) in enumerate({portable_text(name): part for name, part in value.items()}.items()):
            add(b"%b%b:" % (b"," if number else b"{", standard(name, ensure_ascii=True).encode("ascii")))
            yield from _write(part, deep - 1, levels - 1, add)
        add(b"}")
    elif deep and isinstance(value, list) and value:
        for number, part in enumerate(value):
            add(b"," if number else b"[")
            yield from _write(part, deep - 1, levels - 1, add)
        add(b"]")
    else:
        add(standard(portable(value, levels), ensure_ascii=True).encode("ascii"))
        yield None


def text(content: str) -> Response:
    """Return a response with plain text."""
    return whole(200, "text/plain; charset=utf-8", f"{content}\n".encode("utf-8", "replace"), UNCACHED)


def problem(status: int, detail: str, violations: Sequence[Violation] = (), headers: Headers = ()) -> Response:
    """Return problem details; `detail` describes the mistake and what to do."""
    shown = [replace(each, message=portable_text(each.message), value=portable(each.value)) for each in violations]
    return response.problem(status, portable_text(detail), shown, (*headers, *UNCACHED))
