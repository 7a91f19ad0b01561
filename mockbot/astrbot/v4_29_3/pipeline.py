"""What happens to a chat message inside AstrBot: limits, commands, the agent's run (BEHAVIOUR.md 11.4 to 11.9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from io import StringIO
from typing import Literal, TypeAlias

from mockbot.astrbot.choice import ECHO
from mockbot.astrbot.installation import Config
from mockbot.astrbot.message import Part
from mockbot.astrbot.model_call import Deltas
from mockbot.astrbot.v4_29_3.agent import Media, Pushed, Sent, play
from mockbot.astrbot.v4_29_3.failures import NO_PROVIDER, UNKNOWN_PROVIDER
from mockbot.astrbot.v4_29_3.output import Output
from mockbot.astrbot.v4_29_3.prompt import prompt
from mockbot.astrbot.v4_29_3.run import Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script import model
from mockbot.script.chosen import Chosen
from mockbot.script.model import Fail, Frames, Round, Script
from mockbot.script.turn import Cue, Frame, Turn, Verbatim, Wait
from mockbot.script.when import ChatRequest
from mockbot.world.active import ActiveRun, FollowUp
from mockbot.world.records import Session
from mockbot.world.world import World

LAST_WORDS = "Please answer the user now, with what is known, and call no tools."
"""Stands for the words of AstrBot's last request to a model that has said nothing (section 11.7)."""
YIELD = 64
"""Frames after which other tasks run."""
Step: TypeAlias = Wait | FollowUp | asyncio.Future[None] | Literal["others"]
"""What a run waits for: some time, another run, its turn, or that other tasks run and its client has taken frames."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat message that passed the checks of `POST /api/v1/chat`."""

    request: ChatRequest
    session: Session
    parts: tuple[Part, ...]
    config: Config
    model: JSON
    chosen: Chosen | None
    """The script that is played; None if nothing is sent."""
    reasoning: bool
    """Whether the model's reasoning is shown."""

    @property
    def longest(self) -> int:
        """Return about how many characters its stream has at most."""
        message = len(self.request.message)
        return message if self.chosen is None else max(message, self.chosen.script.longest(message))

    @property
    def verbatim(self) -> bool:
        """Return whether a script's frames replace the whole stream."""
        return self.chosen is not None and isinstance(self.chosen.script.action, Frames)


class Stopped(Exception):
    """The run is asked to stop."""


