"""GET /api/v1/chat/sessions (BEHAVIOUR.md section 6)."""

from __future__ import annotations

from mockbot.api.answer import Answer, error, ok
from mockbot.api.call import Call, Crash, operation
from mockbot.jsontext import JSON
from mockbot.world.clock import stamp
from mockbot.world.records import Session

MAX_OFFSET = 2**63 - 1
"""SQLite's largest integer: a page beyond it crashes AstrBot (section 3.3)."""
MAX_PAGE_SIZE = 100


@operation("GET /api/v1/chat/sessions")
async def list_sessions(call: Call) -> Answer | Crash:
    """List a user's chat sessions, last updated first, a page at a time; sizes out of range are clamped."""
    if "username" not in call.query:
        return error("Missing key: username")
    username = call.query["username"].strip()
    if not username:
        return error("username is empty")
    try:
        page = max(int(call.query.get("page", "1")), 1)
        size = min(max(int(call.query.get("page_size", "20")), 1), MAX_PAGE_SIZE)
    except ValueError:
        return error("page and page_size must be integers")
    offset = (page - 1) * size
    if offset > MAX_OFFSET:
        return Crash("page is too large", "/page")
    rows = call.world.sessions.of(username, call.query.get("platform_id"))
    sessions = [item(row) for row in rows[offset : offset + size]]
    return ok({"sessions": sessions, "page": page, "page_size": size, "total": len(rows)})


def item(row: Session) -> JSON:
    """Return a session as the list shows it."""
    return {
        "session_id": row.session_id,
        "platform_id": row.platform_id,
        "creator": row.creator,
        "display_name": row.display_name,
        "is_group": 0,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }
