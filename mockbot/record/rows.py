"""The fixture of a recorded AstrBot: what its lists have shown, and what its chats have needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mockbot.astrbot.inventory import PERSONA, PLATFORM_TYPES, PLUGIN, PROVIDER, SOURCE
from mockbot.astrbot.v4_29_3.keys import user_of
from mockbot.record.chats import Chat
from mockbot.record.exchange import Exchange
from mockbot.record.frames import MEDIA
from mockbot.record.playback import KEY_USER
from mockbot.world.blueprint import FixtureRow

KEY = "abk_demo"
"""The key of the written fixture."""
CLOCKS = 2.0
"""Seconds by which the clock of the recorded server may differ from this machine's."""
SESSIONS = "GET /api/v1/chat/sessions"
SESSION = "GET /api/v1/chat/sessions/{session_id}"
NEW = "GET /api/v1/chat/sessions/new"
NAMED_KEY = "recorded"
"""Stands for each API key of a provider, which is not written."""
KINDS = {kind: name for name, kind in PLATFORM_TYPES.items()}


def rows(exchanges: Sequence[Exchange], chats: Sequence[Chat]) -> FixtureRow:
    """Return the fixture that recorded exchanges of AstrBot show, without scripts."""
    return _Rows(exchanges, chats).rows()


