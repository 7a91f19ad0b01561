"""The plugins of AstrBot 4.29.3 (BEHAVIOUR.md section 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockbot.astrbot.handler import Ok, Result
from mockbot.astrbot.inventory import SETTINGS, Plugin
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_29_3.answers import ENVELOPE
from mockbot.astrbot.v4_29_3.details import Query, text
from mockbot.astrbot.v4_29_3.lists import named
from mockbot.response import whole
from mockbot.world.call import Call

UNKNOWN = whole(200, "application/json", ENVELOPE.encode({"status": "error", "message": "插件不存在", "data": {}}))
"""The only error with data."""


def list_plugins(call: Call) -> Ok:
    """List the plugins, built-in ones last."""
    plugins = sorted(state_of(call.world).plugins, key=lambda plugin: plugin.row["reserved"] is True)
    return Ok([dict(plugin.row) for plugin in plugins], "")


def list_failed(_: Call) -> Ok:
    """List the plugins that could not be loaded: none."""
    return Ok({})


def get_plugin(call: Call) -> Result:
    """Return a plugin with its commands and tools."""
    found = _plugin(call)
    return UNKNOWN if found is None else Ok(found.detailed())


def get_config(call: Call) -> Ok:
    """Return the config of a plugin; it is empty for an unknown one, too, which is not recorded."""
    found = _plugin(call)
    settings, translations = (SETTINGS, {}) if found is None else (found.settings, found.row["i18n"])
    return Ok({"plugin_name": named(call, "plugin_id"), **settings, "i18n": translations})


def _plugin(call: Call) -> Plugin | None:
    name = named(call, "plugin_id")
    return next((plugin for plugin in state_of(call.world).plugins if plugin.row["name"] == name), None)


HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/plugins": list_plugins,
    "GET /api/v1/plugins/failed": list_failed,
    "GET /api/v1/plugins/by-id": get_plugin,
    "GET /api/v1/plugins/{plugin_id}": get_plugin,
    "GET /api/v1/plugins/config": get_config,
    "GET /api/v1/plugins/{plugin_id}/config": get_config,
}
ID = Query({"plugin_id": text}, frozenset({"plugin_id"}))
QUERIES: Mapping[str, Query] = {"GET /api/v1/plugins/by-id": ID, "GET /api/v1/plugins/config": ID}
