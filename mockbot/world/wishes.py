"""The layer that takes the wishes out of a request, and names the granted ones in its response."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.armed import SCOPE_WISHED
from mockbot.journal.entry import Entry
from mockbot.journal.recorder import entry_of
from mockbot.world.wish import SCOPE_WISH, TWIN, Wish, shown, wishes, without_twins


class Wishes:
    """Puts the Wish of a request into its scope; the API grants or refuses it, after authentication."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one request."""
        texts = _texts(scope) if scope["type"] == "http" else []
        asked = wishes(texts)
        if not asked:
            return self.app(scope, receive, send)
        wish = Wish(asked)
        scope[SCOPE_WISH], scope[SCOPE_WISHED] = wish, wish.due

        def name_wishes(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and wish.granted:
                applied = (b"preference-applied", str(wish).encode("latin-1"))
                message = {**message, "headers": [*message.get("headers", ()), applied]}
            return send(message)

        return self.app(scope, receive, name_wishes)


def _texts(scope: Scope) -> list[str]:
    """Return all values with preferences, and take those in the query out of the scope and of the entry."""
    texts = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"prefer"]
    has_twins = TWIN.encode() in scope["query_string"]
    if not (texts or has_twins):
        return []
    entry = entry_of(scope)
    masked = [value for name, value in entry.headers if name.lower() == "prefer"]
    if has_twins:
        query, twins = without_twins(scope["query_string"].decode("latin-1"))
        scope["query_string"] = query.encode("latin-1")
        entry.query, masked_twins = without_twins(entry.query)
        texts, masked = texts + twins, masked + masked_twins
    _note(entry, masked)
    return texts


def _note(entry: Entry, texts: list[str]) -> None:
    """Write the wishes to the entry, with secrets masked."""
    entry.wish = shown(wishes(texts)) or None
