"""Operations on stored messages, threads and projects, as far as they are imitated (BEHAVIOUR.md section 14).

A message can be edited. Answers are not made again, and there are no threads and no projects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockbot.astrbot.handler import Failure, Ok, Refusal, Result
from mockbot.astrbot.v4_29_3.details import Check, Model, mapping, text, text_or_integer
from mockbot.astrbot.v4_29_3.sessions import SESSION, history_item, own_session
from mockbot.jsontext import JSON
from mockbot.world.call import Call
from mockbot.world.records import HistoryRow

MESSAGE = f"{SESSION}/messages/{{message_id}}"
THREADS = "/api/v1/chat/threads"
LARGEST = 2**63
"""Identifiers from here on are not stored."""


def edit_message(call: Call) -> Ok | Failure:
    """Replace the last message of the user, and remove all messages after it."""
    session = own_session(call, call.transaction.path_parameters["session_id"])
    if isinstance(session, Failure):
        return session
    content = call.transaction.parsed["content"]
    row = _row(call, session.session_id)
    if isinstance(row, Failure):
        return row
    if content.get("type") not in ("user", "bot"):
        return Failure("Invalid key: content.type")
    if row is None:
        return Failure(f"Message {call.transaction.path_parameters['message_id']} not found")
    if row.sender != "user":
        return Failure("Only user messages can be edited")
    message = content.get("message")
    parts = [part for part in message if isinstance(part, dict)] if isinstance(message, list) else []
    edited = call.world.history.edit(row, parts)
    return Ok({"message": history_item(edited, session), "needs_regenerate": True, "truncated_after_message": True})


def regenerate(call: Call) -> Failure | Refusal:
    """Refuse to make an answer again."""
    session = own_session(call, call.transaction.path_parameters["session_id"])
    if isinstance(session, Failure):
        return session
    row = _row(call, session.session_id)
    if isinstance(row, Failure):
        return Failure("Invalid key: message_id")
    if row is None:
        return Failure(f"Message {call.transaction.path_parameters['message_id']} not found")
    if row.sender != "bot":
        return Failure("Only bot messages can be regenerated")
    return Refusal("mockbot does not make answers again; send the message as a new one")


def _row(call: Call, session_id: str) -> HistoryRow | Failure | None:
    """Return the message that the path names, None if the session has none, or the text of Python's int()."""
    given = call.transaction.path_parameters["message_id"]
    try:
        number = int(given)
    except ValueError as error:
        return Failure(str(error))
    row = call.world.history.find(number) if abs(number) < LARGEST else None
    return row if row is not None and row.conversation == session_id else None


def get_thread(call: Call) -> Failure:
    """Say that there is no thread."""
    return Failure(f"Thread {call.transaction.path_parameters['thread_id']} not found")


def make_thread(call: Call) -> Failure | Refusal:
    """Refuse to make a thread."""
    given: Mapping[str, JSON] = call.transaction.parsed
    session = own_session(call, str(given["session_id"]))
    if isinstance(session, Failure):
        return session
    row = call.world.history.find(given["parent_message_id"])
    if row is None or row.conversation != session.session_id:
        return Failure("Parent message not found")
    return Refusal("mockbot has no threads")


def list_projects(_: Call) -> Ok:
    """List the projects: there are none."""
    return Ok([])


HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    f"PATCH {MESSAGE}": edit_message,
    f"POST {MESSAGE}/regenerate": regenerate,
    f"GET {THREADS}/{{thread_id}}": get_thread,
    f"POST {THREADS}": make_thread,
    "GET /api/v1/chat/projects": list_projects,
}
BODIES: Mapping[str, Check] = {
    f"PATCH {MESSAGE}": Model({"content": mapping}, frozenset({"content"})),
    f"POST {THREADS}": Model(
        {"session_id": text, "parent_message_id": text_or_integer, "selected_text": text},
        frozenset({"session_id", "parent_message_id", "selected_text"}),
    ),
}
