"""Answers a message step by step, and waits in between: for time, for other runs, and for its client."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

from mockbot.astrbot.v4_29_3.pipeline import Chat, Conversation, Step
from mockbot.astrbot.v4_29_3.run import Follower, Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.journal.recorder import fail_stream
from mockbot.script.turn import Wait
from mockbot.turns import Turns
from mockbot.world.active import FollowUp
from mockbot.world.call import Call


class Conversing:
    """Answers a message to its end, and then ends the streams that follow the run."""

    def __init__(self, call: Call, chat: Chat, run: Run, turns: Turns | None = None) -> None:
        """Take the `turns` in which the answer is made, if it is a long one."""
        self._call, self._run, self._turns = call, run, turns
        self._steps = Conversation(call.world, chat, run).answer()
        self._waits: Step | None = None
        """What has to be waited for."""
        self._ended = False

    def goes_on(self) -> bool:
        """Answer as far as nothing has to be waited for; return whether there is more."""
        try:
            self._waits = next(self._steps, None)
        except Exception as error:
            self._fail(error)
            return False
        if self._waits is None:
            self.end()
        return self._waits is not None

    async def rest(self) -> None:
        """Answer the rest."""
        try:
            while self._waits is not None:
                await self._wait(self._waits)
                async with nullcontext() if self._turns is None else self._turns.turn():
                    self.goes_on()
        except Exception as error:
            self._fail(error)

    async def _wait(self, step: Step) -> None:
        if self._run.is_left:
            self._call.world.live.trim()
        match step:
            case Wait(seconds):
                await self._sleep(seconds)
            case FollowUp():
                await step.resolved.wait()
            case asyncio.Future():
                await step
            case _:
                await self._run.ready()
                await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        """Sleep until the time has passed, or the run is asked to stop."""
        sleeping = asyncio.ensure_future(self._call.world.clock.sleep(seconds))
        stopping = asyncio.ensure_future(self._run.stopping.wait())
        try:
            await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()

    def _fail(self, error: Exception) -> None:
        fail_stream(self._call.entry, error)
        self.end(Follower.CUT)

    def end(self, last: object = Follower.OVER) -> None:
        """End the run and its streams, unless they have ended; also when the run is cancelled."""
        if not self._ended:
            self._ended, self._waits = True, None
            self._run.task = None  # which keeps the error that has cancelled it, and with that the frame that has this
            self._steps.close()
            state_of(self._call.world).runs.remove(self._run)
            self._call.world.live.forget(self._run)
            self._run.finish(last)
