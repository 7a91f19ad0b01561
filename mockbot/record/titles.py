"""The titles that a model has given to sessions, which lists of sessions show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mockbot.jsontext import JSON
from mockbot.record.chats import Chat
from mockbot.record.exchange import Exchange
from mockbot.record.rows import session_rows
from mockbot.record.texts import Texts


def titles(exchanges: Sequence[Exchange], chats: Sequence[Chat]) -> Callable[[Sequence[Chat]], list[dict[str, JSON]]]:
    """Return what returns the title scripts for chats with the same message: of sessions that began with it."""
    first: dict[str, Chat] = {}
    for chat in chats:
        first.setdefault(chat.session_id, chat)
    renamed = {exchange.path.rpartition("/")[2] for exchange in exchanges if exchange.method == "PATCH"}
    shown: dict[str, Any] = {}
    before: set[str] = set()
    for exchange, row in session_rows(exchanges):
        identifier, name = row["session_id"], row.get("display_name")
        if identifier in first and exchange.began < first[identifier].exchange.began:
            before.add(identifier)
        elif isinstance(name, str):
            shown.setdefault(identifier, name)

    def scripts(group: Sequence[Chat]) -> list[dict[str, JSON]]:
        begun = [
            (chat, shown[chat.session_id])
            for chat in group
            if first[chat.session_id] is chat and chat.session_id in shown.keys() - renamed - before
        ]
        plain: list[JSON] = list(dict.fromkeys(Texts().text(title) for _, title in begun))
        general: list[JSON] = list(
            dict.fromkeys(Texts({chat.username: "{username}"}).text(title) for chat, title in begun)
        )
        chosen = general if len(general) < len(plain) else plain
        return [{"times": 1, "title": title} for title in chosen[:-1]] + [{"title": title} for title in chosen[-1:]]

    return scripts
