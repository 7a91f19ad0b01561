"""Endpoints for the journal of a world: list, stream and verify its entries, and get the verdict."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice

from starlette.types import Receive, Scope, Send

from mockbot import sse
from mockbot.control.reply import large_reply, problem, reply, text
from mockbot.control.request import ControlRequest, endpoint
from mockbot.journal.har import to_har
from mockbot.journal.journal import Journal
from mockbot.journal.query import parse_query
from mockbot.journal.reading import reading, reading_each
from mockbot.journal.verify import verifying, with_astray
from mockbot.journal.view import content, view
from mockbot.journal.watch import Notice
from mockbot.jsontext import JSON, portable
from mockbot.response import Response
from mockbot.turns import Turns, Work, constant
from mockbot.world.worlds import DEFAULT

SHORT = 2048
"""Bytes of an entry that is shown without its bodies."""
SMALL = 16 * 1024
"""Bytes of what was sent up to which an event with it is written at once."""
TOGETHER = 8
"""Events that one client is sent before other tasks run."""
MAX_STREAMS = 100
"""How many clients can stream the entries of one journal at the same time."""


@endpoint("listEntries")
async def list_entries(request: ControlRequest) -> Response:
    """List entries, oldest first."""
    if request.world is None:
        return request.no_world()
    since, limit = int(request.query.get("since", "e0")[1:]), int(float(request.query.get("limit", "100")))
    later = (entry for entry in request.world.journal if int(entry.id[1:]) > since)
    found = list(islice(later, limit))
    bodies = request.query.get("bodies") == "true"
    more = next(later, None) is not None

    def listing() -> Work[JSON]:
        rows = yield from reading_each(partial(view, bodies=bodies), found)
        return {"entries": [*rows], "more": more}

    size = sum([entry.weight for entry in found]) if bodies else len(found) * SHORT
    return await large_reply(listing(), size, request.serving)


@endpoint("getEntry")
async def get_entry(request: ControlRequest) -> Response:
    """Return one entry with its bodies."""
    if request.world is None:
        return request.no_world()
    entry = request.world.journal.entry(request.path["entry"])
    if entry is None:
        return problem(404, "There is no entry with this id, or no longer")
    return await large_reply(reading(view, entry), entry.weight, request.serving)


@endpoint("clearJournal")
async def clear_journal(request: ControlRequest) -> Response:
    """Remove all entries."""
    if request.world is None:
        return request.no_world()
    removed = len(request.world.journal)
    request.world.journal.clear()
    return reply({"removed": removed})


@endpoint("streamEntries")
async def stream_entries(request: ControlRequest) -> Response | EntryStream:
    """Stream each entry when it has ended, or also what happens before."""
    if request.world is None:
        return request.no_world()
    if request.world.journal.watched >= MAX_STREAMS:
        return problem(429, f"{MAX_STREAMS} clients stream this journal already; close one of them")
    return EntryStream(request.world.journal, request.serving.turns, live=request.query.get("live") == "true")


@endpoint("journalAsHar")
async def har(request: ControlRequest) -> Response:
    """Return the journal as an HTTP archive."""
    if request.world is None:
        return request.no_world()
    return await large_reply(to_har(request.world.journal), request.world.journal.size, request.serving)


@endpoint("verify")
async def verify_requests(request: ControlRequest) -> Response:
    """Return whether the journal has the expected requests."""
    turns = request.serving.turns
    query = replace(await turns.in_thread(parse_query, request.body), operation=request.operation)
    world, default = request.ensure_world(), request.serving.worlds.find(DEFAULT)
    found = await turns.work(verifying(world.journal, query))
    if default is not None and world is not default:
        found = await turns.work(with_astray(found, default.journal, query, world.name, world.journal.begun))
    return await large_reply(constant(found.as_json()), 0, request.serving)


@endpoint("verdict")
async def get_verdict(request: ControlRequest) -> Response:
    """Return what the client did wrong, and notes."""
    world = request.world
    if world is None:
        return request.no_world()
    contract = world.blueprint.contract
    if contract is not None and not contract.validation.loaded:
        await asyncio.to_thread(contract.validation.load)
    found = await request.serving.turns.work(world.reaching_verdict())
    if request.headers.get("accept", "").startswith("text/plain"):
        return text(found.as_text())
    return reply(found.as_json())


class EntryStream:
    """An ASGI application: a stream of entries that ends when the client leaves or the world is removed."""

    def __init__(self, journal: Journal, turns: Turns, *, live: bool = False) -> None:
        self._journal, self._turns, self._live = journal, turns, live

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send entries as they end."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        with self._journal.watch(live=self._live) as watch:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b": connected\n\n", "more_body": True})
            waiting = asyncio.create_task(_wait_for_disconnect(receive, watch.leave))
            try:
                number = 0
                async for notice in watch:
                    body = _event(notice) if _is_short(notice) else await self._turns.in_thread(_event, notice)
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                    if (number := number + 1) % TOGETHER == 0:
                        await asyncio.sleep(0)
            finally:
                waiting.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _wait_for_disconnect(receive: Receive, end: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end()


def _is_short(notice: Notice) -> bool:
    if notice.kind == "sent" or notice.entry is None:
        return sum([len(chunk.data) for chunk in notice.chunks]) <= SMALL
    return bool(notice.written) or notice.entry.weight <= SMALL


def _event(notice: Notice) -> bytes:
    """Return a notice as it is sent; it is written once for all subscribers."""
    if not notice.written:
        notice.written.append(_written(notice))
    return notice.written[0]


def _written(notice: Notice) -> bytes:
    entry = notice.entry
    if entry is None:
        return sse.encode(sse.Event("{}", notice.kind))
    if notice.kind == "sent":
        rows: list[JSON] = [{"at": round(chunk.at, 6), **content(chunk.data)} for chunk in notice.chunks]
        sent: JSON = {"id": entry.id, "status": entry.status, "first": notice.first, "chunks": rows}
        return sse.encode(sse.Event(json.dumps(portable(sent)), notice.kind))
    return sse.encode(sse.Event(json.dumps(portable(view(entry, bodies=False))), notice.kind, entry.id))
