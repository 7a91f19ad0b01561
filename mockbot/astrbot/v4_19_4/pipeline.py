"""What happens to a chat message inside AstrBot: limits, commands, the agent's run (BEHAVIOUR.md 8.2 to 8.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from mockbot.astrbot.installation import Config
from mockbot.astrbot.message import Media, Part, Reply
from mockbot.astrbot.prompt import prompt, quoted
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_19_4.agent import play
from mockbot.dataclass import dataclass
from mockbot.journal.recorder import log_failure
from mockbot.jsontext import JSON
from mockbot.matching import bare
from mockbot.script.chosen import Chosen
from mockbot.script.model import Fail, Frames, Round, Run, Say, Script
from mockbot.script.turn import Cue, Frame, Played, Turn, Verbatim, Wait
from mockbot.script.when import ChatRequest
from mockbot.world.active import ActiveRun, FollowUp
from mockbot.world.call import Call
from mockbot.world.live import OpenStream
from mockbot.world.records import Session
from mockbot.world.world import World

CLEARING = ("reset", "new")
"""The commands of AstrBot that clear the model's context (section 15)."""

FRAMES = (Frame, Cue, Verbatim)
"""The steps that are put into the stream; the others are waited for."""

Step: TypeAlias = Played | FollowUp | asyncio.Future[None]

WHY_FAILED = "mockbot failed in the middle of the stream; its log has the traceback"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat message that passed the checks of `POST /api/v1/chat`."""

    request: ChatRequest
    session: Session
    session_id: JSON
    """As sent, of any type and not trimmed; a new UUID if the request has none."""
    message_id: str
    parts: tuple[Part, ...]
    config: Config
    model: JSON
    chosen: Chosen | None
    """The script that is played; None if nothing is sent."""
    endless: bool = False
    """Whether AstrBot fails to convert the message: the stream then stays open without frames (section 15)."""

    @property
    def conversation(self) -> str:
        """Return the conversation of stored and pushed messages."""
        return str(self.session_id)

    @property
    def verbatim(self) -> bool:
        """Return whether a script's frames replace the whole stream."""
        return self.chosen is not None and isinstance(self.chosen.script.action, Frames)


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
        self._steps = _steps(call.world, chat)
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

    def _fail(self, error: Exception) -> None:
        entry = self._call.entry
        why = log_failure(entry, error, WHY_FAILED)
        if entry.ended == "open":
            entry.ended = "defect"
            entry.why = why
        self._stream.add(OpenStream.STOP)

    async def _wait(self) -> None:
        match self._waits:
            case Wait(seconds):
                await self._call.world.clock.sleep(seconds)
            case FollowUp() as message:
                await message.resolved.wait()
            case asyncio.Future() as turn:
                await turn
            case frame:
                await self._stream.put(frame)


def _steps(world: World, chat: Chat) -> Generator[Step]:
    """Yield the frames of a message, and what has to be waited for."""
    wait = state_of(world).rates.wait(chat.request.umo, chat.config.rate_limit, world.clock.now())
    if wait is None:
        return
    if wait:
        yield Wait(wait)
    if chat.chosen is None:
        return
    if chat.chosen.script.is_command or chat.verbatim:
        yield from _play(world, chat, chat.chosen.script, chat.session.model_calls)
        if _command_of(chat) in CLEARING:
            chat.session.model_calls = 0
        return
    running = world.live.runs.get(chat.request.umo)
    if running is not None and chat.request.message:
        message = running.follow_up(chat.request.message)
        yield message
        if message.consumed:
            return
    with world.live.in_line(chat.request.umo) as turn:
        if turn is not None:
            yield turn
        with world.live.active(chat.request.umo) as run:
            yield from _run(world, chat, chat.chosen.script, run)


def _run(world: World, chat: Chat, script: Script, run: ActiveRun) -> Iterator[Step]:
    if (path := _missing_image(world, chat)) is not None:
        yield _missing_file(chat, path)
        return
    _title(world, chat)
    script = _runnable(world, chat, script)
    yield from _play(world, chat, script, chat.session.model_calls + 1, run.take)
    if is_remembered(script):
        chat.session.model_calls += 1


def _play(
    world: World, chat: Chat, script: Script, model_calls: int, follow_ups: Callable[[], Sequence[str]] = tuple
) -> Iterator[Played]:
    assert chat.chosen is not None
    turn = Turn(
        request=chat.request,
        message_id=chat.message_id,
        now=world.clock.now,
        uuid=world.ids.uuid,
        reasoning=chat.config.reasoning,
        usage=state_of(world).usage,
        follow_ups=follow_ups,
        number=chat.chosen.number,
        groups=chat.chosen.groups,
        prompt=prompt(world, chat.request, chat.parts, model_calls) if chat.chosen.asks else None,
    )
    return play(script, turn)


def _runnable(world: World, chat: Chat, script: Script) -> Script:
    """Return the script, or a failing one if the model call is impossible (section 8.2)."""
    provider = state_of(world).provider(chat.request.provider)
    if provider is not None and provider.down:
        return _failing(script, Fail("Connection error.", error="APIConnectionError"))
    if chat.model and not isinstance(chat.model, str):
        kind = type(chat.model).__name__
        return _failing(script, Fail(f"{kind!r} object has no attribute 'lower'", error="AttributeError"))
    quotes = (quoted(world, part) for part in chat.parts if isinstance(part, Reply))
    if why := unencodable("".join((chat.request.message, *quotes, chat.request.model))):
        return _failing(script, Fail(why, error="UnicodeEncodeError"))
    return script


def unencodable(text: str) -> str | None:
    """Return Python's message if a text has a lone surrogate, else None."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return str(error)
    return None


def is_remembered(script: Script) -> bool:
    """Return whether AstrBot adds a run to the model's context: it neither fails nor is empty (section 15)."""
    if not isinstance(script.action, Run):
        return False
    steps = [step for round_ in script.action.rounds for step in round_.steps]
    if any(isinstance(step, Fail) for step in steps):
        return False
    texts = [step.text for step in steps if isinstance(step, Say)]
    said = any(text.strip() for each in texts for text in ((each,) if isinstance(each, str) else each))
    return said or any(round_.calls for round_ in script.action.rounds)


def _command_of(chat: Chat) -> str:
    return next(iter(bare(chat.request.message).split(maxsplit=1)), "")


def _failing(script: Script, failure: Fail) -> Script:
    return replace(script, action=Run((Round((failure,)),)))


def _title(world: World, chat: Chat) -> None:
    """Let the model give an untitled session a title, unless the message has no text (section 6)."""
    if chat.session.display_name is None and chat.request.message and not unencodable(chat.request.message):
        title = world.scripts.title(chat.request)
        if title is not None:
            world.sessions.title(chat.session, title)


def _missing_image(world: World, chat: Chat) -> str | None:
    """Return the path of an image whose file is missing, which keeps the agent from starting (section 8.5)."""
    media = (part.attachment for part in chat.parts if isinstance(part, Media))
    missing = (record for record in media if record.type == "image" and world.attachments.content(record) is None)
    return next((record.path for record in missing), None)


def _missing_file(chat: Chat, path: str) -> Frame:
    text = f"Error occurred while processing agent request: [Errno 2] No such file or directory: {path!r}"
    data: dict[str, JSON] = {"type": "plain", "data": text, "streaming": False, "chain_type": None}
    return Frame({**data, "message_id": chat.message_id})
