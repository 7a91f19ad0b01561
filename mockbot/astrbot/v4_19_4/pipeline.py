"""What happens to a chat message inside AstrBot: limits, commands, the agent's run (BEHAVIOUR.md 8.2 to 8.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from mockbot.astrbot.installation import Config
from mockbot.astrbot.message import Media, Part, Reply
from mockbot.astrbot.prompt import Quotes, prompt
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_19_4.agent import play
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.matching import bare
from mockbot.script.chosen import Chosen
from mockbot.script.model import Fail, Frames, Round, Run, Say, Script
from mockbot.script.turn import Frame, Played, Turn, Wait
from mockbot.script.when import ChatRequest
from mockbot.world.active import ActiveRun, FollowUp
from mockbot.world.records import Session
from mockbot.world.world import World

CLEARING = ("reset", "new")
"""The commands of AstrBot that clear the model's context (section 15)."""

Step: TypeAlias = Played | FollowUp | asyncio.Future[None]


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
    def longest(self) -> int:
        """Return about how many characters its stream has at most."""
        message = len(self.request.message)
        return message if self.chosen is None else max(message, self.chosen.script.longest(message))

    @property
    def verbatim(self) -> bool:
        """Return whether a script's frames replace the whole stream."""
        return self.chosen is not None and isinstance(self.chosen.script.action, Frames)


def steps(world: World, chat: Chat) -> Generator[Step]:
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
    quotes = map(Quotes(world), (part for part in chat.parts if isinstance(part, Reply)))
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
