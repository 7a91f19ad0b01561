"""AstrBot's state in a world: the installation, the routes of chats and their rate limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from mockbot.astrbot.handler import Fixed
from mockbot.astrbot.installation import WEBCHAT, Bot, Config, Installation, Provider
from mockbot.astrbot.inventory import SETTINGS, Persona, Plugin, source_of
from mockbot.astrbot.rate import RateLimits
from mockbot.bounded import ITEM, Bounded, footprint
from mockbot.jsontext import JSON
from mockbot.script.usage import Usage
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.world import ROWS_SIZE, World


class AstrBotState:
    """The state of an installation in one world; `state_of` returns it."""

    def __init__(self, installation: Installation, world: World) -> None:
        self.clock, self.ids, self.settings = world.clock, world.ids, world.settings
        self.bots = installation.bots
        self.bot_ids = tuple(dict.fromkeys(bot.id for bot in self.bots if bot.id))
        """The ids of the listed platforms, enabled or not, without empty ids and duplicates (section 4)."""
        self._enabled = {bot.id: bot for bot in reversed((WEBCHAT, *self.bots)) if bot.enabled}
        self.configs = tuple(self._with_id(config) for config in installation.configs)
        self.providers = installation.providers
        self.tools = installation.tools
        self.usage: Usage = installation.usage
        self.provider_sources = installation.provider_sources
        self.personas = installation.personas
        self.plugins = installation.plugins
        self.started = self.clock.now()
        self.routes: Bounded[str, str] = Bounded(
            world.settings.max_sessions, ROWS_SIZE, lambda config_id: ITEM + footprint(config_id)
        )
        self.rates = RateLimits()
        self.fixed: dict[object, Fixed] = {}
        """What never changes, as it was answered, by the function that returns it."""
        for umo, config_id in installation.routes.items():
            self.route(umo, config_id)

    def bot(self, bot_id: str) -> Bot | None:
        """Return the platform with that id if it is enabled."""
        return self._enabled.get(bot_id)

    def config(self, config_id: str) -> Config | None:
        """Return the config with that id."""
        return next((config for config in self.configs if config.id == config_id), None)

    def config_for(self, umo: str) -> Config:
        """Return the config to which a unified message origin is routed, else the default one."""
        return self.config(self.routes.get(umo) or "default") or self.configs[-1]

    def provider(self, provider_id: str) -> Provider | None:
        """Return the provider with that id, or the default one for an empty id."""
        if not provider_id:
            return self.providers[0] if self.providers else None
        return next((provider for provider in self.providers if provider.id == provider_id), None)

    def sources(self) -> list[dict[str, JSON]]:
        """Return the raw entries of all provider sources; those that only providers name come last."""
        given = [dict(source) for source in self.provider_sources]
        known = {str(source["id"]) for source in given}
        more = dict.fromkeys(provider.source_id for provider in self.providers if provider.source_id not in known)
        return [*given, *(dict(source_of({"id": each})) for each in more)]

    def shown_personas(self) -> list[dict[str, JSON]]:
        """Return the personas as their list shows them."""
        return [persona.shown(self.started) for persona in self.personas]

    def route(self, umo: str, config_id: str) -> None:
        """Route a unified message origin to a config; `default` removes its route (section 8.2)."""
        self.routes.remove(umo)
        if config_id != "default":
            self.routes.put(umo, config_id)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self.routes.size + self.rates.size + sum(each.size for each in self.fixed.values())

    def snapshot(self) -> dict[str, JSON]:
        """Return the state as a fixture file writes it."""
        return {
            "bots": [_bot(bot) for bot in self.bots],
            "configs": [_config(config) for config in self.configs],
            "providers": [_provider(provider) for provider in self.providers],
            "tools": list[JSON](self.tools),
            "usage": {"input": self.usage.input, "cached": self.usage.cached, "output": self.usage.output},
            "routes": dict(self.routes.items()),
            **self._inventory(),
        }

    def _inventory(self) -> dict[str, JSON]:
        """Return what only some versions list, without what is empty."""
        lists: dict[str, list[JSON]] = {
            "provider_sources": [dict(source) for source in self.provider_sources],
            "personas": [_persona(persona, self.started) for persona in self.personas],
            "plugins": [_plugin(plugin) for plugin in self.plugins],
        }
        return {name: rows for name, rows in lists.items() if rows}

    def _with_id(self, config: Config) -> Config:
        if config.id:
            return config
        made = self.ids.uuid()
        return replace(config, id=made, path=config.path or f"abconf_{made}.json")


def state_of(world: World) -> AstrBotState:
    """Return AstrBot's state in a world; the world must be made with AstrBot's blueprint."""
    assert isinstance(world.state, AstrBotState)
    return world.state


def fixed(data: Callable[[AstrBotState], JSON]) -> Callable[[Call], Fixed]:
    """Return a handler whose success depends on nothing that changes in a world."""

    @wraps(data)
    def handle(call: Call) -> Fixed:
        state = state_of(call.world)
        found = state.fixed.get(data)
        if found is None:
            found = state.fixed[data] = Fixed(data(state))
        return found

    return handle


def _bot(bot: Bot) -> JSON:
    written: dict[str, JSON] = {"id": bot.id, "type": bot.type, "enabled": bot.enabled, "connected": bot.connected}
    return {**written, "entry": dict(bot.entry)} if bot.entry else written


def _config(config: Config) -> JSON:
    limit = config.rate_limit
    return {
        "id": config.id,
        "name": config.stored_name or config.name,
        "path": config.path,
        "streaming": config.streaming,
        "reasoning": config.reasoning,
        "admins": list[JSON](config.admins),
        "rate_limit": {"count": limit.count, "seconds": limit.seconds, "strategy": limit.strategy},
    }


def _provider(provider: Provider) -> JSON:
    written: dict[str, JSON] = {"id": provider.id, "model": provider.model, "down": provider.down}
    if provider.source:
        written["source"] = provider.source
    return {**written, "entry": dict(provider.entry)} if provider.entry else written


def _persona(persona: Persona, start: float) -> JSON:
    created = start if persona.created_at is None else persona.created_at
    updated = created if persona.updated_at is None else persona.updated_at
    return {**persona.row, "created_at": stamp(created), "updated_at": stamp(updated)}


def _plugin(plugin: Plugin) -> JSON:
    settings = {name: value for name, value in plugin.settings.items() if value != SETTINGS[name]}
    components: dict[str, JSON] = {"components": [*plugin.components]} if plugin.components else {}
    return {**plugin.row, **settings, **components}
