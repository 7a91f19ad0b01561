"""The three lists: bots, configs and chat sessions (BEHAVIOUR.md sections 4, 5 and 6)."""

from __future__ import annotations

from mockbot.astrbot.handler import LARGE, Crash, Failure, Later, Ok
from mockbot.astrbot.state import AstrBotState, fixed
from mockbot.jsontext import JSON, exceeds
from mockbot.turns import constant
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.records import Session

MAX_OFFSET = 2**63 - 1
"""SQLite's largest integer: a larger offset crashes AstrBot (section 3.3)."""
MAX_PAGE_SIZE = 100
USUAL = 16 * 1024 * 1024
"""Bytes of sessions; the usual 10,000 have fewer. With more, some have long names."""


@fixed
def list_bots(state: AstrBotState) -> JSON:
    """List the configured platforms."""
    return {"bot_ids": list[JSON](state.bot_ids)}


@fixed
def list_configs(state: AstrBotState) -> JSON:
    """List the configs that a chat can be routed to."""
    configs: list[JSON] = [
        {"id": config.id, "name": config.name, "path": config.path, "is_default": config.is_default}
        for config in state.configs
    ]
    return {"configs": configs}


def list_sessions(call: Call) -> Ok | Failure | Crash | Later:
    """List a page of a user's chat sessions, last updated first; a page size out of range is clamped."""
    if "username" not in call.query:
        return Failure("Missing key: username")
    username = call.query["username"].strip()
    if not username:
        return Failure("username is empty")
    try:
        page = max(int(call.query.get("page", "1")), 1)
        size = min(max(int(call.query.get("page_size", "20")), 1), MAX_PAGE_SIZE)
    except ValueError:
        return Failure("page and page_size must be integers")
    offset = (page - 1) * size
    if offset > MAX_OFFSET:
        return Crash("page is too large", "/page")
    rows = call.world.sessions.of(username, call.query.get("platform_id"))
    sessions = [session_item(row) for row in rows[offset : offset + size]]
    found = Ok({"sessions": sessions, "page": page, "page_size": size, "total": len(rows)})
    if call.world.sessions.size > USUAL and exceeds(found.data, LARGE):
        return Later(constant(found), long=True)
    return found


def session_item(row: Session) -> JSON:
    """Return a session as lists show it."""
    return {
        "session_id": row.session_id,
        "platform_id": row.platform_id,
        "creator": row.creator,
        "display_name": row.display_name,
        "is_group": 0,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }
