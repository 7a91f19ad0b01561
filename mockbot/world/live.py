"""What is going on in a world right now: open chat streams, agent runs and the turns they take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar

QUEUE = 512
"""Frames that wait for a slow reader, as many as AstrBot's queue holds; a run that is faster waits."""


@dataclass(eq=False)
class OpenStream:
    """An open answer to a chat request; the run puts frames in, the connection takes them out, None ends it."""

    STOP: ClassVar = object()
    """Taken out instead of a frame: the stream stops here, without an end."""
    conversation: str
    message_id: str
    frames: asyncio.Queue[object | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    closed: bool = False

    async def put(self, frame: object | None) -> None:
        """Hand over a frame, or drop it when nobody will ever take it."""
        if not self.closed:
            await self.frames.put(frame)

    def push(self, frame: object) -> None:
        """Hand over a frame of somebody else's without waiting; a full queue loses it."""
        if not self.closed and not self.frames.full():
            self.frames.put_nowait(frame)

    def stop(self) -> None:
        """Let the connection stop at once; frames that wait are lost."""
        self.close()
        self.frames.put_nowait(self.STOP)

    def close(self) -> None:
        """Take no more frames and let a waiting run go on."""
        self.closed = True
        while not self.frames.empty():
            self.frames.get_nowait()


@dataclass(eq=False)
class FollowUp:
    """A message that came while the session's run was busy; a tool result takes it in, or its turn comes later."""

    text: str
    consumed: bool = False
    resolved: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class ActiveRun:
    """A session's running agent (BEHAVIOUR.md section 8.6)."""

    waiting: list[FollowUp] = field(default_factory=list)

    def follow_up(self, text: str) -> FollowUp:
        """Queue a message for the next tool result."""
        message = FollowUp(text)
        self.waiting.append(message)
        return message

    def take(self) -> Sequence[str]:
        """Hand what waits to a tool result: those messages are dealt with."""
        return [message.text for message in self._resolve(consumed=True)]

    def finish(self) -> None:
        """Let what still waits go its own way."""
        self._resolve(consumed=False)

    def _resolve(self, *, consumed: bool) -> list[FollowUp]:
        waiting, self.waiting = self.waiting, []
        for message in waiting:
            message.consumed = consumed
            message.resolved.set()
        return waiting


@dataclass(eq=False)
class _Turnstile:
    """A session's lock and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Live:
    """The open streams by conversation, the runs and locks by session; all of it vanishes with its last user."""

    def __init__(self) -> None:
        self._streams: dict[str, list[OpenStream]] = {}
        self._turnstiles: dict[str, _Turnstile] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.runs: dict[str, ActiveRun] = {}

    def open(self, conversation: str, message_id: str) -> OpenStream:
        """Register a stream that proactive messages reach."""
        stream = OpenStream(conversation, message_id)
        self._streams.setdefault(conversation, []).append(stream)
        return stream

    def leave(self, stream: OpenStream) -> None:
        """Take a stream off the list and close it."""
        stream.close()
        streams = self._streams.get(stream.conversation, [])
        if stream in streams:
            streams.remove(stream)
        if not streams:
            self._streams.pop(stream.conversation, None)

    def streams(self, conversation: str) -> list[OpenStream]:
        """Return the open streams of a conversation."""
        return list(self._streams.get(conversation, []))

    @asynccontextmanager
    async def run(self, session: str) -> AsyncIterator[ActiveRun]:
        """Wait until no other run of the session goes on, then be its run."""
        turnstile = self._turnstiles.setdefault(session, _Turnstile())
        turnstile.users += 1
        try:
            async with turnstile.lock:
                run = self.runs[session] = ActiveRun()
                try:
                    yield run
                finally:
                    del self.runs[session]
                    run.finish()
        finally:
            turnstile.users -= 1
            if not turnstile.users:
                del self._turnstiles[session]

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Keep a background task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def going_on(self) -> int:
        """Return how many chats are being answered, those included whose client has left."""
        return max(len(self._tasks), sum(map(len, self._streams.values())))

    def stop(self) -> None:
        """Tell everything that goes on to end."""
        for streams in list(self._streams.values()):
            for stream in streams:
                stream.stop()
        for task in list(self._tasks):
            task.cancel()

    async def close(self) -> None:
        """End everything that goes on."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
