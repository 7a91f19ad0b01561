"""The active run of a session, the messages that wait for it, and the runs in line behind it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import field

from mockbot.dataclass import dataclass


@dataclass(eq=False)
class FollowUp:
    """A message that arrived during the session's run: a tool result includes it, or it gets its own run later."""

    text: str
    consumed: bool = False
    resolved: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class ActiveRun:
    """The agent run of a session, and the follow-up messages that wait for it."""

    id: str = ""
    waiting: list[FollowUp] = field(default_factory=list)

    def follow_up(self, text: str) -> FollowUp:
        """Queue a message for the next tool result."""
        message = FollowUp(text)
        self.waiting.append(message)
        return message

    def take(self) -> Sequence[str]:
        """Return the waiting messages for a tool result; they then need no run of their own."""
        return [message.text for message in self._resolve(consumed=True)]

    def finish(self) -> None:
        """Release the messages that still wait: each gets its own run."""
        self._resolve(consumed=False)

    def _resolve(self, *, consumed: bool) -> list[FollowUp]:
        waiting, self.waiting = self.waiting, []
        for message in waiting:
            message.consumed = consumed
            message.resolved.set()
        return waiting


class InLine:
    """The place of a run among those of its session."""

    __slots__ = ("_lines", "_session", "_turn")

    def __init__(self, lines: dict[str, deque[InLine]], session: str) -> None:
        self._lines, self._session = lines, session
        self._turn: asyncio.Future[None] | None = None

    def __enter__(self) -> asyncio.Future[None] | None:
        """Return what has to be waited for; None if it is its turn."""
        line = self._lines.setdefault(self._session, deque())
        line.append(self)
        if len(line) > 1:
            self._turn = asyncio.get_running_loop().create_future()
        return self._turn

    def __exit__(self, *_: object) -> None:
        line = self._lines[self._session]
        line.remove(self)
        if not line:
            del self._lines[self._session]
        elif (turn := line[0]._turn) is not None and not turn.done():
            turn.set_result(None)


class Active:
    """The time in which a run is the active one of its session."""

    __slots__ = ("_run", "_runs", "_session")

    def __init__(self, runs: dict[str, ActiveRun], session: str, run: ActiveRun) -> None:
        self._runs, self._session, self._run = runs, session, run

    def __enter__(self) -> ActiveRun:
        self._runs[self._session] = self._run
        return self._run

    def __exit__(self, *_: object) -> None:
        del self._runs[self._session]
        self._run.finish()
