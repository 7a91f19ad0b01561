"""What a world was asked and what it answered: read it, read along, verify it, judge it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from starlette.types import Receive, Scope, Send

from mockbot import sse
from mockbot.control.ask import Ask, operation
from mockbot.control.reply import problem, reply, text
from mockbot.journal.entry import Entry
from mockbot.journal.har import to_har
from mockbot.journal.journal import Journal
from mockbot.journal.query import parse_query
from mockbot.journal.verdict import verdict
from mockbot.journal.verify import verify
from mockbot.journal.view import view
from mockbot.jsontext import JSON
from mockbot.response import Response

READERS = 100
"""How many may read one journal along at the same time."""


@operation("listEntries")
async def list_entries(ask: Ask) -> Response:
    """List entries, oldest first."""
    if ask.world is None:
        return ask.no_world()
    since, limit = int(ask.query.get("since", "e0")[1:]), int(ask.query.get("limit", "100"))
    later = (entry for entry in ask.world.journal if int(entry.id[1:]) > since)
    found = list(islice(later, limit))
    bodies = ask.query.get("bodies") == "true"
    rows: list[JSON] = [view(entry, bodies) for entry in found]
    return reply({"entries": rows, "more": next(later, None) is not None})


@operation("getEntry")
async def get_entry(ask: Ask) -> Response:
    """Show one entry with its bodies."""
    if ask.world is None:
        return ask.no_world()
    entry = ask.world.journal.entry(ask.path["entry"])
    return problem(404, "There is no such entry, any more or yet") if entry is None else reply(view(entry))


@operation("clearJournal")
async def clear_journal(ask: Ask) -> Response:
    """Forget every entry."""
    if ask.world is None:
        return ask.no_world()
    removed = len(ask.world.journal)
    ask.world.journal.clear()
    return reply({"removed": removed})


@operation("streamEntries")
async def stream_entries(ask: Ask) -> Response | ReadAlong:
    """Send each entry when it has ended."""
    if ask.world is None:
        return ask.no_world()
    if ask.world.journal.watched >= READERS:
        return problem(429, f"{READERS} clients read this journal along already")
    return ReadAlong(ask.world.journal)


@operation("journalAsHar")
async def har(ask: Ask) -> Response:
    """Write the journal as an HTTP archive."""
    return ask.no_world() if ask.world is None else reply(to_har(ask.world.journal))


@operation("verify")
async def verify_requests(ask: Ask) -> Response:
    """Tell whether the world was asked what it should have been."""
    query = replace(parse_query(ask.body), operation=ask.operation)
    return reply(verify(ask.made.journal, query).as_json())


@operation("verdict")
async def give_verdict(ask: Ask) -> Response:
    """Tell what the client got wrong."""
    if ask.world is None:
        return ask.no_world()
    found = verdict(ask.world.journal)
    if ask.headers.get("accept", "").startswith("text/plain"):
        return text(found.as_text())
    return reply(found.as_json())


class ReadAlong:
    """An ASGI application: a stream of entries that ends when the client leaves or the journal goes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send entries as they end."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        with self._journal.watch() as watch:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b": reading along\n\n", "more_body": True})
            left = asyncio.create_task(_left(receive, watch.end))
            try:
                async for entry in watch:
                    await send({"type": "http.response.body", "body": _event(entry), "more_body": True})
            finally:
                left.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive, end: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end()


def _event(entry: Entry) -> bytes:
    return sse.encode(sse.Event(json.dumps(view(entry, bodies=False)), "entry", entry.id))
