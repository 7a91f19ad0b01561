"""Runs one fault on one response: the fault pulls messages, and the application pushes them.

A fault awaits nothing but its messages, so its generator is stepped by hand: until it awaits the next message, and
again when that message is pushed. There is no task and no queue: a sender waits until the resulting messages are sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from contextlib import suppress

from starlette.types import Message

from mockbot.fault.fault import BODY, Fault

_NEXT = object()


class Bend:
    """One fault at work on one response."""

    def __init__(self, fault: Fault) -> None:
        self._messages = fault(_Inbox())
        self._step = self._next()
        self.over = False
        """Whether the fault has ended the response; further messages are dropped."""
        self._works = False
        """Whether the fault is at work now, in another thread than the one that asks."""
        self._complete = False
        """Whether the fault has sent the end of the body, which nothing of it may follow."""

    def begin(self) -> Iterator[Message]:
        """Yield the messages to send before the first message of the response. Call this first."""
        return self._run(None)

    def push(self, message: Message) -> Iterator[Message]:
        """Yield the messages to send for `message`; the fault continues only when the next one is requested."""
        return self._run(message)

    def close(self) -> None:
        """Close the generator of the fault, unless it is at work; what it makes is then dropped."""
        is_open, self.over = not self.over, True
        if is_open and not self._works:
            with suppress(GeneratorExit, StopAsyncIteration):
                self._step.throw(GeneratorExit())

    def _next(self) -> Generator[object, Message | None, Message]:
        return self._messages.__anext__().__await__()

    def _run(self, message: Message | None) -> Iterator[Message]:
        while not self.over:
            self._works = True
            try:
                awaited = self._step.send(message)
            except StopIteration as stepped:
                out: Message = stepped.value
            except StopAsyncIteration:
                self.over = True
                return
            else:
                if awaited is not _NEXT:
                    raise RuntimeError("a fault must await nothing but its messages")
                return
            finally:
                self._works = False
            self._step, message = self._next(), None
            if out["type"] == BODY:
                # a fault that holds bytes back lets go of them before RAW, which may also come after the end
                if self._complete:
                    continue
                self._complete = not out.get("more_body", False)
            yield out


class _Inbox(AsyncIterator[Message]):
    """The messages that a fault iterates over."""

    def __anext__(self) -> Awaitable[Message]:
        return _NextMessage()


class _NextMessage(Awaitable[Message]):
    """The message that the fault awaits."""

    def __await__(self) -> Generator[object, Message, Message]:
        return (yield _NEXT)
