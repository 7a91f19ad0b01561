"""What an installation has for its lists: raw platform entries, provider sources, personas and plugins.

Only AstrBot 4.29.3 has these lists (BEHAVIOUR.md section 10). Rows are JSON objects as they are stored and shown; a
fixture gives the values that differ from the defaults here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

Row: TypeAlias = Mapping[str, JSON]

PLATFORM_TYPES = {"onebot": "aiocqhttp"}
"""The types of raw platform entries, where they differ from those of fixtures."""
SOURCE: Row = {
    "id": "",
    "provider": "openai",
    "type": "openai_chat_completion",
    "provider_type": "chat_completion",
    "enable": True,
    "key": [],
    "api_base": "",
    "timeout": 120,
    "proxy": "",
    "custom_headers": {},
}
PROVIDER: Row = {
    "id": "",
    "enable": True,
    "provider_source_id": "",
    "model": "",
    "modalities": ["text", "image", "tool_use"],
    "custom_extra_body": {},
    "max_context_tokens": 0,
}
PERSONA: Row = {
    "persona_id": "",
    "system_prompt": "",
    "begin_dialogs": [],
    "tools": None,
    "skills": None,
    "custom_error_message": None,
    "folder_id": None,
    "sort_order": 0,
}
PLUGIN: Row = {
    "name": "",
    "marketplace_name": "",
    "repo": "",
    "author": "",
    "desc": "",
    "version": "v1.0.0",
    "reserved": False,
    "activated": True,
    "online_version": "",
    "display_name": None,
    "logo": None,
    "support_platforms": [],
    "astrbot_version": None,
    "installed_at": None,
    "i18n": {},
    "root_dir_name": "",
    "install_source": None,
    "updates_enabled": True,
    "update_disabled_reason": "",
    "pages": [],
}
SETTINGS: Row = {"log_level": None, "metadata": None, "config": None}
"""What the config of a plugin shows, apart from its name and translations."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona; times in seconds since 1970, None for the time at which the world starts."""

    row: Row
    created_at: float | None = None
    updated_at: float | None = None

    def shown(self, start: float) -> dict[str, JSON]:
        """Return it as the list shows it, in a world that started at `start`; its times have no offset."""
        created = start if self.created_at is None else self.created_at
        updated = created if self.updated_at is None else self.updated_at
        return {**self.row, "created_at": _naive(created), "updated_at": _naive(updated)}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin: its row in the list, its commands and tools, and what its config shows."""

    row: Row
    components: tuple[JSON, ...] = ()
    settings: Row = field(default_factory=lambda: SETTINGS)

    def detailed(self) -> dict[str, JSON]:
        """Return the row with `components` before `pages`; a plugin without pages has no `pages` here, as recorded."""
        row = dict(self.row)
        pages = row.pop("pages")
        components: list[JSON] = [*self.components]
        return {**row, "components": components, **({"pages": pages} if pages else {})}


def source_of(row: Row) -> Row:
    """Return a provider source with the defaults of what `row` lacks."""
    return {**SOURCE, **row}


def persona_of(row: Row, created_at: float | None, updated_at: float | None) -> Persona:
    """Return a persona with the defaults of what `row` lacks."""
    values = {name: value for name, value in row.items() if name not in ("created_at", "updated_at")}
    return Persona({**PERSONA, **values}, created_at, updated_at)


def plugin_of(row: Mapping[str, Any]) -> Plugin:
    """Return a plugin with the defaults of what `row` lacks."""
    name = row["name"]
    named = {"marketplace_name": name.replace("_", "-"), "root_dir_name": name}
    shown = {key: value for key, value in row.items() if key in PLUGIN}
    settings = {key: value for key, value in row.items() if key in SETTINGS}
    return Plugin({**PLUGIN, **named, **shown}, tuple(row.get("components", ())), {**SETTINGS, **settings})


def _naive(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()
