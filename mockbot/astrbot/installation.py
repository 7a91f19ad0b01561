"""AstrBot's part of a fixture: platforms, configs, model providers, tools and what the lists show of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

from mockbot.astrbot.disk import DATA
from mockbot.astrbot.inventory import PLATFORM_TYPES, PROVIDER, Persona, Plugin, Row, persona_of, plugin_of, source_of
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script.usage import Usage
from mockbot.source import Source
from mockbot.world.blueprint import FixtureRow
from mockbot.world.clock import time_of


@dataclass(frozen=True, slots=True)
class Bot:
    """A platform in AstrBot's list (sections 4 and 7)."""

    id: str
    type: str = "generic"
    """`onebot` accepts numeric session ids only and needs a connected client; other types accept everything."""
    enabled: bool = True
    connected: bool = True
    entry: Row = field(default_factory=dict)
    """What its raw entry in the config has, apart from the id, the type and whether it is enabled."""

    @property
    def raw(self) -> dict[str, JSON]:
        """Return its entry in the config."""
        kind = PLATFORM_TYPES.get(self.type, self.type)
        return {"id": self.id, "type": kind, "enable": self.enabled, **self.entry}


WEBCHAT = Bot("webchat", "webchat")
"""The platform that always runs and is never listed (section 4)."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The number of messages that a session can send in a window; more of them wait or are discarded (section 8.6)."""

    count: int = 30
    seconds: float = 60.0
    strategy: Literal["stall", "discard"] = "stall"


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that a chat can be routed to (section 5)."""

    id: str
    name: str
    path: str
    streaming: bool = False
    """The meaning of `enable_streaming: null`."""
    reasoning: bool = False
    """Whether the model's reasoning is shown."""
    admins: tuple[str, ...] = ("astrbot",)
    rate_limit: RateLimit = field(default_factory=RateLimit)
    stored_name: str = ""
    """The name with blanks around it, if it has any."""

    @property
    def is_default(self) -> bool:
        """Return whether this config applies to chats without a route."""
        return self.id == "default"


@dataclass(frozen=True, slots=True)
class Provider:
    """A model provider; the first one of a fixture is the default."""

    id: str
    model: str
    down: bool = False
    """Whether every model call fails with a connection error."""
    source: str = ""
    """The id of its source; empty: its own id up to the first slash."""
    entry: Row = field(default_factory=dict)
    """What its raw entry in the config has, apart from the id, the model and the source."""

    @property
    def source_id(self) -> str:
        """Return the id of its source."""
        return self.source or self.id.partition("/")[0]

    @property
    def raw(self) -> dict[str, JSON]:
        """Return its entry in the config."""
        own = {"id": self.id, "provider_source_id": self.source_id, "model": self.model}
        return {**PROVIDER, **own, **self.entry}


@dataclass(frozen=True, slots=True)
class Installation:
    """AstrBot's part of a fixture."""

    bots: tuple[Bot, ...] = ()
    configs: tuple[Config, ...] = (Config("default", "default", f"{DATA}/cmd_config.json"),)
    """In the order of the list, the default one last; the world replaces an empty id with a new one."""
    providers: tuple[Provider, ...] = ()
    tools: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    """Tokens that a model call reports if the script has no usage."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Config ids by unified message origin."""
    provider_sources: tuple[Row, ...] = ()
    """Raw entries; a provider whose source is not here has one with default values."""
    personas: tuple[Persona, ...] = ()
    plugins: tuple[Plugin, ...] = ()


def read_installation(rows: FixtureRow, source: Source, base: Installation | None) -> Installation:
    """Return AstrBot's part of a fixture; missing lists are those of `base`, the fixture that it extends."""
    installation = base or Installation()
    if "bots" in rows:
        installation = replace(installation, bots=tuple(Bot(**row) for row in rows["bots"]))
    if "configs" in rows:
        installation = replace(installation, configs=_configs(rows["configs"], installation.configs[-1]))
    if "providers" in rows:
        installation = replace(installation, providers=tuple(map(_provider, rows["providers"])))
    if "tools" in rows:
        installation = replace(installation, tools=tuple(rows["tools"]))
    if "usage" in rows:
        installation = replace(installation, usage=Usage(**rows["usage"]))
    if "routes" in rows:
        installation = replace(installation, routes=dict(rows["routes"]))
    if "provider_sources" in rows:
        installation = replace(installation, provider_sources=tuple(map(source_of, rows["provider_sources"])))
    if "personas" in rows:
        personas = tuple(_persona(row, source, f"/personas/{index}") for index, row in enumerate(rows["personas"]))
        installation = replace(installation, personas=personas)
    if "plugins" in rows:
        installation = replace(installation, plugins=tuple(map(plugin_of, rows["plugins"])))
    return installation


def _configs(rows: list[FixtureRow], default: Config) -> tuple[Config, ...]:
    own = next((row for row in rows if row.get("id") == "default"), {})
    default = _config({**own, "id": "default"}, default)
    return (*(_config(row, default) for row in rows if row.get("id") != "default"), default)


def _config(row: FixtureRow, default: Config) -> Config:
    identifier = row.get("id", "")
    path = default.path if identifier == default.id else f"abconf_{identifier}.json"
    name = row.get("name", default.stored_name or default.name)
    return Config(
        id=identifier,
        name=name.strip(),
        path=row.get("path", path if identifier else ""),
        streaming=row.get("streaming", default.streaming),
        reasoning=row.get("reasoning", default.reasoning),
        admins=tuple(row.get("admins", default.admins)),
        rate_limit=replace(default.rate_limit, **row.get("rate_limit", {})),
        stored_name="" if name == name.strip() else name,
    )


def _provider(row: FixtureRow) -> Provider:
    return Provider(
        row["id"],
        str(row.get("model", row["id"])),
        row.get("down", False),
        row.get("source", ""),
        row.get("entry", {}),
    )


def _persona(row: FixtureRow, source: Source, at: str) -> Persona:
    created, updated = (time_of(row.get(name), source, f"{at}/{name}") for name in ("created_at", "updated_at"))
    return persona_of(row, created, updated)
