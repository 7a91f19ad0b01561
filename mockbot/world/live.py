"""The open chat streams and active agent runs of a world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar

QUEUE = 512
"""Frames that wait for a slow reader; a faster run waits. The imitated server's queue has the same length."""


@dataclass(eq=False)
class OpenStream:
    """An open stream: the run puts frames into its queue, the connection takes them out, None ends it."""

    STOP: ClassVar = object()
    """Taken instead of a frame when the stream stops before its end."""
    conversation: str
    message_id: str
    frames: asyncio.Queue[object | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    closed: bool = False

    async def put(self, frame: object | None) -> None:
        """Add a frame, waiting while the queue is full; drop it if the stream is closed."""
        if not self.closed:
            await self.frames.put(frame)

    def push(self, frame: object) -> None:
        """Add a frame that does not come from the run, without waiting; drop it if the queue is full."""
        if not self.closed and not self.frames.full():
            self.frames.put_nowait(frame)

    def stop(self) -> None:
        """End the connection at once and drop the frames in the queue."""
        self.close()
        self.frames.put_nowait(self.STOP)

    def close(self) -> None:
        """Drop all frames from now on, so that a waiting run continues."""
        self.closed = True
        while not self.frames.empty():
            self.frames.get_nowait()


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


@dataclass(eq=False)
class _SessionLock:
    """A session's lock and the number of tasks that hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Live:
    """The open streams by conversation, and the runs and locks by session, each removed after its last use."""

    def __init__(self) -> None:
        self._streams: dict[str, list[OpenStream]] = {}
        self._locks: dict[str, _SessionLock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.runs: dict[str, ActiveRun] = {}

    def open(self, conversation: str, message_id: str) -> OpenStream:
        """Return a new stream, which also receives the conversation's proactive messages."""
        stream = OpenStream(conversation, message_id)
        self._streams.setdefault(conversation, []).append(stream)
        return stream

    def remove(self, stream: OpenStream) -> None:
        """Close a stream and forget it."""
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
    async def run(self, session: str, run_id: str = "") -> AsyncIterator[ActiveRun]:
        """Wait for earlier runs of the session to end, then hold its lock as the active run."""
        lock = self._locks.setdefault(session, _SessionLock())
        lock.users += 1
        try:
            async with lock.lock:
                run = self.runs[session] = ActiveRun(run_id)
                try:
                    yield run
                finally:
                    del self.runs[session]
                    run.finish()
        finally:
            lock.users -= 1
            if not lock.users:
                del self._locks[session]

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Keep a background task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def active_chats(self) -> int:
        """Return the number of chats in progress, including those whose client has disconnected."""
        return max(len(self._tasks), sum(map(len, self._streams.values())))

    @property
    def idle(self) -> bool:
        """Return whether there are no streams, tasks or runs, and no run waits for its session."""
        return not (self._streams or self._tasks or self.runs or self._locks)

    def stop(self) -> None:
        """Stop all streams and cancel all tasks, without waiting."""
        for streams in list(self._streams.values()):
            for stream in streams:
                stream.stop()
        for task in list(self._tasks):
            task.cancel()

    async def close(self) -> None:
        """Stop all streams and wait for all tasks to end."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
