"""POST /api/v1/chat: the checks before the stream, in AstrBot's order (BEHAVIOUR.md sections 8.1 and 8.2)."""

from __future__ import annotations

from math import isfinite

from mockbot.astrbot.choice import Unscripted, choose, wanted_config
from mockbot.astrbot.handler import Crash, Failure, Refusal
from mockbot.astrbot.installation import Config
from mockbot.astrbot.message import EMPTY, Media, Part, Reply, lenient_parts, stored
from mockbot.astrbot.prompt import plain_text
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_19_4.body import fields
from mockbot.astrbot.v4_19_4.pipeline import Chat, unencodable
from mockbot.astrbot.v4_19_4.stream import ChatStream
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script.chosen import Chosen
from mockbot.script.model import Frames
from mockbot.script.when import ChatRequest
from mockbot.world.call import Call
from mockbot.world.records import Session
from mockbot.world.world import World

UMOP = (
    "umop must be a string in the format [platform_id]:[message_type]:[session_id], "
    "with optional wildcards * or empty for all"
)


FIELDS = (
    *("username", "session_id", "conversation_id", "message", "files", "config_id", "config_name"),
    *("selected_provider", "selected_model", "enable_streaming"),
)
"""The fields of a body that AstrBot reads."""
INTEGERS = range(-(2**63), 2**63)
"""The integers that AstrBot's database can store."""


def send_chat(call: Call) -> Failure | Refusal | Crash | ChatStream:
    """Answer a chat message with a stream, or with JSON if a check fails."""
    world = call.world
    given = fields(call, FIELDS)
    if isinstance(given, Crash):
        return given
    if given == "unreadable":
        given = {}
    if given.get("username") is None:
        return Failure("Missing key: username")
    username = str(given["username"]).strip()
    if not username:
        return Failure("username is empty")
    if world.live.full(call.settings.max_streams):
        return Failure(
            f"This world allows no more chats at a time ({call.settings.max_streams}); wait until one of them ends"
        )
    sent = _session_id(given, world)
    if unencodable(sent.key):
        return Crash("session_id must have no lone surrogates", "/session_id")
    known = world.sessions.find(sent.key)
    if known is None and (why := unencodable(username)):
        return Failure(f"Failed to create session: {why}")
    session = known or world.sessions.create(sent.key, username)
    if session.creator != username:
        return Failure("session_id belongs to another username")
    umo = f"webchat:FriendMessage:webchat!{username}!{sent.key}"
    route = state_of(world).routes.get(umo) or "default"
    if (failure := _route(world, given, umo)) is not None:
        return failure
    parts = _parts(given, sent.raw, world)
    if isinstance(parts, list) and call.settings.contract == "enforce" and any(map(breaks, parts)):
        parts = Crash("a reply's message_id must be an integer that the database can store", "/message")
    stream = _begin(call, given, session, sent.raw, umo, parts) if isinstance(parts, list) else parts
    refused = isinstance(stream, Unscripted) or (isinstance(stream, Crash) and call.settings.contract == "enforce")
    if refused:
        state_of(world).route(umo, route)
        if known is None:
            world.sessions.remove(session)
    if isinstance(stream, Unscripted):
        return Refusal(f"No script matches this message; {stream.nearest}")
    return stream


def breaks(part: Part) -> bool:
    """Return whether a part breaks the conversion of the message, so that its stream gets no frames (section 15)."""
    if not isinstance(part, Reply) or part.selected_text or not part.message_id:
        return False
    return not storable(part.message_id)


def storable(value: JSON) -> bool:
    """Return whether AstrBot's database takes a value as a parameter of a query."""
    if isinstance(value, str):
        return unencodable(value) is None
    return not isinstance(value, list | dict) and (not isinstance(value, int) or value in INTEGERS)


@dataclass(frozen=True, slots=True)
class SessionId:
    """A session id as sent (or made), and the id of the session in the world: the trimmed text."""

    raw: JSON
    key: str


def _session_id(given: dict[str, JSON], world: World) -> SessionId:
    """Return the session id, or conversation_id if that key is absent; a blank one becomes a new UUID (8.2)."""
    raw = given["session_id"] if "session_id" in given else given.get("conversation_id")
    key = "" if raw is None else str(raw).strip()
    if key:
        return SessionId(raw, key)
    made = world.ids.uuid()
    return SessionId(made, made)


def _parts(given: dict[str, JSON], session_id: JSON, world: World) -> list[Part] | Failure | Crash:
    """Return the parts of the message, or the response if the message or the session id cannot be used."""
    if "message" not in given and "files" not in given:
        return Failure("Missing key: message or files")
    if not session_id:
        return Failure("session_id is empty")
    if "message" not in given:
        return Crash("message is required", "/message")
    parts = lenient_parts(given["message"], world.attachments)
    if not parts:
        return Failure(EMPTY)
    if not storable(session_id) or session_id != session_id:  # NaN, which becomes NULL
        return Crash("session_id must be a string", "/session_id")
    return parts


def _route(world: World, given: dict[str, JSON], umo: str) -> Failure | None:
    """Store the config route that a request asks for; return the error if it cannot be used."""
    config_id = wanted_config(world, given)
    if config_id is None or isinstance(config_id, Failure):
        return config_id
    if umo.count(":") != 2:
        return Failure(f"Failed to update chat config route: {UMOP}")
    state_of(world).route(umo, config_id)
    return None


def _begin(
    call: Call, given: dict[str, JSON], session: Session, raw: JSON, umo: str, parts: list[Part]
) -> ChatStream | Unscripted:
    """Count the turn, choose the script, store the user's message and return the stream."""
    world = call.world
    config = state_of(world).config_for(umo)
    provider, model = given.get("selected_provider"), given.get("selected_model")
    session.turns += 1
    request = ChatRequest(
        message=plain_text(parts),
        username=session.creator,
        session_id=str(raw),
        umo=umo,
        config_id=config.id,
        provider=provider if isinstance(provider, str) else "",
        model=str(model) if model else "",
        streaming=_streaming(given, config),
        admin=session.creator in config.admins,
        attachments=tuple(part.attachment.type for part in parts if isinstance(part, Media)),
        turn=session.turns,
    )
    chosen = _choose(call, request)
    if isinstance(chosen, Unscripted):
        session.turns -= 1
        return chosen
    if chosen is not None:
        call.entry.script = chosen.script.name
    chat = Chat(request, session, raw, world.ids.uuid(), tuple(parts), config, model, chosen, any(map(breaks, parts)))
    # AstrBot echoes Infinity though JSON has no such number
    call.transaction.verbatim = chat.verbatim or (isinstance(raw, float) and not isfinite(raw))
    world.history.add(chat.conversation, "user", [stored(part) for part in parts])
    return ChatStream(call, chat)


def _streaming(given: dict[str, JSON], config: Config) -> bool:
    """Return whether to stream: true if absent, the config's value if null, else the value's truth in Python (8.2)."""
    wanted = given.get("enable_streaming", True)
    return config.streaming if wanted is None else bool(wanted)


def _choose(call: Call, request: ChatRequest) -> Chosen | Unscripted | None:
    """Choose the script; return None where AstrBot's pipeline sends nothing (8.2, 8.5)."""
    if not request.message and not {"image", "file"} & set(request.attachments):
        return None
    chosen = choose(call, request)
    if isinstance(chosen, Unscripted):
        return chosen
    if (
        chosen.script.is_command
        or isinstance(chosen.script.action, Frames)
        or state_of(call.world).provider(request.provider) is not None
    ):
        return chosen
    return None
