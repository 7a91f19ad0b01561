"""The condition of a script: matchers for the fields of a chat request, and the fields that do not match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.matching import Matcher, Miss, Search, bare


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request as the imitated server reads it: all that a script can match.

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
    search: Search = field(default_factory=Search, init=False, compare=False, repr=False)
    """What conditions still search."""
    _kinds: list[Counter[str]] = field(default_factory=list, init=False, compare=False, repr=False)

    @property
    def kinds(self) -> Counter[str]:
        """Return how many attachments of each type there are; it is counted once, because many scripts may ask."""
        if not self._kinds:
            self._kinds.append(Counter(self.attachments))
        return self._kinds[0]


@dataclass(frozen=True, slots=True)
class AttachmentsMatcher:
    """Matches the media of a request: all of `types` are present, or there are exactly `count` of any type."""

    types: tuple[str, ...] = ()
    count: int | None = None

    def fits(self, sent: Counter[str]) -> bool:
        """Return whether media match of which there are so many; a type listed twice must be present twice."""
        if self.count is not None:
            return sent.total() == self.count
        return all(sent[kind] >= self.types.count(kind) for kind in set(self.types))


@dataclass(frozen=True, slots=True)
class When:
    """All matchers that must match for a script to be chosen; a field that is None matches anything."""

    message: Matcher | None = None
    username: Matcher | None = None
    session_id: Matcher | None = None
    config_id: Matcher | None = None
    provider: Matcher | None = None
    model: Matcher | None = None
    attachments: AttachmentsMatcher | None = None
    turn: int | None = None
    streaming: bool | None = None
    admin: bool | None = None

    def groups(self, request: ChatRequest, command: bool) -> dict[str, str] | None:
        """Return the named groups of all regexes when every field matches, else None."""
        return Prepared(self).groups(request, command)

    def misses(self, request: ChatRequest, command: bool) -> list[Miss]:
        """Return each field that does not match, in the order of the fields of the class."""
        return [
            Miss(name, as_json(wanted), as_json(getattr(request, name)))
            for name, wanted in self.wanted()
            if _fit(name, wanted, request, command) is None
        ]

    def __len__(self) -> int:
        """Return the number of matchers."""
        return sum(1 for _ in self.wanted())

    @property
    def names(self) -> frozenset[str]:
        """Return the named groups of all regexes."""
        return frozenset(
            name
            for _, one in self.wanted()
            if isinstance(one, Matcher) and one.expression
            for name in one.expression.names
        )

    def wanted(self) -> Iterator[tuple[str, Matcher | AttachmentsMatcher | int]]:
        """Yield the matchers with the names of their fields."""
        for name in self.__slots__:
            if (wanted := getattr(self, name)) is not None:
                yield name, wanted


class Prepared:
    """The matchers of a condition in the order in which they are tried: regular expressions, which take long, last."""

    __slots__ = ("_tests",)

    def __init__(self, when: When) -> None:
        self._tests = sorted(when.wanted(), key=lambda test: _is_regex(test[1]))

    def groups(self, request: ChatRequest, command: bool) -> dict[str, str] | None:
        """Return the named groups of all regexes when every field matches, else None."""
        groups: dict[str, str] = {}
        for name, wanted in self._tests:
            found = _fit(name, wanted, request, command)
            if found is None:
                return None
            if found:
                groups |= found
        return groups


def _is_regex(wanted: Matcher | AttachmentsMatcher | int) -> bool:
    return isinstance(wanted, Matcher) and wanted.how == "regex"


def _fit(
    name: str, wanted: Matcher | AttachmentsMatcher | int, request: ChatRequest, command: bool
) -> dict[str, str] | None:
    actual = getattr(request, name)
    if isinstance(wanted, Matcher):
        if name != "message" or wanted.how == "command":
            return wanted.groups(actual)
        if wanted.how != "equals":
            actual = request.search.of(actual)
        if wanted.how == "contains" and not command:  # the bare text is a part of the other one
            return wanted.groups(actual)
        return wanted.groups(actual, bare(actual), *(["/" + actual] if command else []))
    if isinstance(wanted, AttachmentsMatcher):
        return {} if wanted.fits(request.kinds) else None
    return {} if actual == wanted else None


def as_json(value: Matcher | AttachmentsMatcher | Sequence[str] | int) -> JSON:
    """Return a matcher, or a value of a request, as a script file writes it."""
    match value:
        case Matcher():
            return {value.how: value.text}
        case AttachmentsMatcher():
            return list(value.types) if value.count is None else {"count": value.count}
        case str() | int():
            return value
        case _:
            return list(value)
