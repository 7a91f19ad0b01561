"""Scripts from recorded chats: one for each distinct message, whatever the number of times it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import field
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.record.exchange import Exchange
from mockbot.record.frames import MEDIA, Frame, essence, frames_of
from mockbot.record.playback import KEY_USER
from mockbot.record.rehearsal import Rehearsal
from mockbot.record.steps import actions
from mockbot.record.texts import Texts, identifiers

Action = dict[str, JSON]


@dataclass(slots=True, eq=False)
class Chat:
    """A chat request and its reply, as scripts see them."""

    exchange: Exchange
    frames: list[Frame]
    message: str
    attachments: tuple[str, ...]
    attachment_ids: tuple[str, ...]
    username: str
    session_id: str
    streaming: bool
    provider: str
    config: str
    config_name: str
    essence: list[JSON] = field(default_factory=list)

    @classmethod
    def of(cls, exchange: Exchange) -> Chat | None:
        """Return the chat in an exchange; None if its request is none, or its response no stream of frames."""
        try:
            given = json.loads(exchange.body)
            frames = frames_of(exchange)
        except (ValueError, RecursionError):
            return None
        if not isinstance(given, dict) or not exchange.media_type.startswith("text/event-stream"):
            return None
        flags = given.get("flags")
        given = {**given, **flags} if isinstance(flags, dict) else given
        session = next((frame.row.get("session_id") for frame in frames if frame.kind == "session_id"), None)
        message = given.get("message", given.get("files"))
        media = [part for part in _parts(message) if part.get("attachment_id") and part.get("type") in MEDIA]
        chat = cls(
            exchange,
            frames,
            _text(message),
            tuple(sorted(str(part.get("type")) for part in media)),
            tuple(str(part["attachment_id"]) for part in media),
            str(given.get("username") or ""),
            str(session or given.get("session_id") or given.get("conversation_id") or ""),
            bool(given.get("enable_streaming", True)),
            _string(given.get("selected_provider")),
            _string(given.get("config_id")),
            _string(given.get("config_name")),
        )
        chat.essence = essence(frames)
        return chat

    @property
    def umo(self) -> str:
        """Return the unified message origin."""
        return f"webchat:FriendMessage:webchat!{self.username}!{self.session_id}"

    @property
    def shows_reasoning(self) -> bool:
        """Return whether the model's reasoning is in the reply."""
        return any(
            frame.chain == "reasoning" or (frame.kind == "plain" and frame.text.startswith("🤔"))
            for frame in self.frames
        )


def _parts(message: Any) -> list[dict[str, Any]]:
    return [part for part in message if isinstance(part, dict)] if isinstance(message, list) else []


def _text(message: Any) -> str:
    if isinstance(message, str):
        return message.strip()
    return "".join(str(part.get("text", "")) for part in _parts(message) if part.get("type") == "plain").strip()


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


SPLITS: dict[str, Callable[[Chat], Hashable]] = {
    "streaming": lambda chat: chat.streaming,
    "provider": lambda chat: chat.provider,
    "config_id": lambda chat: chat.config or "default",
    "username": lambda chat: chat.username,
}
"""The conditions that may distinguish different replies to a message, in the order in which they are tried."""


@dataclass(slots=True)
class _Run:
    """An action, and the chats one after the other that it answers."""

    action: Action
    chats: list[Chat]


class Scriptwriter:
    """Writes scripts, each of which answers its chats as they were answered, apart from identifiers and times."""

    def __init__(self, rehearsal: Rehearsal, pace: float, known: Iterable[str]) -> None:
        """`pace` is the time between frames of the served mockbot; `known` are identifiers that stay as they are."""
        self._rehearsal, self._pace, self._known = rehearsal, pace, frozenset(known)
        self._played: dict[tuple[str, bytes, str], bool] = {}

    async def scripts(self, chats: Sequence[Chat]) -> list[dict[str, JSON]]:
        """Return the scripts for chats with the same message."""
        runs = await self._runs(chats)
        for name, of in SPLITS.items() if len(runs) > 1 else ():
            groups: dict[Hashable, list[Chat]] = {}
            for chat in chats:
                groups.setdefault(of(chat), []).append(chat)
            split = [(value, await self._runs(group)) for value, group in groups.items()]
            if len(groups) > 1 and all(len(each) == 1 for _, each in split):
                conditions: list[tuple[Any, _Run]] = [(value, each[0]) for value, each in split]
                return [{"when": {name: value}, **run.action} for value, run in conditions]
        written: list[dict[str, JSON]] = [{"times": len(run.chats), **run.action} for run in runs]
        written[-1] = runs[-1].action
        return written

    async def _runs(self, chats: Sequence[Chat]) -> list[_Run]:
        """Return the actions that answer chats in their order, as few as there are different replies in a row."""
        runs: list[_Run] = []
        for chat in chats:
            if runs and (shared := await self._shared(runs[-1], chat)) is not None:
                runs[-1] = _Run(shared, [*runs[-1].chats, chat])
            else:
                runs.append(_Run(await self._own(chat), [chat]))
        return runs

    async def _own(self, chat: Chat) -> Action:
        """Return the first action that answers a chat as it was answered."""
        *likely, unchanged = self._actions(chat)
        for action in likely:
            if await self.answers(action, chat):
                return action
        return unchanged

    async def _shared(self, run: _Run, chat: Chat) -> Action | None:
        """Return an action that answers a chat as well as those of a run; one that was streamed shows the most."""
        own = [action for general in (False, True) for action in self._actions(chat, general)[:-1]]
        others = self._actions(run.chats[0], True)[:-1]
        streamed = any(each.streaming for each in run.chats)
        first = [run.action, *own] if streamed or not chat.streaming else [*own, run.action]
        for action in (*first, *others, *_with_failure([run.action, *own])):
            if all([await self.answers(action, each) for each in (*run.chats, chat)]):
                return action
        return None

    def _actions(self, chat: Chat, general: bool = False) -> list[Action]:
        """Return the actions that may have sent a reply; in a `general` one, the user's name is a placeholder, too."""
        names = {chat.umo: "{umo}"}
        if general or any(not char.isalpha() for char in chat.session_id):
            names[chat.session_id] = "{session_id}"
        if general or chat.username.startswith(KEY_USER):
            names[chat.username] = "{username}"
        kept = identifiers(chat.exchange.body.decode("utf-8", "replace")) | self._known
        return actions(chat.frames, self._pace, Texts(names, kept - set(names), chat.exchange.began))

    async def answers(self, action: Action, chat: Chat) -> bool:
        """Return whether an action gives a chat its reply again."""
        key = json.dumps(action), chat.exchange.body, json.dumps(chat.essence)
        if key not in self._played:
            self._played[key] = await self._check(action, chat)
        return self._played[key]

    async def _check(self, action: Action, chat: Chat) -> bool:
        if self._rehearsal.scripts([action]) is not None:
            return False
        played = await self._rehearsal.play(chat.exchange)
        return played.ended == "complete" and essence(frames_of(played)) == chat.essence


def _with_failure(actions: Sequence[Action]) -> list[Action]:
    """Return runs that end with the failure of another one: a stream may not show it, a blocking reply only it."""
    steps = [list(run) for action in actions if isinstance(run := action.get("run"), list)]
    failures = [run[-1] for run in steps if run and isinstance(run[-1], dict) and "fail" in run[-1]]
    return [{"run": [*run, failure]} for failure in failures[:1] for run in steps if failure not in run]
