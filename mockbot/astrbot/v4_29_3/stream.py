"""Streams of runs: the response to a chat, and the resumed stream of a run (BEHAVIOUR.md sections 8 and 11.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.types import Message, Receive, Scope, Send

from mockbot import sse
from mockbot.astrbot.v4_29_3.pipeline import Chat, converse
from mockbot.astrbot.v4_29_3.run import Follower, Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.fault.fault import Fault, due
from mockbot.jsontext import JSON
from mockbot.script.turn import Frame, Verbatim
from mockbot.world.call import Call

HEARTBEAT = b": heartbeat\n\n"
SILENCE = 1.0
"""Seconds without a frame after which a comment is sent (section 11.4)."""
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
        for frame in first:
            self._follower.put(frame)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        watch = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _headers(scope)})
            if await self._relay(send) and not self._follower.gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watch.cancel()
            self._run.unfollow(self._follower)

    async def _relay(self, send: Send) -> bool:
        """Send the frames of the run; return False if the stream stops before its end."""
        while not self._follower.gone:
            item = await self._next(send)
            match item:
                case Frame(data):
                    await self._chunk(send, sse.frame(data))
                case Verbatim(data):
                    await self._chunk(send, sse.piece(_verbatim(data)))
                case Follower.OVER:
                    return True
                case Follower.CUT:
                    return False
                case _:
                    assert isinstance(item, Fault)
                    await send(due(item))
                    continue
            if self._world.pace:
                await self._world.clock.sleep(self._world.pace)
        return False

    async def _next(self, send: Send) -> object:
        """Return the next frame; send a comment for every second without one, but none if the clock stands still."""
        if self._world.clock.kind == "frozen" or self._follower.waiting:
            return await self._follower.take()
        taking = asyncio.ensure_future(self._follower.take())
        try:
            while not (await asyncio.wait({taking}, timeout=SILENCE))[0]:
                await self._chunk(send, sse.piece(HEARTBEAT))
            return taking.result()
        finally:
            taking.cancel()

    async def _chunk(self, send: Send, message: Message) -> None:
        if not self._follower.gone:
            await send(message)
            if self._call.transaction.why_cut is not None:
                self._follower.leave()

    async def _watch(self, receive: Receive) -> None:
        """Wait until the client disconnects."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._follower.leave()


class ChatStream(RunStream):
    """The response to a chat message, which begins the run."""

    def __init__(self, call: Call, chat: Chat, run: Run, first: Iterable[Frame]) -> None:
        super().__init__(call, run, first)
        self._chat = chat
        state_of(call.world).runs.add(run)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the run and send its stream."""
        self._run.task = asyncio.create_task(converse(self._call, self._chat, self._run))
        self._world.live.spawn(self._run.task)
        await super().__call__(scope, receive, send)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [field for field in HEADERS if field[0] != b"connection" or scope.get("http_version") != "1.0"]


def _verbatim(data: JSON) -> bytes:
    if isinstance(data, str):
        return b"data: " + data.encode("utf-8", "replace") + b"\n\n"
    return sse.data_frame(data)
