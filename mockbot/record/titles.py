"""The titles that a model has given to sessions, which lists of sessions show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mockbot.jsontext import JSON
from mockbot.record.chats import Chat
from mockbot.record.exchange import Exchange
from mockbot.record.playback import KEY_USER
from mockbot.record.rows import session_rows
from mockbot.record.texts import Texts


def titles(exchanges: Sequence[Exchange], chats: Sequence[Chat]) -> Callable[[Sequence[Chat]], list[dict[str, JSON]]]:
    """Return what returns the title scripts for chats with the same message: of sessions that began with it."""
    first: dict[str, Chat] = {}
    for chat in chats:
        first.setdefault(chat.session_id, chat)
    renamed: dict[str, float] = {}
    for exchange in exchanges:
        if exchange.method == "PATCH":
            renamed.setdefault(exchange.path.rpartition("/")[2], exchange.began)
    shown: dict[str, Any] = {}
    before: set[str] = set()
    for exchange, row in session_rows(exchanges):
        identifier, name = row["session_id"], row.get("display_name")
        if identifier in first and exchange.began < first[identifier].exchange.began:
            before |= {identifier} if isinstance(name, str) else set()
        elif isinstance(name, str) and exchange.began < renamed.get(identifier, float("inf")):
            shown.setdefault(identifier, name)

    def scripts(group: Sequence[Chat]) -> list[dict[str, JSON]]:
        begun = [
            (chat, shown[chat.session_id])
            for chat in group
            if first[chat.session_id] is chat and chat.session_id in shown.keys() - before
        ]
        plain: list[JSON] = list(dict.fromkeys(Texts().text(title) for _, title in begun))
        general: list[JSON] = list(
            dict.fromkeys(Texts({chat.username: "{username}"}).text(title) for chat, title in begun)
        )
        of_key = any(chat.username.startswith(KEY_USER) for chat, _ in begun)
        chosen = general if of_key or len(general) < len(plain) else plain
        return [{"times": 1, "title": title} for title in chosen[:-1]] + [{"title": title} for title in chosen[-1:]]

    return scripts
