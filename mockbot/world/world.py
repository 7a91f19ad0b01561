"""A world: everything that a request can read or change; two worlds share nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from mockbot.breakpoints.breakpoints import Breakpoints
from mockbot.fault.armed import LIMIT, Faults
from mockbot.journal.credentials import mask
from mockbot.journal.journal import Journal
from mockbot.journal.masking import Callers
from mockbot.settings import Settings
from mockbot.world.attachments import Attachments
from mockbot.world.blueprint import Blueprint, State
from mockbot.world.chats import History, Sessions
from mockbot.world.clock import Clock, stamp
from mockbot.world.fixture import Fixture
from mockbot.world.ids import Ids
from mockbot.world.records import Key
from mockbot.world.rows import Rows

if TYPE_CHECKING:
    from mockbot.behaviour import Behaviour
    from mockbot.journal.finding import Verdict
    from mockbot.script.model import Script
    from mockbot.script.scripts import Scripts
    from mockbot.turns import Work
    from mockbot.world.live import Live

ROWS_SIZE = 64 * 1024 * 1024
"""The most bytes of sessions, and of messages, in a world."""

EMPTY_SIZE = 16 * 1024
"""The bytes of a world in which nothing is."""
KEY = 256
"""The bytes that a key takes besides four for each character: it is found in several forms when it is masked."""


class World:
    """The state made from a fixture, a seed and a clock; a request changes one world and nothing else."""

    def __init__(
        self,
        name: str,
        fixture: Fixture,
        *,
        seed: int | str,
        clock: Clock,
        settings: Settings,
        blueprint: Blueprint,
        behaviour: Behaviour | None = None,
        own_key: str = "",
    ) -> None:
        """`own_key` is another name for a key of the fixture, by which requests find this world without its name."""
        self.behaviour, self.own_key = behaviour, own_key
        self.name, self.fixture, self.seed, self.clock, self.settings = name, fixture, seed, clock, settings
        self.blueprint = blueprint
        self.ids = Ids(seed, fixture.ids_given)
        self.keys: Mapping[str, Key] = {key.key: key for key in fixture.keys}
        self.key_texts = frozenset((*self.keys, *filter(None, (own_key,))))
        """The texts of all keys, also of those that are not valid."""
        self._empty = EMPTY_SIZE + sum(KEY + 4 * len(text) for text in self.key_texts)
        self.sessions = Sessions(clock, settings.max_sessions, ROWS_SIZE)
        self.history = History(clock, settings.max_history, ROWS_SIZE)
        self.attachments = Attachments(self.ids, clock, settings.max_attachments, settings.max_attachment_bytes)
        self.rows = Rows(settings.max_rows, settings.max_row_bytes)
        self.faults = Faults(clock.now)
        self.journal = Journal(
            name,
            clock.now,
            settings.max_journal_entries,
            settings.max_journal_bytes,
            self._callers(blueprint),
        )
        self.breakpoints = Breakpoints(self.journal.changed)
        self._stands_for = self.keys.get(own_key) or self.keys.get(self._usable_key()) or Key("own key")
        self.state: State = blueprint.make_state(fixture.own, self)
        self._fill(fixture)
        self._own_faults = self._arm(behaviour)

    @cached_property
    def live(self) -> Live:
        """Return the open streams and runs of the world."""
        from mockbot.world.live import Live

        return Live()

    @cached_property
    def scripts(self) -> Scripts:
        """Return the scripts and states of the world; they are made on first use, often by the first chat."""
        from mockbot.script.scripts import Scripts

        return Scripts(self._scripts(self.fixture), self.fixture.states, self.settings.max_scripts)

    @property
    def has_replies(self) -> bool:
        """Return whether there are scripts for operations, and not for chat messages."""
        if "scripts" not in self.__dict__ and self.behaviour is None and not self.fixture.has_replies:
            return False
        return self.scripts.has_replies

    def _scripts(self, fixture: Fixture) -> Sequence[Script]:
        """Return the scripts of a fixture, after that of the behaviour."""
        first = self.behaviour.script if self.behaviour else None
        return fixture.scripts if first is None else (first, *fixture.scripts)

    def _callers(self, blueprint: Blueprint) -> Callers:
        return Callers(self.key_texts, blueprint.key_pattern, blueprint.carriers)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        stores = (self.sessions, self.history, self.attachments, self.rows, self.state, self.journal)
        made = [vars(self)[name] for name in ("scripts", "live") if name in vars(self)]
        passing = (self.faults, self.breakpoints)
        return self._empty + self.fixture.weight + sum(int(store.size) for store in (*stores, *passing, *made))

    def named_key(self, text: str) -> Key | None:
        """Return the key that a text names, valid or not: for the world's own key, that for which it stands."""
        return self._stands_for if text and text == self.own_key else self.keys.get(text)

    def key(self, text: str) -> Key | None:
        """Return the key with that text if it is valid now."""
        key = self.named_key(text)
        return key if key is not None and key.valid(self.clock.now()) else None

    def why_invalid(self, text: str) -> str:
        """Return why a text is no valid key, with the key masked."""
        key = self.named_key(text)
        if key is None:
            return f"unknown key {mask(text)}; the world {self.name} has the keys of the fixture {self.fixture.name}"
        if key.revoked:
            return f"the key {mask(text)} is revoked"
        return f"the key {mask(text)} expired at {stamp(key.expires or 0)}, and the world has {stamp(self.clock.now())}"

    @property
    def pace(self) -> float:
        """Return the seconds between frames: those of the settings, or else the server's own."""
        return self.blueprint.pace if self.settings.pace_ms is None else self.settings.pace_ms / 1000

    @property
    def open_key(self) -> str:
        """Return the world's own key, else a valid key that allows every scope, else any valid key, else nothing."""
        return self.own_key or self._usable_key()

    def _usable_key(self) -> str:
        valid = [key for key in self.keys.values() if key.valid(self.clock.now())]
        open_keys = (key.key for key in valid if all(map(key.allows, self.blueprint.scopes)))
        return next(open_keys, next((key.key for key in valid), ""))

    def verdict(self) -> Verdict:
        """Return the findings about the client, and the notes on unknown fields and unused faults."""
        from mockbot.turns import at_once

        return at_once(self.reaching_verdict())

    def reaching_verdict(self) -> Work[Verdict]:
        """Return the work that reaches the verdict."""
        from mockbot.journal.verdict import reaching

        contract, carriers = self.blueprint.contract, self.blueprint.carriers
        return reaching(self.journal, contract=contract, carriers=carriers, armed=self.faults.list())

    def use_scripts(self, fixture: Fixture) -> None:
        """Replace the scripts of the start by those of `fixture`; `fresh` then starts from `fixture`.

        The states stay, and the scripts that a client added.
        """
        self.fixture = fixture
        if "scripts" in self.__dict__:
            self.scripts.restart(self._scripts(fixture))

    def use_behaviour(self, behaviour: Behaviour | None) -> None:
        """Replace the script and the faults of the behaviour; faults of clients stay if there is room."""
        for each in self._own_faults:
            self.faults.disarm(each)
        if behaviour is not None and len(self.faults.list()) + len(behaviour.faults) > LIMIT:
            self.faults.clear()
        self.behaviour, self._own_faults = behaviour, self._arm(behaviour)
        self.use_scripts(self.fixture)

    def use_blueprint(self, blueprint: Blueprint) -> None:
        """Replace the blueprint by that of another document for the same server; the state stays."""
        self.blueprint = blueprint
        self.journal.callers = self._callers(blueprint)
        self.rows.forget_fits()

    def _arm(self, behaviour: Behaviour | None) -> list[str]:
        """Arm the faults of a behaviour and return their ids."""
        if behaviour is None:
            return []
        return [self.faults.arm(fault, behaviour.times, behaviour.operation) for fault in behaviour.faults]

    def fresh(self) -> World:
        """Return a new world that starts as this one did."""
        return World(
            self.name,
            self.fixture,
            seed=self.seed,
            clock=self.clock.fresh(),
            settings=self.settings,
            blueprint=self.blueprint,
            behaviour=self.behaviour,
            own_key=self.own_key,
        )

    def stop(self) -> None:
        """End the streams, runs and readers of the journal, without waiting; used when the world is removed."""
        self.breakpoints.stop()
        self.faults.sleeps.end()
        if "live" in self.__dict__:
            self.live.stop()
        self.journal.end()

    async def close(self) -> None:
        """End the streams, runs and readers of the journal, and wait for the runs."""
        self.breakpoints.stop()
        self.journal.end()
        if "live" in self.__dict__:
            await self.live.close()

    def _fill(self, fixture: Fixture) -> None:
        self.rows.load(fixture.resources, partial(self.blueprint.resources.complete, world=self))
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
            self.history.add(
                message.conversation,
                message.sender,
                message.parts,
                message.created_at,
                message.author,
                message.checkpoint,
                message.extra,
            )
        for stored in fixture.attachments:
            self.attachments.add(stored.record, stored.content)
