"""The lists of platforms, configs, providers and personas of AstrBot 4.29.3, and of chat sessions.

BEHAVIOUR.md sections 4, 5, 6.1 and 10. The rows are the raw entries of the config, API keys in clear. What one row is
answered with is recorded for providers only; the others have the same form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockbot.astrbot.handler import Failure, Ok, Result
from mockbot.astrbot.installation import Config, Provider
from mockbot.astrbot.lists import list_bots as list_bot_ids
from mockbot.astrbot.lists import list_configs, list_sessions
from mockbot.astrbot.state import AstrBotState, fixed, state_of
from mockbot.astrbot.v4_29_3.details import TRUE, Query, boolean, optional, text
from mockbot.jsontext import JSON
from mockbot.world.call import Call


@fixed
def list_profiles(state: AstrBotState) -> JSON:
    """List the configs that a chat can be routed to, with the blanks around their names."""
    return {"info_list": [_profile(config) for config in state.configs]}


def list_bots(call: Call) -> Ok:
    """List the raw entries of platforms, doubles and those without id included."""
    bots = [bot.raw for bot in state_of(call.world).bots]
    enabled, kind = wanted(call, "enabled"), call.query.get("type")
    rows: list[JSON] = [
        bot for bot in bots if (enabled is None or bot["enable"] is enabled) and (kind is None or bot["type"] == kind)
    ]
    return Ok({"bots": rows})


def get_bot(call: Call) -> Ok | Failure:
    """Return the first platform with an id."""
    bot_id = named(call, "bot_id")
    found = next((bot for bot in state_of(call.world).bots if bot.id == bot_id), None)
    return Failure(f"Bot {bot_id} not found") if found is None else Ok({"bot": found.raw})


def list_providers(call: Call) -> Ok:
    """List the providers, each merged with its source; `capability` is the type of provider."""
    state = state_of(call.world)
    source_id = named(call, "source_id") or None
    providers = [provider for provider in state.providers if source_id in (None, provider.source_id)]
    enabled, capability = wanted(call, "enabled"), call.query.get("capability") or None
    sources = _sources(call)
    rows: list[JSON] = [
        row
        for row in (_merged(sources, provider) for provider in providers)
        if (enabled is None or row["enable"] is enabled) and capability in (None, row["provider_type"])
    ]
    return Ok({"providers": rows, "model_metadata": {}})


def get_provider(call: Call) -> Ok | Failure:
    """Return the provider with an id, without its source unless it is asked for `merged`."""
    provider_id = named(call, "provider_id")
    found = next((each for each in state_of(call.world).providers if each.id == provider_id), None)
    if found is None:
        return Failure(f"Provider {provider_id} not found")
    row = _merged(_sources(call), found) if wanted(call, "merged") else found.raw
    return Ok({"provider": row, "model_metadata": {}})


def list_sources(call: Call) -> Ok:
    """List the sources of providers."""
    return Ok({"provider_sources": list[JSON](state_of(call.world).sources())})


def get_source(call: Call) -> Ok | Failure:
    """Return the source with an id."""
    source_id = named(call, "source_id")
    found = _sources(call).get(source_id)
    return Failure(f"Provider source {source_id} not found") if found is None else Ok({"provider_source": found})


def list_models(call: Call) -> Ok | Failure:
    """List the models of a source: those of its providers."""
    source_id = named(call, "source_id")
    if source_id not in _sources(call):
        return Failure(f"Provider source {source_id} not found")
    models = dict.fromkeys(each.model for each in state_of(call.world).providers if each.source_id == source_id)
    return Ok({"models": [*models], "provider_source_id": source_id, "model_metadata": {}})


def list_personas(call: Call) -> Ok:
    """List the personas, or those in a folder; the empty folder id is that of personas without a folder."""
    rows = state_of(call.world).shown_personas()
    folder = call.query.get("folder_id")
    return Ok([row for row in rows if folder is None or (row["folder_id"] or "") == folder])


def get_persona(call: Call) -> Ok | Failure:
    """Return the persona with an id."""
    persona_id = named(call, "persona_id")
    state = state_of(call.world)
    found = next((each for each in state.personas if each.row["persona_id"] == persona_id), None)
    return Failure(f"Persona {persona_id} not found") if found is None else Ok(found.shown(state.started))


def named(call: Call, name: str) -> str:
    """Return a parameter of the path, or else of the query."""
    return call.transaction.path_parameters.get(name) or call.query.get(name, "")


def wanted(call: Call, name: str) -> bool | None:
    """Return a boolean of the query, None if it is missing; a step before has refused other values."""
    return call.query[name].lower() in TRUE if name in call.query else None


def _profile(config: Config) -> JSON:
    name = config.stored_name or config.name
    if config.is_default:
        return {"id": config.id, "name": name, "path": config.path}
    return {"path": config.path, "name": name, "id": config.id}


def _merged(sources: Mapping[str, dict[str, JSON]], provider: Provider) -> dict[str, JSON]:
    return {**sources[provider.source_id], **provider.raw}


def _sources(call: Call) -> dict[str, dict[str, JSON]]:
    """Return the provider sources by id; of equal ids the first."""
    return {str(source["id"]): source for source in reversed(state_of(call.world).sources())}


LISTS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/im/bots": list_bot_ids,
    "GET /api/v1/configs": list_configs,
    "GET /api/v1/chat/configs": list_profiles,
    "GET /api/v1/config-profiles": list_profiles,
    "GET /api/v1/chat/sessions": list_sessions,
    "GET /api/v1/bots": list_bots,
    "GET /api/v1/personas": list_personas,
    "GET /api/v1/providers": list_providers,
    "GET /api/v1/provider-sources": list_sources,
    "GET /api/v1/provider-sources/providers": list_providers,
    "GET /api/v1/provider-sources/{source_id}/providers": list_providers,
}
ROWS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/bots/by-id": get_bot,
    "GET /api/v1/bots/{bot_id}": get_bot,
    "GET /api/v1/personas/by-id": get_persona,
    "GET /api/v1/personas/{persona_id}": get_persona,
    "GET /api/v1/providers/by-id": get_provider,
    "GET /api/v1/providers/{provider_id}": get_provider,
    "GET /api/v1/provider-sources/by-id": get_source,
    "GET /api/v1/provider-sources/{source_id}": get_source,
    "GET /api/v1/provider-sources/models": list_models,
    "GET /api/v1/provider-sources/{source_id}/models": list_models,
}
HANDLERS: Mapping[str, Callable[[Call], Result]] = {**LISTS, **ROWS}
REFUSING = frozenset(ROWS)
"""Operations whose business errors have status 400; recorded for `GET /api/v1/providers/by-id`."""
MERGED = {"merged": boolean}
FILTERS = {"capability": optional(text), "source_id": optional(text), "enabled": boolean}
QUERIES: Mapping[str, Query] = {
    "GET /api/v1/bots": Query({"enabled": boolean, "type": optional(text)}),
    "GET /api/v1/bots/by-id": Query({"bot_id": text}, frozenset({"bot_id"})),
    "GET /api/v1/personas/by-id": Query({"persona_id": text}, frozenset({"persona_id"})),
    "GET /api/v1/providers": Query(FILTERS),
    "GET /api/v1/providers/by-id": Query({"provider_id": text, **MERGED}, frozenset({"provider_id"})),
    "GET /api/v1/providers/{provider_id}": Query(MERGED),
    "GET /api/v1/provider-sources/by-id": Query({"source_id": text}, frozenset({"source_id"})),
    "GET /api/v1/provider-sources/models": Query({"source_id": text}, frozenset({"source_id"})),
    "GET /api/v1/provider-sources/providers": Query({"source_id": text}, frozenset({"source_id"})),
}
