"""Operations on one chat session, of the user that the key stands for (BEHAVIOUR.md sections 6.2, 6.3 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockbot.astrbot.handler import LARGE, MUCH, Failure, Later, Ok, Result
from mockbot.astrbot.lists import session_item
from mockbot.astrbot.v4_29_3.details import Check, Model, Query, Range, optional, text, texts
from mockbot.astrbot.v4_29_3.keys import key_user
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.astrbot.v4_29_3.stream import RunStream
from mockbot.jsontext import JSON, exceeds
from mockbot.turns import constant
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.records import HistoryRow, Session
from mockbot.world.world import World

PAGE, PAGE_SIZE = Range(1, least=1), Range(1000, least=1, most=1000)
SESSION = "/api/v1/chat/sessions/{session_id}"
BODIES: Mapping[str, Check] = {
    f"PATCH {SESSION}": Model({"display_name": optional(text)}),
    "POST /api/v1/chat/sessions/batch-delete": Model({"session_ids": texts}, frozenset({"session_ids"})),
}
QUERIES = {f"GET {SESSION}": Query({"page": PAGE, "page_size": PAGE_SIZE})}


def new_session(call: Call) -> Ok:
    """Make a session."""
    session = call.world.sessions.create(call.world.ids.uuid(), key_user(call))
    session.platform_id = call.query.get("platform_id") or "webchat"
    return Ok({"session_id": session.session_id, "platform_id": session.platform_id})


def _own(call: Call) -> Session | Failure:
    return own_session(call, call.transaction.path_parameters["session_id"])


def own_session(call: Call, session_id: str) -> Session | Failure:
    """Return a session of the key's user."""
    session = call.world.sessions.find(session_id)
    if session is None:
        return Failure(f"Session {session_id} not found")
    return session if session.creator == key_user(call) else Failure("Permission denied")


def get_session(call: Call) -> Ok | Failure | Later:
    """Return a session with a page of its messages: page 1 has the newest ones, the oldest of them first."""
    session = _own(call)
    if isinstance(session, Failure):
        return session
    page, size = int(call.query.get("page", 1)), int(call.query.get("page_size", 1000))
    is_chat = session.platform_id == "webchat"  # its chats are stored under that platform
    rows = call.world.history.of(session.session_id) if is_chat else []
    end = max(len(rows) - (page - 1) * size, 0)
    start = max(end - size, 0)
    runs = state_of(call.world).runs.of(session.session_id)
    found = Ok(
        {
            "session": session_item(session),
            "history": [history_item(row, session) for row in rows[start:end]],
            "total": len(rows),
            "page": page,
            "page_size": size,
            "has_more": start > 0,
            "threads": [],
            "is_running": bool(runs),
            "active_runs": [run.snapshot() for run in runs],
        }
    )
    if (runs or call.world.history.size > MUCH) and exceeds(found.data, LARGE):
        return Later(constant(found), long=True)
    return found


def history_item(row: HistoryRow, session: Session) -> JSON:
    """Return a message as a session shows it."""
    sender = (row.author or session.creator) if row.sender == "user" else "bot"
    moment = stamp(row.created_at)
    return {
        "id": row.id,
        "user_id": row.conversation,
        "updated_at": moment,
        "sender_name": sender,
        "llm_checkpoint_id": row.checkpoint,
        "platform_id": "webchat",
        "created_at": moment,
        "sender_id": sender,
        "content": {"type": row.sender, "message": list(row.parts), **row.extra},
    }


def rename_session(call: Call) -> Ok | Failure:
    """Give a session a name; null and no name do not change it, and still update the session."""
    session = _own(call)
    if isinstance(session, Failure):
        return session
    name = call.transaction.parsed.get("display_name")
    call.world.sessions.title(session, session.display_name if name is None else name)
    return Ok({})


def delete_session(call: Call) -> Ok | Failure:
    """Delete a session."""
    session = _own(call)
    if isinstance(session, Failure):
        return session
    delete(call.world, session)
    return Ok({})


def delete_sessions(call: Call) -> Ok | Failure:
    """Delete several sessions; a repeated id is not found the second time."""
    ids = call.transaction.parsed["session_ids"]
    if not ids:
        return Failure("Missing or invalid key: session_ids")
    failed: list[JSON] = []
    found: dict[str, Session] = {}
    for session_id in ids:
        session = own_session(call, session_id)
        if isinstance(session, Failure) or session.session_id in found:
            denied = isinstance(session, Failure) and session.message == "Permission denied"
            failed.append({"session_id": session_id, "reason": "permission denied" if denied else "not found"})
        else:
            found[session.session_id] = session
    delete(call.world, *found.values())
    return Ok({"deleted_count": len(ids) - len(failed), "failed_count": len(failed), "failed_items": failed})


def delete(world: World, *sessions: Session) -> None:
    """Remove sessions, their messages and their attachments; their runs end after the last frame that they sent."""
    names = [session.session_id for session in sessions]
    for run in state_of(world).runs.open(*names):
        if run.task is not None:
            run.task.cancel()
    for row in world.history.forget(*names):
        for part in row.parts:
            world.attachments.remove(str(part.get("attachment_id", "")))
    for session in sessions:
        world.sessions.remove(session)


def stop_session(call: Call) -> Ok | Failure:
    """Ask the runs of a session to stop."""
    session = _own(call)
    if isinstance(session, Failure):
        return session
    runs = state_of(call.world).runs.of(session.session_id)
    for run in runs:
        run.stopping.set()
    return Ok({"stopped_count": len(runs)})


def resume_run(call: Call) -> Failure | RunStream:
    """Follow a run from now on; the first frame says what has happened so far."""
    run = state_of(call.world).runs.find(call.transaction.path_parameters["run_id"], key_user(call))
    if run is None:
        return Failure("Chat run is unavailable")
    if len(run.followers) >= call.settings.max_streams:
        return Failure(f"This run allows no more streams at a time ({call.settings.max_streams})")
    return RunStream(call, run, [run.snapshot_frame])


HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/chat/sessions/new": new_session,
    f"GET {SESSION}": get_session,
    f"PATCH {SESSION}": rename_session,
    f"DELETE {SESSION}": delete_session,
    "POST /api/v1/chat/sessions/batch-delete": delete_sessions,
    f"POST {SESSION}/stop": stop_session,
    "GET /api/v1/chat/runs/{run_id}/stream": resume_run,
}
