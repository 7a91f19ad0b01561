"""A response in pieces, which an operation sends while it goes on."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from mockbot.response import TakesTurns
from mockbot.steady import steady
from mockbot.turns import TURN, Spell, Turns

Step: TypeAlias = dict[str, Any] | Callable[[], Awaitable[object]]
"""A message to send, or a function that waits for what has to happen before the next one."""

LONG, PACED = 2000, 256 * 1024
"""Characters that a stream sends from which on its steps take long, together with those of others that come at the same
time; and of one with a pace, which sends one frame at a time."""


class Stream(TakesTurns):
    """An ASGI application that sends messages and waits in between.

    One that has to wait for nothing can be had as a whole, with `at_once`, which needs no task.
    """

    _steps: Generator[Step] | None = None
    _taken: Sequence[Step] = ()
    """The steps that `at_once` has taken, and that are still to be done."""

    @abstractmethod
    def steps(self, scope: Scope) -> Generator[Step]:
        """Yield what is to be done, from the head of the response to the end of its body."""

    @abstractmethod
    def leave(self) -> None:
        """Note that the client has left. The steps go on, but send nothing any more."""

    def at_once(self, scope: Scope, accepts: Callable[[Message], bool], most: int) -> Sequence[Message] | None:
        """Return all messages; None if one has to be waited for, is not accepted, or cannot be made.

        With a body of more than `most` bytes it is None, too.

        The stream has then begun, and `__call__` goes on with it, from its first message.
        """
        steps = self._steps = self.steps(scope)
        messages: list[dict[str, Any]] = []
        try:
            for step in steps:
                if type(step) is dict:
                    most -= len(step.get("body", b""))
                if type(step) is not dict or most < 0 or not accepts(step):
                    self._taken = (*messages, step)
                    return None
                messages.append(step)
        except Exception as error:
            self._taken = (*messages, _raising(error))
            return None
        return messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        from mockbot.world.waiting import Leaving

        steps = self._steps or self.steps(scope)
        left = chain(self._taken, steps)
        self._steps, self._taken = None, ()  # they have methods of this stream
        try:
            with Leaving(receive, self.leave):
                if self.turns is not None:
                    await _in_turns(left, send, self.turns)
                for step in left:
                    await _do(step, send)
        finally:
            steps.close()


async def _in_turns(steps: Iterator[Step], send: Send, turns: Turns) -> None:
    """Take all steps in turns, and let others go on while their messages are sent."""
    spell, some = Spell(turns), deque[Step]()
    while await _take_some(some, steps, turns):
        spell.go_on()
        while some:
            await _do(some.popleft(), send)  # nothing holds it while the stream waits
            if spell.over:
                await spell.pause()
        spell.wait()


def _do(step: Step, send: Send) -> Awaitable[object]:
    return send(step) if isinstance(step, dict) else step()


async def _take_some(some: deque[Step], steps: Iterator[Step], turns: Turns) -> bool:
    """Add the steps of one turn: those that it has time for, up to one that waits; return whether there are any."""
    async with turns.turn():
        ends = steady() + TURN
        try:
            for step in steps:
                if step is others and steady() < ends:  # they run between two turns
                    continue
                some.append(step)
                if not isinstance(step, dict) or steady() >= ends:
                    break
        except Exception as error:
            some.append(_raising(error))  # after the steps before it
    return bool(some)


async def others() -> None:
    """Let other tasks run."""
    await asyncio.sleep(0)


def _raising(error: Exception) -> Callable[[], Awaitable[object]]:
    async def fail() -> None:
        raise error

    return fail
