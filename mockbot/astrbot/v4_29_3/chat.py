"""POST /api/v1/chat: the checks before the stream, in AstrBot's order (BEHAVIOUR.md sections 11.1 and 11.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from starlette.types import Message

from mockbot import sse
from mockbot.astrbot.choice import Unscripted, choose, wanted_config
from mockbot.astrbot.handler import Failure, Refusal, Result
from mockbot.astrbot.message import EMPTY, MEDIA, Media, Part, Plain, Reply, lenient_parts
from mockbot.astrbot.prompt import plain_text
from mockbot.astrbot.v4_29_3.details import Check, Model, boolean, optional, text
from mockbot.astrbot.v4_29_3.keys import ADMIN, find_key
from mockbot.astrbot.v4_29_3.output import media_part
from mockbot.astrbot.v4_29_3.pipeline import Chat
from mockbot.astrbot.v4_29_3.run import Run
from mockbot.astrbot.v4_29_3.state import state_of
from mockbot.astrbot.v4_29_3.stream import ChatStream
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script.when import ChatRequest
from mockbot.world.call import Call
from mockbot.world.clock import stamp
from mockbot.world.records import Session
from mockbot.world.world import World

FLAGS = ("enable_inline_genui", "enable_default_system_prompt", "enable_streaming", "enable_reasoning")
MODEL = Model(
    {
        "locale": optional(text),
        "session_id": optional(text),
        "conversation_id": optional(text),
        "username": optional(text),
        "config_id": optional(text),
        "config_name": optional(text),
        "platform_id": optional(text),
        "enable_streaming": optional(boolean),
        "flags": optional(Model(dict.fromkeys(FLAGS, boolean))),
    }
)
"""The fields of the body; all others may be anything."""


def send_chat(call: Call) -> Failure | Refusal | ChatStream:
    """Answer a chat message with a stream, or with JSON if a check fails."""
    world, given = call.world, call.transaction.parsed
    if given.get("username") is None:
        return Failure("Missing key: username")
    username = str(given["username"]).strip()
    if not username:
        return Failure("username is empty")
    if _reserved(call, username):
        return Failure("username is reserved for an AstrBot administrator")
    if world.live.full(call.settings.max_streams):
        return Failure(
            f"This world allows no more chats at a time ({call.settings.max_streams}); wait until one of them ends"
        )
    session_id = _session_id(given, world)
    known = world.sessions.find(session_id.strip())
    session = known or world.sessions.create(session_id.strip(), username)
    if session.creator != username:
        return Failure("session_id belongs to another username")
    if session_id != session_id.strip():  # the check above makes a session of the trimmed id, and the chat its own
        session = world.sessions.find(session_id) or world.sessions.create(session_id, username)
    umo = f"webchat:FriendMessage:webchat!{username}!{session_id}"
    config_id = wanted_config(world, given)
    if isinstance(config_id, Failure):
        return config_id
    route = state_of(world).routes.get(umo) or "default"
    if config_id is not None:
        state_of(world).route(umo, config_id)
    if "message" not in given and "files" not in given:
        return Failure("Missing key: message or files")
    parts = lenient_parts(given["message"] if "message" in given else given["files"], world.attachments)
    if not parts:
        return Failure(EMPTY)
    stream = _begin(call, given, session, umo, parts)
    if isinstance(stream, Unscripted):
        state_of(world).route(umo, route)
        if known is None:
            world.sessions.remove(session)
        return Refusal(f"No script matches this message; {stream.nearest}")
    return stream


def _reserved(call: Call, username: str) -> bool:
    """Return whether a name is an administrator's, and the key may not use it (section 3.2)."""
    if not any(username in config.admins for config in state_of(call.world).configs):
        return False
    key = call.world.key(find_key(call) or "")
    return key is None or key.scopes is None or not {"*", ADMIN} & key.scopes


def _session_id(given: Mapping[str, JSON], world: World) -> str:
    """Return the session id, or conversation_id if that key is absent; a blank one becomes a new UUID (11.2)."""
    raw = given["session_id"] if "session_id" in given else given.get("conversation_id")
    return str(raw) if raw is not None and str(raw).strip() else world.ids.uuid()


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks of its run; a flag takes precedence over the field of the same name."""

    streaming: bool
    reasoning: bool

    @classmethod
    def of(cls, given: Mapping[str, JSON]) -> Options:
        """Read the options of a request."""
        flags = given.get("flags")
        known = {**given, **flags} if isinstance(flags, dict) else given
        return cls(known.get("enable_streaming") is not False, known.get("enable_reasoning") is not False)


def _begin(
    call: Call, given: Mapping[str, JSON], session: Session, umo: str, parts: list[Part]
) -> ChatStream | Unscripted:
    """Count the turn, choose the script, store the user's message and return the stream."""
    world, options = call.world, Options.of(given)
    config = state_of(world).config_for(umo)
    provider, model = given.get("selected_provider"), given.get("selected_model")
    session.turns += 1
    request = ChatRequest(
        message=plain_text(parts),
        username=session.creator,
        session_id=session.session_id,
        umo=umo,
        config_id=config.id,
        provider=provider if isinstance(provider, str) else "",
        model=str(model) if model else "",
        streaming=options.streaming,
        admin=session.creator in config.admins,
        attachments=tuple(part.attachment.type for part in parts if isinstance(part, Media)),
        turn=session.turns,
    )
    has_content = bool(request.message) or bool(set(MEDIA) & set(request.attachments))
    chosen = choose(call, request) if has_content else None
    if isinstance(chosen, Unscripted):
        session.turns -= 1
        return chosen
    if chosen is not None:
        call.entry.script = chosen.script.name
    checkpoint = given.get("_llm_checkpoint_id")
    run = Run(
        world.ids.uuid(),
        session.session_id,
        session.creator,
        checkpoint if isinstance(checkpoint, str) and checkpoint else world.ids.uuid(),
    )
    chat = Chat(request, session, tuple(parts), config, model, chosen, options.reasoning)
    call.transaction.verbatim = chat.verbatim
    first = [] if chat.verbatim else _first_frames(world, run, parts, hidden=given.get("_skip_user_history") is True)
    return ChatStream(call, chat, run, first)


def _first_frames(world: World, run: Run, parts: list[Part], *, hidden: bool) -> list[Message]:
    """Store the user's message, and return the frames before those of the run."""
    frames: list[Message] = [sse.frame({"type": "session_id", "data": None, "session_id": run.session_id})]
    if not hidden:
        stored = [stored_part(part) for part in parts]
        row = world.history.add(run.session_id, "user", stored, author=run.creator, checkpoint=run.checkpoint)
        saved: JSON = {"id": row.id, "created_at": stamp(row.created_at), "llm_checkpoint_id": run.checkpoint}
        frames.append(sse.frame({"type": "user_message_saved", "data": saved}))
    return frames


def stored_part(part: Part) -> dict[str, JSON]:
    """Return a part of a user's message as the history has it (section 6.3)."""
    match part:
        case Plain(words):
            return {"type": "plain", "text": words}
        case Reply(message_id, selected_text):
            return {"type": "reply", "message_id": message_id, "selected_text": selected_text}
        case Media(record, name):
            return media_part(record, name or posixpath.basename(record.path))


HANDLERS: Mapping[str, Callable[[Call], Result]] = {"POST /api/v1/chat": send_chat}
BODIES: Mapping[str, Check] = dict.fromkeys(HANDLERS, MODEL)
