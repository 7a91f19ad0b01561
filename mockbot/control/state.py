"""The endpoint for what a world holds, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockbot.control.reply import large_reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.turns import Work
from mockbot.wording import cut
from mockbot.world.clock import stamp
from mockbot.world.records import Attachment, HistoryRow, Session
from mockbot.world.world import World

MOST_ROWS = 100
"""Rows of a table."""
DEPTH = 4
"""Levels of nesting that are shown of a row; long texts are shortened."""


@endpoint("getState")
async def get_state(request: ControlRequest) -> Response:
    """Return the tables of a world; of a large one, the first rows."""
    if request.world is None:
        return request.no_world()
    return await large_reply(_listing(request.world), 0, request.serving)


def _listing(world: World) -> Work[JSON]:
    tables: list[JSON] = []
    for name, rows in _tables(world):
        tables.append(_table(name, rows))
        yield None
    return {"tables": tables}


def _table(name: str, rows: Sequence[JSON]) -> JSON:
    return {"name": name, "count": len(rows), "rows": [cut(row, DEPTH) for row in rows[:MOST_ROWS]]}


def _tables(world: World) -> Iterator[tuple[str, Sequence[JSON]]]:
    """Yield each table: what every world has, the collections of its document, and what only its server has."""
    yield "sessions", [_session(each) for each in world.sessions.all()]
    yield "messages", [_message(each) for each in world.history.all()]
    yield "attachments", [_attachment(each, world) for each in world.attachments.all()]
    for name, collection in world.rows.snapshot().items():
        yield name, collection["rows"]
    for name, rows in world.state.snapshot().items():
        if isinstance(rows, list):
            yield name, rows


def _session(row: Session) -> JSON:
    return {
        "session_id": row.session_id,
        "creator": row.creator,
        "display_name": row.display_name,
        "updated_at": stamp(row.updated_at),
        "turns": row.turns,
    }


def _message(row: HistoryRow) -> JSON:
    return {"conversation": row.conversation, "sender": row.sender, "parts": list(row.parts)}


def _attachment(record: Attachment, world: World) -> JSON:
    content = world.attachments.content(record)
    size = None if content is None else len(content)
    return {"id": record.id, "filename": record.filename, "type": record.type, "bytes": size}
