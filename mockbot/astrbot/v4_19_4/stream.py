"""The response to a chat: a stream of frames, one HTTP chunk each, at AstrBot's pace (BEHAVIOUR.md 8.3 to 8.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from functools import partial
from typing import Any

from starlette.types import Scope

from mockbot import sse
from mockbot.astrbot.v4_19_4.conversing import converse
from mockbot.astrbot.v4_19_4.pipeline import Chat
from mockbot.astrbot.v4_19_4.transcript import Transcript
from mockbot.fault.fault import BODY, START, due
from mockbot.jsontext import JSON
from mockbot.script.turn import Cue, Frame, Verbatim
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.live import ASKED, COPIES, OpenStream
from mockbot.world.stream import LONG, PACED, Step, Stream, others

UNPACED = ("session_id", "agent_stats", "message_saved")
"""Frames without a pause after them (section 8.4)."""

BURST = 64
"""The number of frames, sent without pauses, after which other tasks run."""
WEIGHED = 256 * 1024
"""Bytes that a stream without a client says until all of them are weighed again."""
LARGE = 64 * 1024
"""Bytes of a frame after which other tasks run, too."""


class ChatStream(Stream):
    """The stream of a chat; its pipeline goes on if the client leaves (section 8.6)."""

    def __init__(self, call: Call, chat: Chat) -> None:
        self._call, self._chat, self._world = call, chat, call.world
        self._pace = call.world.pace
        self._transcript = Transcript()
        self._disconnected = False
        self._nothing_relayed = True
        self._sent_large = len(call.body) > LARGE
        self.is_long = chat.longest > (PACED if call.world.pace else LONG)

    def steps(self, scope: Scope) -> Generator[Step]:
        """Start the chat's pipeline and yield its frames."""
        stream = self._stream = self._world.live.open(self._chat.conversation, self._chat.message_id)
        stream.held = self._asked = ASKED * len(self._call.transaction.body)
        try:
            yield {"type": START, "status": 200, "headers": _headers(scope)}
            if not self._chat.verbatim:
                yield from self._send({"type": "session_id", "data": None, "session_id": self._chat.session_id})
            rest = converse(self._call, self._chat, stream)
            if rest is not None:
                yield partial(self._begin, rest)
            yield from self._relay(stream)
        finally:
            self._world.live.remove(stream)
            if stream.task is not None:  # the run goes on without its stream
                self._world.live.leave(stream)

    async def _begin(self, rest: Callable[[], Coroutine[None, None, None]]) -> None:
        task = self._stream.task = asyncio.create_task(rest())
        self._world.live.spawn(task)
        await asyncio.sleep(0)  # for a clock that stands still, the pipeline waits before the stream does

    def _relay(self, stream: OpenStream) -> Generator[Step]:
        """Yield the frames of the pipeline, and the end of the stream unless it stops before."""
        sent, weighed, frames = 0, 0, stream.frames
        while True:
            if not frames:
                yield frames.filled
            item = frames.take()
            if item is None:
                break
            if item is stream.STOP:
                return
            self._nothing_relayed = False
            if (sent := sent + 1) % BURST == 0 or self._sent_large:
                self._sent_large = False
                yield others
            if isinstance(item, Frame):
                yield from self._send(item.data)
            elif isinstance(item, Verbatim):
                yield from self._message(sse.piece(sse.raw_frame(item.data)))
                yield from self._pause()
            elif isinstance(item, Cue) and not self._disconnected:
                yield due(item.fault)
            stream.held = self._asked + COPIES * self._transcript.size
            weighed = min(weighed, stream.held)
            if self._disconnected and stream.held - weighed > WEIGHED:
                weighed = stream.held
                self._world.live.trim()
        if not self._chat.verbatim:
            yield from self._send({"type": "end", "data": "", "streaming": False, "message_id": self._chat.message_id})
        if not self._disconnected:
            yield {"type": BODY, "body": b"", "more_body": False}

    def _send(self, frame: dict[str, JSON]) -> Iterator[Step]:
        """Send a frame, pause, and store the message if the frame completes one."""
        kind = frame["type"]
        if not self._disconnected:
            message = sse.frame(frame)
            self._sent_large |= len(message["body"]) > LARGE
            yield message
            if self._pace and kind not in UNPACED:
                yield from self._pause()
        parts = None if kind == "session_id" else self._transcript.add(frame)
        if parts is not None:
            row = self._world.history.add(self._chat.conversation, "bot", parts)
            saved: JSON = {"id": row.id, "created_at": stamp(row.created_at)}
            yield from self._message(sse.frame({"type": "message_saved", "data": saved}))

    def _message(self, message: dict[str, Any]) -> Iterator[Step]:
        if not self._disconnected:
            self._sent_large |= len(message["body"]) > LARGE
            yield message

    def _pause(self) -> Iterator[Step]:
        if self._pace and not self._disconnected:
            yield partial(self._stream.pause.begin, self._world.clock, self._pace)

    def leave(self) -> None:
        """Note that the client has left; a stream without frames of the pipeline, or without end, then stops."""
        self._disconnected = True
        if self._nothing_relayed or self._chat.endless:
            self._stream.stop()
        else:
            self._world.live.leave(self._stream)


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    return headers if scope.get("http_version") == "1.0" else [*headers, (b"connection", b"keep-alive")]
