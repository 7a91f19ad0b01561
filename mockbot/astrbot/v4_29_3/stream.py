"""Streams of runs: the response to a chat, and the resumed stream of a run (BEHAVIOUR.md sections 8 and 11.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Iterator
from functools import partial

from starlette.types import Message, Scope

from mockbot import sse
from mockbot.astrbot.v4_29_3.conversing import Conversing
from mockbot.astrbot.v4_29_3.pipeline import Chat
from mockbot.astrbot.v4_29_3.run import Follower, Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.fault.fault import BODY, START, Fault, due
from mockbot.world.call import Call
from mockbot.world.live import ASKED
from mockbot.world.stream import LONG, PACED, Step, Stream, others

HEARTBEAT = b": heartbeat\n\n"
SILENCE = 1.0
"""Seconds without a frame after which a comment is sent (section 11.4)."""
BURST = 64
"""The number of frames, sent without pauses to all followers of a run together, after which other tasks run."""
MANY = 20
"""Followers of a run; the streams of more take their steps in turns."""
LARGE = 64 * 1024
"""Bytes of a frame after which other tasks run, too."""
HEADERS = (
    (b"cache-control", b"no-cache"),
    (b"connection", b"keep-alive"),
    (b"content-type", b"text/event-stream; charset=utf-8"),
)


class RunStream(Stream):
    """The stream of a run to one client; the run goes on when the client leaves."""

    def __init__(self, call: Call, run: Run, first: Iterable[Message]) -> None:
        self._call, self._world, self._run = call, call.world, run
        self._follower = run.follow()
        self.is_long = len(run.followers) > MANY
        call.world.live.forget(run)
        self._sent_large = len(call.body) > LARGE
        self._follower.put(*first)

    def steps(self, scope: Scope) -> Generator[Step]:
        """Yield the frames of the run."""
        self._world.live.clients.add(self)
        try:
            yield from self._beginning()
            yield {"type": START, "status": 200, "headers": _headers(scope)}
            yield from self._relay()
        finally:
            self._world.live.clients.discard(self)
            self._world.live.waiting.discard(self)
            self._run.unfollow(self._follower)
            if self._run.is_left:
                self._world.live.leave(self._run)

    def leave(self) -> None:
        """Note that the client has left."""
        self._follower.leave()
        self._world.live.waiting.discard(self)

    def _beginning(self) -> Iterator[Step]:
        """Yield what is to be done before the head of the response is sent."""
        return iter(())

    def _relay(self) -> Generator[Step]:
        """Yield the frames of the run, and the end of the stream unless it stops before."""
        run, sent, follower, frames, pace = self._run, 0, self._follower, self._follower.frames, self._world.pace
        while not follower.gone:
            if not frames:
                yield from self._silence()
            if (sent := sent + 1) >= BURST // max(len(run.followers), 1) or self._sent_large:
                sent, self._sent_large = 0, False
                yield others
            item = frames.take()
            if type(item) is dict:
                self._sent_large |= len(item["body"]) > LARGE
                yield item
                if pace:
                    yield partial(follower.pause.begin, self._world.clock, pace)
            elif isinstance(item, Fault):
                yield due(item)
            elif item is Follower.CUT:
                return
            else:
                assert item is Follower.OVER
                break
        if not follower.gone:
            yield {"type": BODY, "body": b"", "more_body": False}

    def _silence(self) -> Iterator[Step]:
        """Wait for the next frame; send a comment for every second without one, but none if the clock stands still."""
        frames = self._follower.frames
        while not frames:
            yield partial(frames.filled, None if self._world.clock.kind == "frozen" else SILENCE)
            if not frames and not self._follower.gone:
                yield sse.piece(HEARTBEAT)


class ChatStream(RunStream):
    """The response to a chat message, which begins the run."""

    def __init__(self, call: Call, chat: Chat, run: Run, first: Iterable[Message]) -> None:
        super().__init__(call, run, first)
        self._chat, self.is_long = chat, chat.longest > (PACED if call.world.pace else LONG)
        run.asked = ASKED * len(call.transaction.body)
        state_of(call.world).runs.add(run)

    def _beginning(self) -> Iterator[Step]:
        """Begin the run."""
        conversing = Conversing(self._call, self._chat, self._run, self.turns)
        if conversing.goes_on():
            yield partial(self._go_on, conversing)
        else:
            self._world.live.waiting.add(self)

    async def _go_on(self, conversing: Conversing) -> None:
        task = self._run.task = asyncio.create_task(conversing.rest())
        task.add_done_callback(lambda _: self._end(conversing))
        self._world.live.spawn(task)

    def _end(self, conversing: Conversing) -> None:
        """Note that the run is over."""
        conversing.end()
        live = self._world.live
        if self in live.clients and not self._follower.gone:
            live.waiting.add(self)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [field for field in HEADERS if field[0] != b"connection" or scope.get("http_version") != "1.0"]
