"""A world: all that a test can see or change, shared with nobody."""

from __future__ import annotations

from dataclasses import replace

from mockbot.bounded import Bounded
from mockbot.fault import Faults
from mockbot.journal.journal import Journal
from mockbot.script.scripts import Scripts
from mockbot.settings import Settings
from mockbot.world.attachments import Attachments
from mockbot.world.chats import History, Sessions
from mockbot.world.clock import Clock
from mockbot.world.fixture import Fixture
from mockbot.world.ids import Ids
from mockbot.world.live import Live
from mockbot.world.rate import RateLimits
from mockbot.world.records import ALL_SCOPES, Bot, Config, Key, Provider

ROWS_SIZE = 64 * 1024 * 1024
"""Bytes of sessions, and of messages, that a world keeps."""
WEBCHAT = Bot("webchat", "webchat")
"""The platform that always runs and is never listed (BEHAVIOUR.md section 4)."""


class World:
    """What one fixture, one seed and one clock make; a request changes this and nothing else."""

    def __init__(self, name: str, fixture: Fixture, *, seed: int | str, clock: Clock, settings: Settings) -> None:
        self.name, self.fixture, self.seed, self.clock, self.settings = name, fixture, seed, clock, settings
        self.ids = Ids(seed, fixture.ids_given)
        self.keys: dict[str, Key] = {key.key: key for key in fixture.keys}
        self.bots = fixture.bots
        self.configs = tuple(self._with_id(config) for config in fixture.configs)
        self.providers = fixture.providers
        self.sessions = Sessions(clock, settings.max_sessions, ROWS_SIZE)
        self.history = History(clock, settings.max_history, ROWS_SIZE)
        self.attachments = Attachments(self.ids, settings.max_attachments, settings.max_attachment_bytes)
        self.routes: Bounded[str, str] = Bounded(
            settings.max_sessions, ROWS_SIZE, lambda config_id: 256 + len(config_id)
        )
        self.faults = Faults(clock.now)
        self.scripts = Scripts(fixture.scripts, fixture.states, settings.max_scripts)
        self.journal = Journal(
            name, clock.now, settings.max_journal_entries, settings.max_journal_bytes, keys=lambda: self.keys
        )
        self.live = Live()
        self.rates = RateLimits()
        self._furnish(fixture)

    @property
    def size(self) -> int:
        """Return about how many bytes the world keeps."""
        kept = (self.sessions, self.history, self.attachments, self.routes, self.journal)
        return sum(store.size for store in kept)

    def key(self, text: str) -> Key | None:
        """Return the key of that text if it is good now."""
        key = self.keys.get(text)
        return key if key is not None and key.valid(self.clock.now()) else None

    @property
    def open_key(self) -> str:
        """Return a key that opens everything, or else any, or nothing."""
        good = [key for key in self.keys.values() if key.valid(self.clock.now())]
        whole = (key.key for key in good if all(key.allows(scope) for scope in ALL_SCOPES))
        return next(whole, next((key.key for key in good), ""))

    def bot(self, bot_id: str) -> Bot | None:
        """Return the platform of that id if it runs."""
        return next((bot for bot in (WEBCHAT, *self.bots) if bot.id == bot_id and bot.enabled), None)

    def bot_ids(self) -> list[str]:
        """Return the listed platforms: in order, once each, without empty ids, running or not (section 4)."""
        return list(dict.fromkeys(bot.id for bot in self.bots if bot.id))

    def config(self, config_id: str) -> Config | None:
        """Return the config of that id."""
        return next((config for config in self.configs if config.id == config_id), None)

    def config_for(self, umo: str) -> Config:
        """Return the config that a unified message origin is routed to, else the default one."""
        return self.config(self.routes.get(umo) or "default") or self.configs[-1]

    def provider(self, provider_id: str) -> Provider | None:
        """Return the provider of that id, or the default one for the empty id."""
        if not provider_id:
            return self.providers[0] if self.providers else None
        return next((provider for provider in self.providers if provider.id == provider_id), None)

    def route(self, umo: str, config_id: str) -> None:
        """Send a unified message origin to a config from now on; `default` removes its route (section 8.2)."""
        self.routes.remove(umo)
        if config_id != "default":
            self.routes.put(umo, config_id)

    def play(self, fixture: Fixture) -> None:
        """Play the scripts of `fixture`, which is otherwise the one this world started from; states stay."""
        self.fixture = fixture
        self.scripts = Scripts(fixture.scripts, self.scripts.states, self.settings.max_scripts)

    def fresh(self) -> World:
        """Return this world as it was at its start."""
        clock, settings = self.clock.fresh(), self.settings
        return World(self.name, self.fixture, seed=self.seed, clock=clock, settings=settings)

    def stop(self) -> None:
        """Tell the streams, runs and readers of the journal to end: the world goes."""
        self.live.stop()
        self.journal.end()

    async def close(self) -> None:
        """End the streams and runs that go on."""
        self.journal.end()
        await self.live.close()

    def _with_id(self, config: Config) -> Config:
        if config.id:
            return config
        made = self.ids.uuid()
        return replace(config, id=made, path=config.path or f"abconf_{made}.json")

    def _furnish(self, fixture: Fixture) -> None:
        start = self.clock.now()
        for umo, config_id in fixture.routes.items():
            self.route(umo, config_id)
        for row in fixture.sessions:
            created = start if row.created_at is None else row.created_at
            self.sessions.add(
                row.session_id,
                row.creator,
                created_at=created,
                updated_at=created if row.updated_at is None else row.updated_at,
                platform_id=row.platform_id,
                display_name=row.display_name,
                turns=row.turns,
                model_calls=row.model_calls,
            )
        for message in fixture.history:
            if message.id is not None:
                self.history.last_id = max(self.history.last_id, message.id - 1)
            self.history.add(message.conversation, message.sender, message.parts, message.created_at)
        for stored in fixture.attachments:
            self.attachments.add(stored.record, stored.content)
