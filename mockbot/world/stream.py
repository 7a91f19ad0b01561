"""A response in pieces, which an operation sends while it goes on."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from starlette.types import Message, Receive, Scope, Send

Step: TypeAlias = dict[str, Any] | Callable[[], Awaitable[object]]
"""A message to send, or a function that waits for what has to happen before the next one."""


class Stream(ABC):
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

        steps, taken = self._steps or self.steps(scope), self._taken
        self._steps, self._taken = None, ()  # they have methods of this stream
        try:
            with Leaving(receive, self.leave):
                for step in chain(taken, steps):
                    if isinstance(step, dict):
                        await send(step)
                    else:
                        await step()
        finally:
            steps.close()


async def others() -> None:
    """Let other tasks run."""
    await asyncio.sleep(0)


def _raising(error: Exception) -> Callable[[], Awaitable[object]]:
    async def fail() -> None:
        raise error

    return fail
