"""The differences between two versions, grouped by cause: as values, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.verify.diff.causes import Cause, cause_of
from mockbot.verify.diff.differences import SHOWN, Difference, differences, normal, summary
from mockbot.verify.diff.play import Pair

OTHER = "other"
"""The name of a group whose cause is not known."""
SHOWN_HEADERS = {
    "accept-encoding", "authorization", "content-length", "content-type", "range", "transfer-encoding", "x-api-key",
}  # fmt: skip
"""The headers of requests that examples show."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request with the answers of both versions; ids and times are replaced, long texts are shortened."""

    exchange: str
    """The recorded exchange, as `version/file: name`."""
    request: str
    """The request as HTTP writes it."""
    old: str
    new: str
    difference: Difference
    """What the group is about, in these answers."""


@dataclass(frozen=True, slots=True)
class Group:
    """The differences with one cause."""

    name: str
    """A short name of the cause; `other` if no rule knows it."""
    sentence: str
    section: str
    """The section of the newer BEHAVIOUR.md; empty if no rule knows the cause."""
    exchanges: int
    """How many recorded exchanges show it."""
    example: Example
    """The smallest one."""


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What a client of one version meets in the other."""

    old: str
    new: str
    exchanges: int
    """How many recorded exchanges were played."""
    same: int
    """How many of them have no difference, or only one of notation."""
    groups: tuple[Group, ...]
    """In the order of the sections; groups without a known cause last."""

    def as_json(self) -> JSON:
        """Return the differences as a JSON value."""
        value: JSON = asdict(self)
        return value


def grouped(old: str, new: str, pairs: Iterable[Pair], causes: tuple[Cause, ...]) -> VersionDiff:
    """Return the differences of pairs by their causes."""
    found: dict[tuple[str, str, str], list[tuple[Pair, Difference]]] = {}
    played: set[str] = set()
    differing: set[str] = set()
    for pair in pairs:
        played.add(pair.exchange)
        for difference in differences(pair):
            cause = cause_of(pair, difference, causes)
            if cause is None or not cause.notation:
                differing.add(pair.exchange)
            group = (cause.section, cause.name, cause.sentence) if cause else ("", OTHER, f"At {difference.at}.")
            found.setdefault(group, []).append((pair, difference))
    groups = [
        Group(name, sentence, section, len({pair.exchange for pair, _ in rows}), _smallest(rows))
        for (section, name, sentence), rows in found.items()
    ]
    return VersionDiff(old, new, len(played), len(played) - len(differing), tuple(sorted(groups, key=_order)))


def _order(group: Group) -> tuple[bool, list[int]]:
    return group.name == OTHER, [int(number) for number in group.section.split(".") if number]


def _smallest(rows: list[tuple[Pair, Difference]]) -> Example:
    examples = (
        Example(pair.exchange, _request(pair), summary(pair.old), summary(pair.new), difference)
        for pair, difference in rows
    )
    return min(examples, key=lambda each: (len(each.request), len(each.old) + len(each.new), each.exchange))


def _request(pair: Pair) -> str:
    """Return a request as HTTP writes it, with the headers that matter here, shortened."""
    sent = pair.request
    lines = [f"{sent.method} {sent.target}", *(f"{name}: {value}" for name, value in sent.headers if _shown(name))]
    try:
        body = sent.body.decode().replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        body = f"<{len(sent.body)} bytes>"
    text = str(normal("\n".join([*lines, "", body] if body else lines)))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _shown(name: str) -> bool:
    return name.lower() in SHOWN_HEADERS
