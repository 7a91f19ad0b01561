"""A world: everything that a request can read or change, shared with no other world."""

from __future__ import annotations

from mockbot.fault.armed import Faults
from mockbot.journal.journal import Journal
from mockbot.script.scripts import Scripts
from mockbot.settings import Settings
from mockbot.world.attachments import Attachments
from mockbot.world.blueprint import Blueprint, State
from mockbot.world.chats import History, Sessions
from mockbot.world.clock import Clock
from mockbot.world.fixture import Fixture
from mockbot.world.ids import Ids
from mockbot.world.live import Live
from mockbot.world.records import Key

ROWS_SIZE = 64 * 1024 * 1024
"""Bytes of sessions, and of messages, that a world keeps."""


class World:
    """What one fixture, one seed and one clock make; a request changes this and nothing else."""

    def __init__(
        self,
        name: str,
        fixture: Fixture,
        *,
        seed: int | str,
        clock: Clock,
        settings: Settings,
        blueprint: Blueprint,
    ) -> None:
        self.name, self.fixture, self.seed, self.clock, self.settings = name, fixture, seed, clock, settings
        self.blueprint = blueprint
        self.ids = Ids(seed, fixture.ids_given)
        self.keys: dict[str, Key] = {key.key: key for key in fixture.keys}
        self.sessions = Sessions(clock, settings.max_sessions, ROWS_SIZE)
        self.history = History(clock, settings.max_history, ROWS_SIZE)
        self.attachments = Attachments(self.ids, settings.max_attachments, settings.max_attachment_bytes)
        self.faults = Faults(clock.now)
        self.scripts = Scripts(fixture.scripts, fixture.states, settings.max_scripts)
        self.journal = Journal(
            name,
            clock.now,
            settings.max_journal_entries,
            settings.max_journal_bytes,
            keys=lambda: self.keys,
            key_pattern=blueprint.key_pattern,
        )
        self.live = Live()
        self.state: State = blueprint.make_state(fixture.own, self)
        self._fill(fixture)

    @property
    def size(self) -> int:
        """Return about how many bytes the world keeps."""
        kept = (self.sessions, self.history, self.attachments, self.state, self.journal)
        return sum(store.size for store in kept)

    def key(self, text: str) -> Key | None:
        """Return the key of that text if it is valid now."""
        key = self.keys.get(text)
        return key if key is not None and key.valid(self.clock.now()) else None

    @property
    def open_key(self) -> str:
        """Return a key that opens everything, or else any, or the empty string."""
        good = [key for key in self.keys.values() if key.valid(self.clock.now())]
        whole = (key.key for key in good if all(map(key.allows, self.blueprint.scopes)))
        return next(whole, next((key.key for key in good), ""))

    def play(self, fixture: Fixture) -> None:
        """Play the scripts of `fixture`, which is otherwise the one this world started from; states stay."""
        self.fixture = fixture
        self.scripts = Scripts(fixture.scripts, self.scripts.states, self.settings.max_scripts)

    def fresh(self) -> World:
        """Return this world as it was at its start."""
        return World(
            self.name,
            self.fixture,
            seed=self.seed,
            clock=self.clock.fresh(),
            settings=self.settings,
            blueprint=self.blueprint,
        )

    def stop(self) -> None:
        """Tell the streams, runs and readers of the journal to end: the world is removed."""
        self.live.stop()
        self.journal.end()

    async def close(self) -> None:
        """End the open streams and runs."""
        self.journal.end()
        await self.live.close()

    def _fill(self, fixture: Fixture) -> None:
        start = self.clock.now()
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
