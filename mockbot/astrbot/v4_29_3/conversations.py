"""The conversations with the model of AstrBot 4.29.3, made from the world's sessions and messages (section 10).

A session is a conversation as soon as the model has answered in it. Recorded are the list, its pages and `search`; the
other filters have the meaning of their names. Messages of a fixture are taken as those of the model.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from operator import attrgetter
from uuid import UUID

from mockbot.astrbot.handler import MUCH, Crash, Failure, Later, Ok, Result
from mockbot.astrbot.lists import MAX_OFFSET, MAX_PAGE_SIZE
from mockbot.astrbot.prompt import CHINA
from mockbot.astrbot.state import state_of
from mockbot.astrbot.v4_29_3.details import Check, Detail, Query, Read, boolean, integer, text
from mockbot.astrbot.v4_29_3.lists import named, wanted
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, spaced
from mockbot.script.usage import Usage
from mockbot.turns import Work, listed
from mockbot.world.call import Call
from mockbot.world.records import HistoryRow, Session
from mockbot.world.world import World

PAGE_SIZE = 20
PLATFORM, KIND = "webchat", "FriendMessage"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A session in which the model has answered, and its messages without those of commands, oldest first."""

    session: Session
    messages: Sequence[HistoryRow]

    @property
    def umo(self) -> str:
        """Return the unified message origin, which is the id of the user."""
        return f"{PLATFORM}:{KIND}:{PLATFORM}!{self.session.creator}!{self.session.session_id}"

    @property
    def cid(self) -> str:
        """Return the id: a digest of the unified message origin."""
        return str(UUID(bytes=hashlib.sha256(self.umo.encode("utf-8", "replace")).digest()[:16], version=4))

    @property
    def created_at(self) -> int:
        """Return the time of the first message in seconds since 1970."""
        return int(self.messages[0].created_at if self.messages else self.session.created_at)

    @property
    def updated_at(self) -> int:
        """Return the time of the last message in seconds since 1970."""
        return int(self.messages[-1].created_at if self.messages else self.session.updated_at)

    def tokens(self, usage: Usage) -> int:
        """Return how many tokens the last answer took; `usage` is for an answer that does not say so."""
        for row in reversed(self.messages):
            match row.extra.get("agent_stats"):
                case {"token_usage": {"input_other": int(other), "input_cached": int(cached), "output": int(output)}}:
                    return other + cached + output
        return usage.input + usage.output

    def contains(self, part: str) -> Work[bool]:
        """Return the work that finds out whether the ids or the messages contain a text, in any case."""
        part = part.lower()
        for each in (self.umo, self.cid, *(row.text for row in self.messages)):
            yield None
            if part in each.lower():
                return True
        return False

    def history(self) -> Work[str]:
        """Return the work whose result is the model's context as the text of a JSON array."""
        texts = yield from listed(map(spaced, self._context()))
        return f"[{', '.join(texts)}]"

    def _context(self) -> Iterator[JSON]:
        for row, following in zip_longest(self.messages, self.messages[1:]):
            yield _context(row)
            if row.checkpoint and (following is None or following.checkpoint != row.checkpoint):
                yield {"role": "_checkpoint", "content": {"id": row.checkpoint}}


def list_conversations(call: Call) -> Later | Crash:
    """List a page of the conversations, newest first; page numbers out of range are clamped."""
    page, size = max(_number(call, "page", 1), 1), _number(call, "page_size", PAGE_SIZE)
    size = min(size, MAX_PAGE_SIZE) if size > 0 else PAGE_SIZE
    if (page - 1) * size > MAX_OFFSET:
        return Crash("page is too large", "/page")
    return Later(_listed_page(call, page, size), _is_long(call.world))


