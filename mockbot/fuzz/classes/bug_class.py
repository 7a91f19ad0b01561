"""A class of client bugs: what triggers it, and how to see that a client has met it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from mockbot.behaviour import Behaviour, script_of
from mockbot.dataclass import dataclass
from mockbot.fault.fault import Kind
from mockbot.fault.parse import parse_fault
from mockbot.fuzz.sent import Sent
from mockbot.jsontext import JSON

Needs: TypeAlias = Literal["any", "stream", "json", "list", "upload"]
Met: TypeAlias = Callable[[Sequence[Sent], Sequence[Sent]], bool]
"""Whether the class is in the responses of a case, compared with those that the client gets when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class BugClass:
    """One row of the catalogue."""

    id: str
    """Such as `A7`."""
    name: str
    kind: Kind
    rule: str
    """What a client must do, with its source."""
    behaviours: tuple[Behaviour, ...]
    """What triggers it, the simplest first."""
    met: Met
    needs: Needs = "stream"
    """What a client must do to meet it: read a stream, read JSON, page through a list, upload a file."""
    waits: bool = False
    """Whether a client that survives it waits for its deadline."""
    chats: bool = False
    """Whether its events are those of AstrBot's chat, so that it means nothing for other documents."""


Faults: TypeAlias = Sequence[str | Mapping[str, JSON]]


def plays(
    *faults: str | Mapping[str, JSON], script: Mapping[str, JSON] | None = None, times: int | None = None
) -> Behaviour:
    """Return a behaviour without a class."""
    return Behaviour(
        script=None if script is None else script_of(script),
        faults=tuple(parse_fault(fault if isinstance(fault, str) else dict(fault)) for fault in faults),
        times=times,
    )


def says(*texts: str) -> Mapping[str, JSON]:
    """Return a script that streams these texts."""
    return {"run": [{"say": list(texts)}]}


def any_of(found: Callable[[Sent], bool]) -> Met:
    """Return what is met if it is found in any of the responses."""
    return lambda sent, _: any(map(found, sent))
