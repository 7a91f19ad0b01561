"""The response to a chat: a stream of frames, one HTTP chunk each, at AstrBot's pace (BEHAVIOUR.md 8.3 to 8.6)."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.types import Message, Receive, Scope, Send

from mockbot import sse
from mockbot.astrbot.v4_19_4.pipeline import Chat, converse
from mockbot.astrbot.v4_19_4.transcript import Transcript
from mockbot.fault.fault import due
from mockbot.jsontext import JSON
from mockbot.script.turn import Cue, Frame, Verbatim
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.live import ASKED, COPIES, OpenStream
from mockbot.world.waiting import Leaving

UNPACED = ("session_id", "agent_stats", "message_saved")
"""Frames without a pause after them (section 8.4)."""

BURST = 64
"""The number of frames, sent without pauses, after which other tasks run."""
LARGE = 64 * 1024
"""Bytes of a frame after which other tasks run, too."""


class ChatStream:
    """An ASGI application that starts the chat's pipeline and sends its frames."""

    def __init__(self, call: Call, chat: Chat) -> None:
        self._call, self._chat, self._world = call, chat, call.world
        self._pace = call.world.pace
        self._transcript = Transcript()
        self._disconnected = False
        self._nothing_relayed = True
        self._sent_large = len(call.body) > LARGE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; the pipeline continues if the client disconnects (section 8.6)."""
        stream = self._world.live.open(self._chat.conversation, self._chat.message_id)
        asked = stream.held = ASKED * len(self._call.transaction.body)
        try:
            with Leaving(receive, partial(self._leave, stream)):
                await send({"type": "http.response.start", "status": 200, "headers": _headers(scope)})
                if not self._chat.verbatim:
                    await self._send(send, {"type": "session_id", "data": None, "session_id": self._chat.session_id})
                rest = converse(self._call, self._chat, stream)
                if rest is not None:
                    stream.task = asyncio.create_task(rest)
                    self._world.live.spawn(stream.task)
                    await asyncio.sleep(0)  # for a clock that stands still, the pipeline waits before the stream does
                complete = await self._relay(stream, asked, send)
                if complete and not self._disconnected:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._world.live.remove(stream)

    async def _relay(self, stream: OpenStream, asked: int, send: Send) -> bool:
        """Send the frames of the pipeline; return False if the stream stops before its end."""
        sent, frames = 0, stream.frames
        while (item := frames.take() if frames else await frames.next()) is not None:
            if item is stream.STOP:
                return False
            self._nothing_relayed = False
            if (sent := sent + 1) % BURST == 0 or self._sent_large:
                self._sent_large = False
                if self._disconnected:
                    self._world.live.trim()
                await asyncio.sleep(0)
            if isinstance(item, Frame):
                await self._send(send, item.data)
            elif isinstance(item, Verbatim):
                await self._chunk(send, sse.piece(_verbatim(item)))
                await self._pause()
            elif isinstance(item, Cue):
                await self._cue(send, item)
            stream.held = asked + COPIES * self._transcript.size
        if not self._chat.verbatim:
            await self._send(send, {"type": "end", "data": "", "streaming": False, "message_id": self._chat.message_id})
        return True

    async def _send(self, send: Send, frame: dict[str, JSON]) -> None:
        """Send a frame, pause, and store the message if the frame completes one."""
        if not self._disconnected:
            message = sse.frame(frame)
            self._sent_large |= len(message["body"]) > LARGE
            await send(message)
            if self._call.transaction.why_cut is not None:
                self._disconnected = True
        kind = frame["type"]
        if self._pace and kind not in UNPACED:
            await self._pause()
        parts = None if kind == "session_id" else self._transcript.add(frame)
        if parts is not None:
            row = self._world.history.add(self._chat.conversation, "bot", parts)
            saved: JSON = {"id": row.id, "created_at": stamp(row.created_at)}
            await self._chunk(send, sse.frame({"type": "message_saved", "data": saved}))

    async def _chunk(self, send: Send, message: Message) -> None:
        if not self._disconnected:
            self._sent_large |= len(message["body"]) > LARGE
            await send(message)
            self._disconnected = self._call.transaction.why_cut is not None or self._disconnected

    async def _cue(self, send: Send, cue: Cue) -> None:
        if not self._disconnected:
            await send(due(cue.fault))

    async def _pause(self) -> None:
        if self._pace and not self._disconnected:
            await self._world.clock.sleep(self._pace)

    def _leave(self, stream: OpenStream) -> None:
        """Note that the client has left; a stream without frames of the pipeline, or without end, then stops."""
        self._disconnected = True
        if self._nothing_relayed or self._chat.endless:
            stream.stop()
        else:
            self._world.live.leave(stream)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    return headers if scope.get("http_version") == "1.0" else [*headers, (b"connection", b"keep-alive")]


def _verbatim(item: Verbatim) -> bytes:
    if isinstance(item.data, str):
        return b"data: " + item.data.encode("utf-8", "replace") + b"\n\n"
    return sse.data_frame(item.data)
