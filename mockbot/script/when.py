"""Which request a script is for: matchers over the fields of a chat request, and why one did not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockbot.jsontext import JSON
from mockbot.matching import Matcher, Miss, bare


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request after AstrBot's own reading of it (BEHAVIOUR.md 8.2): all that a script can ask about.

    `message` is the text as sent, `attachments` the types of its media, `turn` counts the session's turns from 1.
    """

    message: str
    username: str
    session_id: str
    umo: str
    config_id: str = "default"
    provider: str = ""
    model: str = ""
    streaming: bool = True
    admin: bool = False
    attachments: tuple[str, ...] = ()
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Attachments:
    """A test of the media sent: all these types are there, or there are exactly `count`."""

    types: tuple[str, ...] = ()
    count: int | None = None

    def fits(self, sent: Sequence[str]) -> bool:
        """Whether the media of these types pass; a type listed twice must be there twice."""
        if self.count is not None:
            return len(sent) == self.count
        return all(sent.count(kind) >= self.types.count(kind) for kind in self.types)


@dataclass(frozen=True, slots=True)
class When:
    """All that must fit for a script to be chosen; a field that is None asks nothing."""

    message: Matcher | None = None
    username: Matcher | None = None
    session_id: Matcher | None = None
    config_id: Matcher | None = None
    provider: Matcher | None = None
    model: Matcher | None = None
    attachments: Attachments | None = None
    turn: int | None = None
    streaming: bool | None = None
    admin: bool | None = None

    def groups(self, request: ChatRequest, command: bool) -> dict[str, str] | None:
        """Return the named groups of all regexes when every field fits, else None."""
        groups: dict[str, str] = {}
        for name, wanted in self._wanted():
            found = self._fit(name, wanted, request, command)
            if found is None:
                return None
            groups |= found
        return groups

    def misses(self, request: ChatRequest, command: bool) -> list[Miss]:
        """Return each field that does not fit, in the order of the class."""
        return [
            Miss(name, as_json(wanted), as_json(getattr(request, name)))
            for name, wanted in self._wanted()
            if self._fit(name, wanted, request, command) is None
        ]

    def _wanted(self) -> Iterator[tuple[str, Matcher | Attachments | int]]:
        for name in self.__slots__:
            if (wanted := getattr(self, name)) is not None:
                yield name, wanted

    @staticmethod
    def _fit(
        name: str, wanted: Matcher | Attachments | int, request: ChatRequest, command: bool
    ) -> dict[str, str] | None:
        actual = getattr(request, name)
        match wanted:
            case Matcher(how="command") if name == "message":
                return wanted.groups(actual)
            case Matcher() if name == "message":
                return wanted.groups(actual, bare(actual), *(["/" + actual] if command else []))
            case Matcher():
                return wanted.groups(actual)
            case Attachments():
                return {} if wanted.fits(actual) else None
            case _:
                return {} if actual == wanted else None


def as_json(value: Matcher | Attachments | Sequence[str] | int) -> JSON:
    """Return what a matcher asks for, or what a request has, the way a script file writes it."""
    match value:
        case Matcher():
            return {value.how: value.text}
        case Attachments():
            return list(value.types) if value.count is None else {"count": value.count}
        case str() | int():
            return value
        case _:
            return list(value)
