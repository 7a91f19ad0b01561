"""Plays one behaviour in a test, so that Hypothesis can search and shrink there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mockbot.behaviour import Behaviour
from mockbot.dataclass import dataclass
from mockbot.fuzz.expected import NOTHING, items
from mockbot.fuzz.sent import Sent
from mockbot.fuzz.stage import Stage
from mockbot.journal.finding import Finding
from mockbot.settings import Settings


@dataclass(frozen=True, slots=True)
class Playing:
    """A server that plays one behaviour."""

    base_url: str
    """For clients; `/api/v1/...` comes after it."""
    key: str
    _stage: Stage

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Return the responses so far, as they left."""
        return self._stage.sent()

    @property
    def expected(self) -> list[Any]:
        """Return what a right client reports of the last response: the JSON of each event, or of the whole response.

        Of an event that is not JSON, it is the text.
        """
        last = self.sent[-1:]
        return [item.event.data if item.value is NOTHING else item.value for sent in last for item in items(sent)]

    @property
    def mistakes(self) -> list[Finding]:
        """Return what the client did wrong in its requests, such as sending one again."""
        return list(self._stage.mistakes())


@contextmanager
def playing(behaviour: Behaviour, **settings: Any) -> Iterator[Playing]:
    """Start a server that plays `behaviour`, on a free port; stop it at the end.

    `settings` are those of `mockbot serve`, such as `astrbot` or `spec`.
    """
    with Stage(Settings(**settings)) as stage:
        stage.play(behaviour)
        yield Playing(stage.base_url, stage.key, stage)