class _Rows:
    def __init__(self, exchanges: Sequence[Exchange], chats: Sequence[Chat]) -> None:
        self._chats = chats
        self._shown = [(exchange, data) for exchange in exchanges if (data := data_of(exchange)) is not None]
        self._made = {
            str(data.get("session_id"))
            for exchange, data in self._shown
            if exchange.operation == NEW and isinstance(data, dict)
        }
        self._first: dict[str, float] = {}
        for chat in chats:
            self._first.setdefault(chat.session_id, chat.exchange.began)

    def rows(self) -> FixtureRow:
        sessions = self._sessions()
        found = {
            "keys": [{"key": KEY, "scopes": ["*"]}],
            "bots": self._bots(),
            "configs": self._configs(),
            "providers": self._providers(),
            "provider_sources": [_source(row) for row in self._listed("provider_sources", "id")],
            "personas": [_known(row, PERSONA, "persona_id") for row in self._listed("", "persona_id")],
            "plugins": [_known(row, PLUGIN, "name") for row in self._listed("", "root_dir_name")],
            "tools": self._tools(),
            "sessions": sessions,
            "history": self._history({row["session_id"] for row in sessions}),
            "attachments": self._attachments(),
        }
        return {name: value for name, value in found.items() if value}

    def _listed(self, name: str, key: str) -> list[dict[str, Any]]:
        """Return the rows of the lists with that name, `` for lists without, that have `key`; each once."""
        found: dict[str, dict[str, Any]] = {}
        for _, data in self._shown:
            listed = data.get(name) if name and isinstance(data, dict) else data
            for row in listed if isinstance(listed, list) else ():
                if isinstance(row, dict) and isinstance(row.get(key), str):
                    found.setdefault(row[key], row)
        return list(found.values())

    def _bots(self) -> list[FixtureRow]:
        found: dict[str, FixtureRow] = {}
        for row in self._listed("bots", "id"):
            kind = str(row.get("type", "generic"))
            entry = {name: value for name, value in row.items() if name not in ("id", "type", "enable")}
            bot = {"id": row["id"], "type": KINDS.get(kind, kind)}
            bot |= {} if row.get("enable", True) else {"enabled": False}
            found[row["id"]] = {**bot, "entry": entry} if entry else bot
        for _, data in self._shown:
            names = data.get("bot_ids") if isinstance(data, dict) else None
            for name in names if isinstance(names, list) else ():
                found.setdefault(str(name), {"id": str(name)})
        return list(found.values())

    def _configs(self) -> list[FixtureRow]:
        """Return the configs, the default one first and without a limit on messages, which would delay tests."""
        found: dict[str, FixtureRow] = {"default": {"id": "default", "name": "default"}}
        for name in ("configs", "info_list"):
            for row in self._listed(name, "id"):
                shown = {key: row[key] for key in ("id", "name", "path") if isinstance(row.get(key), str)}
                found[row["id"]] = {"name": row["id"], **found.get(row["id"], {}), **shown}
        named = {row["name"]: row for row in found.values()}
        for chat in self._chats:
            if chat.config:
                found.setdefault(chat.config, {"id": chat.config, "name": chat.config})
            elif chat.config_name and chat.config_name not in named:
                found[chat.config_name] = named[chat.config_name] = {"name": chat.config_name}
            config = found.get(chat.config) or named.get(chat.config_name) or found["default"]
            if chat.shows_reasoning:
                config["reasoning"] = True
        found["default"]["rate_limit"] = {"count": 0}
        return list(found.values())

    def _providers(self) -> list[FixtureRow]:
        """Return the providers; AstrBot 4.19.4 lists none, so there are those that chats have asked for."""
        found: dict[str, FixtureRow] = {}
        for row in self._listed("providers", "id"):
            own = {key: value for key, value in row.items() if PROVIDER.get(key) != value and key not in SOURCE}
            entry = {key: value for key, value in own.items() if key not in ("model", "provider_source_id")}
            provider = {"id": row["id"], "model": str(row.get("model") or row["id"])}
            if isinstance(source := row.get("provider_source_id"), str) and source:
                provider["source"] = source
            found[row["id"]] = {**provider, "entry": entry} if entry else provider
        if not found and self._chats:
            found["recorded"] = {"id": "recorded"}
        for chat in self._chats:
            if chat.provider:
                found.setdefault(chat.provider, {"id": chat.provider})
        return list(found.values())

    def _tools(self) -> list[str]:
        calls = (frame.inside() for chat in self._chats for frame in chat.frames if frame.chain == "tool_call")
        return sorted({str(call["name"]) for call in calls if "name" in call})

    def _sessions(self) -> list[FixtureRow]:
        """Return the sessions that were there before the recording; chats make the others again."""
        found: dict[str, FixtureRow] = {}
        for exchange, row in session_rows([exchange for exchange, _ in self._shown]):
            identifier = row["session_id"]
            first = self._first.get(identifier)
            created = _moment(row.get("created_at"))
            was_there = first is None or exchange.began < first or (created is not None and created < first - CLOCKS)
            if identifier in found or identifier in self._made or not was_there:
                continue
            session = {"session_id": identifier, "creator": _creator(row.get("creator"))}
            if row.get("platform_id") not in (None, "webchat"):
                session["platform_id"] = row["platform_id"]
            if row.get("display_name") is not None:
                session["display_name"] = row["display_name"]
            times = {name: _iso(row.get(name)) for name in ("created_at", "updated_at")}
            found[identifier] = session | {name: moment for name, moment in times.items() if moment}
        return sorted(found.values(), key=lambda row: str(row.get("created_at")))

    def _history(self, sessions: set[str]) -> list[FixtureRow]:
        """Return the messages that sessions had before the recording."""
        found: dict[int, FixtureRow] = {}
        for exchange, data in self._shown:
            session = data.get("session") if exchange.operation == SESSION and isinstance(data, dict) else None
            identifier = session.get("session_id") if isinstance(session, dict) else None
            if identifier not in sessions:
                continue
            first = self._first.get(str(identifier), float("inf"))
            listed = data.get("history")
            for row in listed if isinstance(listed, list) else ():
                if not isinstance(row, dict):
                    continue
                content, created = row.get("content"), _moment(row.get("created_at"))
                if isinstance(content, dict) and isinstance(row.get("id"), int) and (created or 0) < first - CLOCKS:
                    found[row["id"]] = _message(row, content, str(identifier))
        return [found[number] for number in sorted(found)]

    def _attachments(self) -> list[FixtureRow]:
        """Return the files that chats have named and that were not uploaded in the recording, and downloaded ones."""
        uploaded = {
            str(data[name])
            for _, data in self._shown
            if isinstance(data, dict)
            for name in ("attachment_id", "id")
            if name in data and ("filename" in data or "type" in data)
        }
        found: dict[str, FixtureRow] = {}
        for chat in self._chats:
            for identifier, kind in zip(chat.attachment_ids, chat.attachments, strict=True):
                if identifier not in uploaded:
                    found.setdefault(identifier, {"id": identifier, "filename": f"file-{len(found) + 1}", "type": kind})
        return [{**row, "text": ""} for row in found.values()]


