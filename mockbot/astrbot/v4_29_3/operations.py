"""Which module has what AstrBot does for an operation. Each is imported for the first request that needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

from mockbot.astrbot.handler import Function, loading

T = TypeVar("T")
SESSIONS = "/api/v1/chat/sessions"
NAMES: Mapping[str, tuple[str, ...]] = {
    "chat": ("POST /api/v1/chat",),
    "sessions": (
        f"GET {SESSIONS}/new",
        *(f"{method} {SESSIONS}/{{session_id}}" for method in ("GET", "PATCH", "DELETE")),
        f"POST {SESSIONS}/batch-delete",
        f"POST {SESSIONS}/{{session_id}}/stop",
        "GET /api/v1/chat/runs/{run_id}/stream",
    ),
    "messages": (
        f"PATCH {SESSIONS}/{{session_id}}/messages/{{message_id}}",
        f"POST {SESSIONS}/{{session_id}}/messages/{{message_id}}/regenerate",
        "GET /api/v1/chat/threads/{thread_id}",
        "POST /api/v1/chat/threads",
        "GET /api/v1/chat/projects",
    ),
    "conversations": ("GET /api/v1/conversations", "GET /api/v1/conversations/{conversation_id}"),
    "im": ("POST /api/v1/im/message", "POST /api/v1/im/messages"),
    "plugins": tuple(
        f"GET /api/v1/plugins{path}"
        for path in ("", "/failed", "/by-id", "/{plugin_id}", "/config", "/{plugin_id}/config")
    ),
    "files": ("POST /api/v1/file", "POST /api/v1/files"),
    "downloads": (
        "GET /api/v1/file",
        *(f"GET /api/v1/files/{path}" for path in ("{attachment_id}", "{attachment_id}/content", "content")),
        "DELETE /api/v1/files/{attachment_id}",
    ),
    "uploads": tuple(f"POST /api/v1/files/upload/{path}" for path in ("init", "chunk", "status", "complete", "abort")),
    "lists": (
        "GET /api/v1/im/bots",
        "GET /api/v1/configs",
        "GET /api/v1/chat/configs",
        "GET /api/v1/config-profiles",
        f"GET {SESSIONS}",
        *(f"GET /api/v1/{path}" for path in ("bots", "bots/by-id", "bots/{bot_id}")),
        *(f"GET /api/v1/{path}" for path in ("personas", "personas/by-id", "personas/{persona_id}")),
        *(f"GET /api/v1/{path}" for path in ("providers", "providers/by-id", "providers/{provider_id}")),
        *(f"GET /api/v1/provider-sources{path}" for path in ("", "/by-id", "/models", "/providers", "/{source_id}")),
        *(f"GET /api/v1/provider-sources/{{source_id}}/{path}" for path in ("models", "providers")),
    ),
}
"""The operations of each module; its tables `HANDLERS`, `BODIES`, `QUERIES`, `FORMS`, `OTHERS` say more of them."""
MODULES: Mapping[str, str] = {name: module for module, names in NAMES.items() for name in names}
"""The module of each operation."""

READING = frozenset(name for name in MODULES if name.startswith("GET ")) - {
    f"GET {SESSIONS}/new",
    "GET /api/v1/chat/runs/{run_id}/stream",
}
"""Those that change nothing."""


class Table(Mapping[str, T]):
    """The tables of one name in all modules, together; an operation that none of them has is not in it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[str, T | None] = {}
        """What the tables have for each operation that was asked for."""

    def __getitem__(self, operation: str) -> T:
        found = self.find(operation)
        if found is None:
            raise KeyError(operation)
        return found

    def find(self, operation: str) -> T | None:
        """Return what one of the tables has for an operation of AstrBot; None if none has anything."""
        if operation not in self._found:
            module = MODULES.get(operation)
            table: Mapping[str, T] = {} if module is None else getattr(_module(module), self._name, {})
            self._found[operation] = table.get(operation)
        return self._found[operation]

    def __iter__(self) -> Iterator[str]:
        return (operation for operation in MODULES if operation in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _module(name: str) -> Any:
    return import_module(f"mockbot.astrbot.v4_29_3.{name}")


HANDLERS: Table[Function] = Table("HANDLERS")


def handler(operation: str) -> Function:
    """Return the handler of an operation, whose module is imported for its first call."""

    return loading(lambda: HANDLERS[operation])
