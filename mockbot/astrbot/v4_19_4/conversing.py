"""Takes the steps of a message one after the other: puts frames into its stream, and waits in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from mockbot.astrbot.v4_19_4.pipeline import Chat, Step, steps
from mockbot.journal.recorder import fail_stream
from mockbot.script.turn import Cue, Frame, Verbatim, Wait
from mockbot.world.active import FollowUp
from mockbot.world.call import Call
from mockbot.world.live import OpenStream

FRAMES = (Frame, Cue, Verbatim)
"""The steps that are put into the stream; the others are waited for."""


def converse(call: Call, chat: Chat, stream: OpenStream) -> Callable[[], Coroutine[None, None, None]] | None:
    """Put the frames between session_id and end into `stream`, then None, or STOP if mockbot fails.

    Do it as far as nothing has to be waited for, and return what does the rest; None if there is no rest.
    """
    if chat.endless:
        return None
    conversing = _Conversing(call, chat, stream)
    return conversing.rest if conversing.goes_on() else None


class _Conversing:
    """The steps of one message, taken one after the other."""

    def __init__(self, call: Call, chat: Chat, stream: OpenStream) -> None:
        self._call, self._stream = call, stream
        self._steps = steps(call.world, chat)
        self._waits: Step | None = None
        """The step that has to wait."""

    def goes_on(self) -> bool:
        """Take the next steps, up to one that has to wait; return whether there is one."""
        stream = self._stream
        try:
            for step in self._steps:
                if not (isinstance(step, FRAMES) and stream.offer(step)):
                    self._waits = step
                    return True
        except Exception as error:
            self._fail(error)
        else:
            stream.add(None)
        return False

    async def rest(self) -> None:
        """Take the other steps."""
        goes_on = True
        try:
            while goes_on:
                await self._wait()
                goes_on = self.goes_on()
        except Exception as error:
            self._fail(error)
        finally:
            self._steps.close()  # also if the world is closed
            self._call.world.live.forget(self._stream)
            self._stream.task = None  # which keeps the error that has cancelled it, and with that this frame

    def _fail(self, error: Exception) -> None:
        fail_stream(self._call.entry, error)
        self._stream.add(OpenStream.STOP)

    async def _wait(self) -> None:
        if self._stream.closed:
            self._call.world.live.trim()
        match self._waits:
            case Wait(seconds):
                await self._call.world.clock.sleep(seconds)
            case FollowUp() as message:
                await message.resolved.wait()
            case asyncio.Future() as turn:
                await turn
            case frame:
                await self._stream.put(frame)