def session_rows(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, dict[str, Any]]]:
    """Yield the rows of sessions that exchanges show, with their exchange."""
    for exchange in exchanges:
        data = data_of(exchange)
        if not isinstance(data, dict):
            continue
        listed = data.get("sessions") if exchange.operation == SESSIONS else [data.get("session")]
        for row in listed if isinstance(listed, list) else ():
            if isinstance(row, dict) and isinstance(row.get("session_id"), str):
                yield exchange, row


def uploads(exchanges: Sequence[Exchange]) -> list[FixtureRow]:
    """Return the files that were uploaded in a recording, as a fixture has them, without content."""
    found: dict[str, FixtureRow] = {}
    for exchange in exchanges:
        data = data_of(exchange)
        if exchange.method == "POST" and isinstance(data, dict) and isinstance(data.get("attachment_id"), str):
            kind = data.get("type") if data.get("type") in MEDIA else "file"
            name = str(data.get("filename") or "file")
            found[data["attachment_id"]] = {"id": data["attachment_id"], "filename": name, "type": kind, "text": "-"}
    return list(found.values())


def data_of(exchange: Exchange) -> Any:
    """Return the data that a successful exchange of AstrBot has shown; None if there is none."""
    if exchange.status != 200 or exchange.too_large or exchange.ended != "complete":
        return None
    if not exchange.media_type.startswith("application/json"):
        return None
    try:
        value = json.loads(b"".join(piece.data for piece in exchange.decoded()))
    except (ValueError, RecursionError):
        return None
    return value.get("data") if isinstance(value, dict) and value.get("status") == "ok" else None


def _creator(name: Any) -> str:
    """Return the creator of a session: the user that the recorded key stood for is that of the new key."""
    return user_of(KEY) if str(name).startswith(KEY_USER) else str(name)


def _message(row: Mapping[str, Any], content: Mapping[str, Any], conversation: str) -> FixtureRow:
    sender = "user" if content.get("type") == "user" else "bot"
    extra = {name: value for name, value in content.items() if name not in ("type", "message")}
    message = {"id": row["id"], "conversation": conversation, "sender": sender}
    parts = content.get("message")
    message["parts"] = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    message |= {"created_at": moment} if (moment := _iso(row.get("created_at"))) else {}
    if sender == "user" and isinstance(row.get("sender_id"), str):
        message["author"] = _creator(row["sender_id"])
    if isinstance(row.get("llm_checkpoint_id"), str):
        message["checkpoint"] = row["llm_checkpoint_id"]
    return {**message, "extra": extra} if extra else message


def _source(row: Mapping[str, Any]) -> FixtureRow:
    """Return a provider source without its keys."""
    own = {name: value for name, value in row.items() if name == "id" or SOURCE.get(name) != value}
    keys = own.get("key")
    return {**own, "key": [NAMED_KEY for _ in keys]} if isinstance(keys, list) and keys else own


def _known(row: Mapping[str, Any], defaults: Mapping[str, Any], key: str) -> FixtureRow:
    """Return what a fixture can say of a row, without what is so by default."""
    times: dict[str, Callable[[Any], Any]] = {"created_at": _iso, "updated_at": _iso} if key == "persona_id" else {}
    found = {name: value for name, value in row.items() if name == key or defaults.get(name, value) != value}
    return found | {name: moment for name, read in times.items() if (moment := read(row.get(name)))}


def _moment(text: Any) -> float | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _iso(text: Any) -> str | None:
    """Return a time with an offset, as fixtures have them."""
    moment = _moment(text)
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
