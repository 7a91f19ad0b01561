"""A fault at work: it pulls messages, the application pushes them, and nothing lies in between.

A fault awaits nothing but its messages, so its generator can be stepped by hand: forward until it asks for the next
message, and again when that has come. No task and no queue; whoever sends waits until all that came of it has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from contextlib import suppress

from starlette.types import Message

from mockbot.fault.fault import Fault

_ASKS = object()


class Bend:
    """One fault bending one answer."""

    def __init__(self, fault: Fault) -> None:
        self._messages = fault(_Inbox())
        self._step = self._next()
        self.over = False
        """Whether the fault has ended the answer: nothing comes of further messages."""

    def begin(self) -> Iterator[Message]:
        """Yield what leaves before the first message has come; first of all calls."""
        return self._run(None)

    def push(self, message: Message) -> Iterator[Message]:
        """Yield what leaves because of `message`, each as soon as the one before has been dealt with."""
        return self._run(message)

    def close(self) -> None:
        """Let go of the generator, wherever it stands."""
        if not self.over:
            self.over = True
            with suppress(GeneratorExit, StopAsyncIteration):
                self._step.throw(GeneratorExit())

    def _next(self) -> Generator[object, Message | None, Message]:
        return self._messages.__anext__().__await__()

    def _run(self, message: Message | None) -> Iterator[Message]:
        while not self.over:
            try:
                asked = self._step.send(message)
            except StopIteration as stepped:
                out: Message = stepped.value
            except StopAsyncIteration:
                self.over = True
                return
            else:
                if asked is not _ASKS:
                    raise RuntimeError("a fault must await nothing but its messages")
                return
            self._step, message = self._next(), None
            yield out


class _Inbox(AsyncIterator[Message]):
    """What a fault iterates over."""

    def __anext__(self) -> Awaitable[Message]:
        return _Asked()


class _Asked(Awaitable[Message]):
    """The message that the fault waits for."""

    def __await__(self) -> Generator[object, Message, Message]:
        return (yield _ASKS)