def _listed_page(call: Call, page: int, size: int) -> Work[Ok]:
    found = yield from _filtered(call)
    found.sort(key=lambda each: each.session.number)
    found.sort(key=attrgetter(call.query.get("sort_by", "created_at")))
    if call.query.get("sort_order") != "asc":
        found.reverse()
    shown = found[(page - 1) * size : page * size]
    with_history = wanted(call, "include_history") is not False
    pagination: dict[str, JSON] = {
        "page": page,
        "page_size": size,
        "total": len(found),
        "total_pages": max(-(-len(found) // size), 1),
        "grouped_by_session": bool(wanted(call, "group_by_session")),
    }
    rows: list[JSON] = []
    for each in shown:
        rows.append((yield from _row(call.world, each, with_history)))
    return Ok({"conversations": rows, "pagination": pagination})


def get_conversation(call: Call) -> Later:
    """Return the conversation of a user by its id; not recorded."""
    return Later(_one_conversation(call), _is_long(call.world))


def _one_conversation(call: Call) -> Work[Ok | Failure]:
    cid, user = named(call, "conversation_id"), call.query.get("user_id", "")
    found = next((each for each in conversations(call.world) if each.umo == user and each.cid == cid), None)
    yield None
    if found is None:
        return Failure("对话不存在")
    row = yield from _row(call.world, found, True)
    return Ok(
        {key: row[key] for key in ("user_id", "cid", "title", "persona_id", "history", "created_at", "updated_at")}
    )


def _is_long(world: World) -> bool:
    return world.history.size + world.sessions.size > MUCH


def conversations(world: World) -> Iterator[Conversation]:
    """Yield the conversations of a world."""
    messages: dict[str, list[HistoryRow]] = defaultdict(list)
    for row in world.history.all():
        messages[row.conversation].append(row)
    for session in world.sessions.all():
        if session.model_calls and session.platform_id == PLATFORM:
            yield Conversation(session, _with_the_model(messages.get(session.session_id, [])))


def _with_the_model(rows: Sequence[HistoryRow]) -> list[HistoryRow]:
    """Return the messages of requests that the model answered, and those that do not say which request they are of."""
    answered = {row.checkpoint for row in rows if "agent_stats" in row.extra}
    return [row for row in rows if row.checkpoint is None or row.checkpoint in answered]


def _filtered(call: Call) -> Work[list[Conversation]]:
    query = call.query
    if PLATFORM not in (_listed(call, "platforms") or [PLATFORM]) or PLATFORM in _listed(call, "exclude_platforms"):
        return []
    if KIND not in (_listed(call, "message_types") or [KIND]):
        return []
    parts = [query[name] for name in ("search", "keyword") if query.get(name)]
    excluded = set(_listed(call, "exclude_ids"))
    found = []
    for each in [*conversations(call.world)]:
        is_one = query.get("umo", "") in ("", each.umo)
        is_one = is_one and not (excluded and {each.umo, each.cid} & excluded)
        for part in parts:
            is_one = is_one and (yield from each.contains(part))
        if is_one:
            found.append(each)
        yield None
    return found


def _listed(call: Call, name: str) -> list[str]:
    return [each for part in call.query.get(name, "").split(",") if (each := part.strip())]


def _number(call: Call, name: str, default: int) -> int:
    match integer(call.query.get(name, str(default)), ("query", name)):
        case Read(int(value)):
            return value
    return default


def _row(world: World, each: Conversation, with_history: bool) -> Work[dict[str, JSON]]:
    creator = each.session.creator
    info: dict[str, JSON] = {
        "umo": each.umo,
        "platform": PLATFORM,
        "message_type": KIND,
        "session_id": f"{PLATFORM}!{creator}!{each.session.session_id}",
        "auto_name": creator,
        "user_alias": "",
        "display_name": creator,
        "creator_sender_id": creator,
    }
    row: dict[str, JSON] = {
        "platform_id": PLATFORM,
        "user_id": each.umo,
        "cid": each.cid,
        "title": None,
        "persona_id": None,
        "token_usage": each.tokens(state_of(world).usage),
        "created_at": each.created_at,
        "updated_at": each.updated_at,
        "umo_info": info,
    }
    yield None
    return {**row, "history": (yield from each.history())} if with_history else row


def _context(row: HistoryRow) -> JSON:
    texts: list[JSON] = [{"type": "text", "text": row.text}] if row.text else []
    if row.sender == "bot":
        return {"role": "assistant", "content": texts}
    at = datetime.fromtimestamp(row.created_at, UTC).astimezone(CHINA)
    reminder = f"Current datetime: {at:%Y-%m-%d %H:%M} (CST), Weekday: {at:%A}"
    return {
        "role": "user",
        "content": [*texts, {"type": "text", "text": f"<system_reminder>{reminder}</system_reminder>"}],
    }


def _one_of(*words: str) -> Check:
    """Return a check that reads one of two words."""
    expected = " or ".join(f"'{word}'" for word in words)
    return lambda value, loc: (
        Read(value)
        if value in words
        else [Detail("literal_error", loc, f"Input should be {expected}", value, {"expected": expected})]
    )


HANDLERS: Mapping[str, Callable[[Call], Result]] = {
    "GET /api/v1/conversations": list_conversations,
    "GET /api/v1/conversations/{conversation_id}": get_conversation,
}
QUERIES: Mapping[str, Query] = {
    "GET /api/v1/conversations": Query(
        {
            "page": integer,
            "page_size": integer,
            "sort_by": _one_of("created_at", "updated_at"),
            "sort_order": _one_of("asc", "desc"),
            "group_by_session": boolean,
            "include_history": boolean,
        }
    ),
    "GET /api/v1/conversations/{conversation_id}": Query({"user_id": text}, frozenset({"user_id"})),
}