class Conversation:
    """One message being answered; it yields what has to be waited for."""

    def __init__(self, world: World, chat: Chat, run: Run) -> None:
        self._world, self._chat, self._run = world, chat, run
        self._out = Output(world, run)
        self._completed = False

    def answer(self) -> Generator[Step]:
        """Answer the message; a run that is asked to stop ends early."""
        chat, world = self._chat, self._world
        wait = state_of(world).rates.wait(chat.request.umo, chat.config.rate_limit, world.clock.now())
        if wait:
            yield Wait(wait)
        if wait is None or chat.chosen is None:
            self._out.end()
        elif chat.verbatim or chat.chosen.script.is_command:
            yield from self._play(chat.chosen.script)
            if not chat.verbatim:
                self._out.end()
        elif (captured_by := (yield from self._captured())) is not None:
            self._out.captured(captured_by)
            self._out.end()
        else:
            yield from self._as_run(chat.chosen.script)

    def _captured(self) -> Generator[Step, None, str | None]:
        """Wait for a run of the session that is in progress; return its id if a tool result took the message."""
        running = self._world.live.runs.get(self._chat.request.umo)
        if running is None or not self._chat.request.message:
            return None
        message = running.follow_up(self._chat.request.message)
        yield message
        return running.id if message.consumed else None

    def _as_run(self, script: Script) -> Generator[Step]:
        live, umo = self._world.live, self._chat.request.umo
        with live.in_line(umo) as turn:
            if turn is not None:
                yield turn
            with live.active(umo, self._run.id) as active:
                yield from self._active(script, active)

    def _active(self, script: Script, active: ActiveRun) -> Generator[Step]:
        world, chat, run = self._world, self._chat, self._run
        self._out.started()
        if (wrong := self._without_model()) is not None:
            self._out.plain(wrong)
            self._out.end()
            return
        self._title()
        chat.session.model_calls += 1
        unsaved = False
        try:
            yield from self._play(_runnable(world, chat, script), active.take)
            unsaved = run.content.open
        except Stopped:
            if chat.request.streaming and not self._completed:
                self._out.complete(self._text.getvalue(), self._reasoning.getvalue())
        self._out.end()
        if unsaved:  # the last tool has returned nothing (section 11.5)
            self._out.save()

    def _play(self, script: Script, follow_ups: Callable[[], Sequence[str]] = tuple) -> Generator[Step]:
        assert self._chat.chosen is not None
        self._text, self._reasoning = StringIO(), StringIO()
        run, played = self._run, 0
        for item in play(script, self._turn(follow_ups), self._last_run):
            if run.stopping.is_set():
                raise Stopped
            if isinstance(item, Wait):
                yield item
                if run.stopping.is_set():
                    raise Stopped
                continue
            self._one(item)
            played += len(item.texts) if isinstance(item, Deltas) else 1
            if run.crowded or played >= YIELD:
                played = 0
                yield "others"

    def _one(self, item: Sent) -> None:
        match item:
            case Deltas():
                self._text.write(item.whole)
                self._out.deltas(item)
            case Frame(data):
                self._count(data)
                self._out.frame(item)
            case Cue(fault):
                self._run.cue(fault)
            case Verbatim(data):
                self._out.verbatim(data)
            case Media(part):
                self._out.media(part)
            case Pushed(parts):
                self._out.push(parts, self._turn().values())

    def _count(self, frame: dict[str, JSON]) -> None:
        """Keep what was streamed, for a run that is stopped."""
        self._completed |= frame["type"] == "complete"
        if frame["type"] == "plain" and frame["streaming"]:
            if frame["chain_type"] == "reasoning":
                self._reasoning.write(str(frame["data"]))
            else:
                self._text.write(str(frame["data"]))

    def _turn(self, follow_ups: Callable[[], Sequence[str]] = tuple) -> Turn:
        world, chat = self._world, self._chat
        assert chat.chosen is not None
        return Turn(
            request=chat.request,
            message_id=self._run.id,
            now=world.clock.now,
            uuid=world.ids.uuid,
            reasoning=chat.reasoning,
            usage=state_of(world).usage,
            follow_ups=follow_ups,
            number=chat.chosen.number,
            groups=chat.chosen.groups,
            prompt=prompt(world, chat.request, chat.parts, chat.session.model_calls) if chat.chosen.asks else None,
        )

    def _last_run(self) -> model.Run:
        """Return what the model says to AstrBot's own last words."""
        chosen = self._world.scripts.choose(replace(self._chat.request, message=LAST_WORDS)) or ECHO
        action = chosen.script.action
        return action if isinstance(action, model.Run) else model.Run()

    def _without_model(self) -> str | None:
        """Return the error text if there is no model for the message (section 11.7)."""
        state, wanted = state_of(self._world), self._chat.request.provider
        if state.provider(wanted) is not None:
            return None
        return UNKNOWN_PROVIDER.format(id=wanted) if wanted else NO_PROVIDER

    def _title(self) -> None:
        """Let the model give an untitled session a title, unless the message has no text (section 6.1)."""
        session, request = self._chat.session, self._chat.request
        if session.display_name is None and request.message:
            title = self._world.scripts.title(request)
            if title is not None:
                self._world.sessions.title(session, title)


def _runnable(world: World, chat: Chat, script: Script) -> Script:
    """Return the script, or a failing one if the model call is impossible (section 11.7)."""
    provider = state_of(world).provider(chat.request.provider)
    if provider is not None and provider.down:
        return _failing(script, Fail("Connection error.", error="APIConnectionError"))
    if chat.model and not isinstance(chat.model, str):
        message = f"{type(chat.model).__name__!r} object has no attribute 'lower'"
        return _failing(script, Fail(message, error="AttributeError"))
    return script


def _failing(script: Script, failure: Fail) -> Script:
    return replace(script, action=model.Run((Round((failure,)),)))
