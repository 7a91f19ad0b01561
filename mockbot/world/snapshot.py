"""Snapshots: a world written as a fixture, from which an equal world can be made."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from mockbot.jsontext import JSON, Base64
from mockbot.turns import Work, at_once
from mockbot.world.clock import stamp
from mockbot.world.records import Attachment, HistoryRow, Key, Session
from mockbot.world.world import World


def snapshot(world: World) -> dict[str, Any]:
    """Return the world's state as a fixture, without clock, journal and faults. Keys are not masked.

    Times have microseconds. Scripts have the `times` that are left; used-up scripts are omitted.
    """
    return at_once(taking(world, _as_text))


def taking(world: World, in_base64: Callable[[bytes], Any] = Base64) -> Work[dict[str, Any]]:
    """Return the work that takes a snapshot, which is that of its first moment."""
    resources = world.rows.snapshot()
    stored = [(record, world.attachments.content(record)) for record in world.attachments.all()]
    attachments: list[JSON] = []
    found = {
        "version": 1,
        **({"server": world.fixture.server} if world.fixture.server else {}),
        "keys": [_key(key) for key in world.keys.values()],
        "sessions": [_session(row) for row in world.sessions.all()],
        "history": [_message(row) for row in world.history.all()],
        "attachments": attachments,
        "states": dict(world.scripts.states),
        "ids_given": world.ids.given,
        "scripts": world.scripts.snapshot(),
        **({"resources": resources} if resources else {}),
        **world.state.snapshot(),
    }
    for record, content in stored:
        attachments.append(_attachment(record, None if content is None else in_base64(content)))
        yield None
    return found


def _key(key: Key) -> dict[str, JSON]:
    scopes: JSON = None if key.scopes is None else list[JSON](sorted(key.scopes))
    written: dict[str, JSON] = {"key": key.key, "scopes": scopes, "revoked": key.revoked}
    return written if key.expires is None else {**written, "expires": stamp(key.expires)}


def _session(row: Session) -> dict[str, JSON]:
    return {
        "session_id": row.session_id,
        "creator": row.creator,
        "platform_id": row.platform_id,
        "display_name": row.display_name,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "turns": row.turns,
        "model_calls": row.model_calls,
    }


def _message(row: HistoryRow) -> dict[str, JSON]:
    more: dict[str, JSON] = {"author": row.author, "checkpoint": row.checkpoint, "extra": dict(row.extra)}
    return {
        "id": row.id,
        "conversation": row.conversation,
        "sender": row.sender,
        "parts": list(row.parts),
        "created_at": stamp(row.created_at),
        **{name: value for name, value in more.items() if value},
    }


def _as_text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _attachment(record: Attachment, content: Any) -> dict[str, JSON]:
    state: dict[str, JSON] = {"gone": True} if content is None else {"base64": content}
    written: dict[str, JSON] = {"id": record.id, "filename": record.filename, "type": record.type, "path": record.path}
    if record.content_type:
        written["content_type"] = record.content_type
    if record.created_at is not None:
        written["created_at"] = stamp(record.created_at)
    return {**written, **state}
