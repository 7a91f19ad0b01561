"""Streams of runs: the response to a chat, and the resumed stream of a run (BEHAVIOUR.md sections 8 and 11.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.types import Message, Receive, Scope, Send

from mockbot import sse
from mockbot.astrbot.v4_29_3.pipeline import Chat, Conversing
from mockbot.astrbot.v4_29_3.run import Follower, Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.fault.fault import Fault, due
from mockbot.jsontext import JSON
from mockbot.script.turn import Frame, Verbatim
from mockbot.world.call import Call
from mockbot.world.live import ASKED
from mockbot.world.waiting import Leaving

HEARTBEAT = b": heartbeat\n\n"
SILENCE = 1.0
"""Seconds without a frame after which a comment is sent (section 11.4)."""
BURST = 64
"""The number of frames, sent without pauses, after which other tasks run."""
LARGE = 64 * 1024
"""Bytes of a frame after which other tasks run, too."""
HEADERS = (
    (b"cache-control", b"no-cache"),
    (b"connection", b"keep-alive"),
    (b"content-type", b"text/event-stream; charset=utf-8"),
)


class RunStream:
    """An ASGI application that sends the frames of a run to one client; the run goes on when the client leaves."""

    def __init__(self, call: Call, run: Run, first: Iterable[Frame]) -> None:
        self._call, self._world, self._run = call, call.world, run
        self._follower = run.follow()
        call.world.live.forget(run)
        self._sent_large = len(call.body) > LARGE
        for frame in first:
            self._follower.put(frame)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        try:
            with Leaving(receive, self._follower.leave):
                await send({"type": "http.response.start", "status": 200, "headers": _headers(scope)})
                if await self._relay(send) and not self._follower.gone:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._run.unfollow(self._follower)
            if self._run.is_left:
                self._world.live.leave(self._run)

    async def _relay(self, send: Send) -> bool:
        """Send the frames of the run; return False if the stream stops before its end."""
        sent, frames = 0, self._follower.frames
        while not self._follower.gone:
            item = frames.take() if frames else await self._next(send)
            if (sent := sent + 1) % BURST == 0 or self._sent_large:
                self._sent_large = False
                await asyncio.sleep(0)
            if isinstance(item, Frame):
                await self._chunk(send, sse.frame(item.data))
            elif isinstance(item, Verbatim):
                await self._chunk(send, sse.piece(_verbatim(item.data)))
            elif item is Follower.OVER:
                return True
            elif item is Follower.CUT:
                return False
            else:
                assert isinstance(item, Fault)
                await send(due(item))
                continue
            if self._world.pace:
                await self._world.clock.sleep(self._world.pace)
        return False

    async def _next(self, send: Send) -> object:
        """Wait for the next frame; send a comment for every second without one, but none if the clock stands still."""
        silence = None if self._world.clock.kind == "frozen" else SILENCE
        while not await self._follower.frames.filled(silence):
            await self._chunk(send, sse.piece(HEARTBEAT))
        return self._follower.frames.take()

    async def _chunk(self, send: Send, message: Message) -> None:
        if not self._follower.gone:
            self._sent_large |= len(message["body"]) > LARGE
            await send(message)
            if self._call.transaction.why_cut is not None:
                self._follower.leave()


class ChatStream(RunStream):
    """The response to a chat message, which begins the run."""

    def __init__(self, call: Call, chat: Chat, run: Run, first: Iterable[Frame]) -> None:
        super().__init__(call, run, first)
        self._chat = chat
        run.asked = ASKED * len(call.transaction.body)
        state_of(call.world).runs.add(run)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the run and send its stream."""
        conversing = Conversing(self._call, self._chat, self._run)
        if conversing.goes_on():
            task = self._run.task = asyncio.create_task(conversing.rest())
            task.add_done_callback(lambda _: conversing.end())
            self._world.live.spawn(task)
        await super().__call__(scope, receive, send)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [field for field in HEADERS if field[0] != b"connection" or scope.get("http_version") != "1.0"]


def _verbatim(data: JSON) -> bytes:
    if isinstance(data, str):
        return b"data: " + data.encode("utf-8", "replace") + b"\n\n"
    return sse.data_frame(data)
