"""The open chat streams and active agent runs of a world."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import field
from typing import ClassVar, Protocol

from mockbot.dataclass import dataclass
from mockbot.script.turn import weight
from mockbot.world.active import Active, ActiveRun, InLine
from mockbot.world.waiting import Backlog, Pause

QUEUE = 512
"""Frames that wait for a slow reader; a faster run waits. The imitated server's queue has the same length."""
AHEAD = 16
"""How much room a run waits for, in frames: to wake it for each frame takes a quarter of the CPU of a stream."""
MOST_LEFT, LEFT_SIZE = 100, 64 * 1024 * 1024
"""How many runs of a world go on without a client, and their bytes; the oldest are ended first."""
TASK, ASKED = 16 * 1024, 8
"""The bytes of a run in progress besides what it says, and for each byte of the body of its request."""
COPIES = 3
"""How often a run has in memory what it has said: for its clients, for the history and for its end."""


class Leavable(Protocol):
    """A run that goes on when its client leaves."""

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""

    def abandon(self) -> None:
        """End it, without the rest of its answer."""


class Client(Protocol):
    """The stream of a run to one of its clients, in a version whose runs can have several."""

    def leave(self) -> None:
        """End the stream before its end; the run goes on."""


@dataclass(eq=False)
class OpenStream:
    """An open stream: the run puts frames into its backlog, the connection takes them out, None ends it."""

    STOP: ClassVar = object()
    """Taken instead of a frame when the stream stops before its end."""
    conversation: str
    message_id: str
    frames: Backlog = field(default_factory=lambda: Backlog(QUEUE, weight))
    pause: Pause = field(default_factory=Pause)
    closed: bool = False
    held: int = 0
    """The bytes of what its run has said, and of its request."""
    task: asyncio.Task[None] | None = None
    """The run, if it has to wait."""

    async def put(self, frame: object) -> None:
        """Add a frame; if the backlog is full, wait until it has some room. Drop it if the stream is closed."""
        if not self.offer(frame):
            await self.frames.room(self.frames.limit - AHEAD)
            self.add(frame)

    def offer(self, frame: object) -> bool:
        """Add a frame, unless the backlog is full; return whether that was possible, or the stream is closed.

        The run has the text of a frame also if the stream is closed.
        """
        if not self.closed:
            return self.frames.offer(frame)
        self.held += weight(frame)
        return True

    def add(self, frame: object | None) -> None:
        """Add a frame, or None at the end of the run, without waiting; drop it if the stream is closed."""
        if not self.closed:
            self.frames.add(frame)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self.held + self.frames.size

    def abandon(self) -> None:
        """End the run, without the rest of its answer, and the connection."""
        if self.task is not None:
            self.task.cancel()
        self.stop()

    def stop(self) -> None:
        """End the connection at once and drop the frames in the backlog."""
        self.close()
        self.frames.add(self.STOP)
        self.pause.end()

    def close(self) -> None:
        """Drop all frames from now on, so that a waiting run continues."""
        self.closed = True
        self.frames.clear()


class Live:
    """The open streams by conversation, and the runs and their lines by session, each removed after its last use."""

    def __init__(self) -> None:
        self._streams: dict[str, list[OpenStream]] = {}
        self._lines: dict[str, deque[InLine]] = {}
        """The runs of each session: the first one is active, or about to be; the others wait for their turn."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._left: dict[Leavable, None] = {}
        """The runs without a client, the one that was left first at the beginning."""
        self.runs: dict[str, ActiveRun] = {}
        self.clients: set[Client] = set()
        """The open streams of runs, which end with the world."""
        self.waiting: set[Client] = set()
        """Those whose run is over: a chat is in progress until its own client has everything, or has left."""

    def open(self, conversation: str, message_id: str) -> OpenStream:
        """Return a new stream, which also receives the conversation's proactive messages."""
        stream = OpenStream(conversation, message_id)
        self._streams.setdefault(conversation, []).append(stream)
        return stream

    def remove(self, stream: OpenStream) -> None:
        """Close a stream and forget it."""
        self.forget(stream)
        stream.close()
        streams = self._streams.get(stream.conversation, [])
        if stream in streams:
            streams.remove(stream)
        if not streams:
            self._streams.pop(stream.conversation, None)

    def streams(self, conversation: str) -> list[OpenStream]:
        """Return the open streams of a conversation."""
        return list(self._streams.get(conversation, []))

    def in_line(self, session: str) -> InLine:
        """Get in line with the runs of a session, for the time of a `with`."""
        return InLine(self._lines, session)

    def active(self, session: str, run_id: str = "") -> Active:
        """Be the active run of a session, whose turn it is, for the time of a `with`."""
        return Active(self.runs, session, ActiveRun(run_id))

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Keep a background task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, run: Leavable) -> None:
        """Note that a run has no client any more, and end the oldest such runs while there are too many."""
        self._left[run] = None
        self.trim()

    def forget(self, run: Leavable) -> None:
        """Note that a run has ended, or has a client again."""
        self._left.pop(run, None)

    def trim(self) -> None:
        """End the oldest runs without a client while they are too many or too large."""
        while self._left and (len(self._left) > MOST_LEFT or sum(TASK + run.size for run in self._left) > LEFT_SIZE):
            self._abandon_oldest()

    def full(self, most: int) -> bool:
        """Return whether `most` chats are in progress; if so, end a run without a client, whose place is then free."""
        if self.active_chats < most:
            return False
        if not self._left:
            return True
        self._abandon_oldest()
        return False

    def _abandon_oldest(self) -> None:
        run = next(iter(self._left))
        del self._left[run]
        run.abandon()

    @property
    def left(self) -> int:
        """Return the number of runs without a client."""
        return len(self._left)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        streams = sum(each.size for streams in self._streams.values() for each in streams)
        streams += sum(run.size for run in self._left if isinstance(run, OpenStream) and run.closed)
        return streams + TASK * self.active_chats

    @property
    def active_chats(self) -> int:
        """Return the number of chats in progress, including those whose client has disconnected."""
        return max(len(self._tasks), sum(map(len, self._streams.values()))) + len(self.waiting)

    @property
    def idle(self) -> bool:
        """Return whether there are no streams, tasks or runs, and no run waits for its session."""
        return not (self._streams or self._tasks or self.runs or self._lines or self.clients)

    def stop(self) -> None:
        """Stop all streams and cancel all tasks, without waiting."""
        for streams in list(self._streams.values()):
            for stream in streams:
                stream.stop()
        for client in list(self.clients):
            client.leave()
        for task in list(self._tasks):
            task.cancel()

    async def close(self) -> None:
        """Stop all streams and wait for all tasks to end."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
