"""A run: what answers one chat message, followed by any number of clients (BEHAVIOUR.md sections 8 and 11.8)."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import ClassVar

from starlette.types import Message

from mockbot import sse
from mockbot.astrbot.v4_29_3.content import Content
from mockbot.dataclass import dataclass
from mockbot.fault.fault import Fault
from mockbot.jsontext import JSON
from mockbot.world.live import AHEAD, COPIES
from mockbot.world.waiting import Backlog, Pause

LAGGING = 256
"""Frames that wait for a client; one that falls further behind is cut off (section 8)."""
CROWDED = LAGGING // 2
"""Frames that wait for the first client of a run before the run waits, too."""
HELD, NARROW, LARGE = 5, 2, 64 * 1024
"""Bytes of memory for each byte of a message: itself, and its value, whose characters have up to four; of a large
message it is known when they have one."""
LAGGING_SIZE = 64 * 1024 * 1024
"""Bytes that wait for a client before it is cut off, too."""
CROWDED_SIZE = 4 * 1024 * 1024
"""Bytes that wait for the first client of a run before the run waits, too."""


def weight(item: object) -> int:
    """Return the bytes of memory of what waits for a client: a message, a fault, or the end."""
    if not isinstance(item, dict):
        return 64
    body: bytes = item["body"]
    is_narrow = len(body) > LARGE and body.isascii()
    return 1024 + (NARROW if is_narrow else HELD) * len(body)


@dataclass(eq=False, slots=True)
class Follower:
    """A client that follows a run: the messages with the frames that it has not got yet."""

    OVER: ClassVar = object()
    """Taken when the stream ends as it should."""
    CUT: ClassVar = object()
    """Taken when the stream stops before its end."""
    frames: Backlog = field(default_factory=lambda: Backlog(LAGGING, weight, LAGGING_SIZE))
    pause: Pause = field(default_factory=Pause)
    gone: bool = False

    def put(self, *frames: object) -> None:
        """Add frames; cut off a client that is too far behind."""
        if self.gone or self.frames.offer(*frames):
            return
        if len(frames) > 1:
            for frame in frames:
                self.put(frame)
        elif frames == (self.OVER,):
            self.frames.add(self.OVER)
        else:
            self.leave()

    @property
    def crowded(self) -> bool:
        """Whether the client has many frames to take, so that its run waits."""
        return not self.gone and (len(self.frames) >= CROWDED or self.frames.size >= CROWDED_SIZE)

    async def ready(self) -> None:
        """If many frames wait, wait until the client has taken some of them, or has left."""
        if self.crowded:
            await self.frames.room(CROWDED - AHEAD, CROWDED_SIZE)

    def leave(self) -> None:
        """Drop all frames, now and from now on; the stream stops before its end."""
        if not self.gone:
            self.gone = True
            self.frames.clear()
            self.frames.add(self.CUT)
            self.pause.end()


@dataclass(eq=False, slots=True)
class Run:
    """One chat message being answered. Its identifier is the `message_id` of its frames."""

    id: str
    session_id: str
    creator: str
    checkpoint: str
    content: Content = field(default_factory=Content)
    revision: int = 0
    """The number of frames published since the run started; that frame counts."""
    started: bool = False
    followers: list[Follower] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    asked: int = 0
    """The bytes of its request."""
    _resumed: tuple[int, Message] | None = None
    """The last `snapshot_frame`, and the revision that it shows."""

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory: its request, what it has said, and what waits."""
        return self.asked + COPIES * self.content.size + sum(each.frames.size for each in self.followers)

    @property
    def is_left(self) -> bool:
        """Whether it goes on without a client."""
        return not self.followers and self.task is not None and not self.task.done()

    def abandon(self) -> None:
        """End it, without the rest of its answer."""
        if self.task is not None:
            self.task.cancel()

    def follow(self) -> Follower:
        """Return a new follower, which gets every frame from now on."""
        follower = Follower()
        self.followers.append(follower)
        return follower

    def unfollow(self, follower: Follower) -> None:
        """Forget a follower; the run goes on without it."""
        follower.leave()
        if follower in self.followers:
            self.followers.remove(follower)

    def publish(self, *messages: Message) -> None:
        """Send frames to all followers."""
        self.revision += self.started * len(messages)
        for follower in self.followers:
            follower.put(*messages)

    def cue(self, fault: Fault) -> None:
        """Let a fault begin in the streams of all followers."""
        for follower in self.followers:
            follower.put(fault)

    @property
    def crowded(self) -> bool:
        """Whether the first client, whose message this is, has many frames to take."""
        return bool(self.followers) and self.followers[0].crowded

    async def ready(self) -> None:
        """Wait until the first client, whose message this is, has room for more frames."""
        if self.followers:
            await self.followers[0].ready()

    def finish(self, last: object) -> None:
        """End the streams of all followers."""
        for follower in self.followers:
            follower.put(last)

    def snapshot(self) -> dict[str, JSON]:
        """Return the run as a session shows it, and as the first frame of a resumed stream has it."""
        return {
            "run_id": self.id,
            "session_id": self.session_id,
            "llm_checkpoint_id": self.checkpoint,
            "status": "running",
            "revision": self.revision,
            "content": self.content.as_json(),
        }

    @property
    def snapshot_frame(self) -> Message:
        """The first frame of a resumed stream; made once for all that resume it between two other frames."""
        if self._resumed is None or self._resumed[0] != self.revision:
            self._resumed = self.revision, sse.frame({"type": "run_snapshot", "data": self.snapshot()})
        return self._resumed[1]


class Runs:
    """The runs of one world that have begun and not ended."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def add(self, run: Run) -> None:
        """Add a run."""
        self._runs[run.id] = run

    def remove(self, run: Run) -> None:
        """Remove a run that has ended."""
        self._runs.pop(run.id, None)

    def find(self, run_id: str, creator: str) -> Run | None:
        """Return the run of that user that has started and not ended."""
        run = self._runs.get(run_id)
        return run if run is not None and run.creator == creator and run.started else None

    def of(self, session_id: str) -> list[Run]:
        """Return the runs of a session that have started, oldest first."""
        return [run for run in self._runs.values() if run.session_id == session_id and run.started]

    def open(self, *session_ids: str) -> list[Run]:
        """Return all runs of sessions, also those that wait."""
        names = set(session_ids)
        return [run for run in self._runs.values() if run.session_id in names]

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return sum(run.size for run in self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)
