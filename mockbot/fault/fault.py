"""What a fault is: a value that turns the messages of an answer into other messages.

A fault is pure: it awaits nothing but the messages it is given. Time and the socket are messages too, which the
outermost layer (wire.py) plays: `pause` and `abort`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from starlette.types import Message

from mockbot.jsontext import JSON

START, BODY = "http.response.start", "http.response.body"
FAULT, SLEEP, ABORT = "mockbot.fault", "mockbot.sleep", "mockbot.abort"
NOW, ERROR = "mockbot.now", "mockbot.error"
"""In the `http.response.start` that a fault gets: the world's time in seconds since 1970, and the API's ErrorForm."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a parameter, both included: of a number, or of a text's length."""

    least: int
    most: int


class Fault(ABC):
    """Base of all faults: frozen dataclasses with fields `Annotated[type, Range, "what it is"]` (parameters.py)."""

    __slots__ = ()
    name: ClassVar[str]
    """What files and the control API call it."""
    midstream: ClassVar[bool] = True
    """Whether it makes sense once an answer has begun, so that a script can have it."""

    @abstractmethod
    def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the messages that leave instead; what is neither start nor body goes through as it is.

        Once it has ended, the answer is over, whatever `messages` still has.
        """

    def as_json(self) -> dict[str, JSON]:
        """Return its name and all its parameters, as `parse_fault` takes them."""
        return {"name": self.name} | {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # every Fault is a dataclass


def due(fault: Fault) -> Message:
    """Return the message that puts `fault` into force for all that follows it."""
    return {"type": FAULT, "fault": fault}


def pause(seconds: float) -> Message:
    """Return the message that is silence: real time, also in a world whose clock stands still.

    Whoever plays it sets `left` when the client did not wait for its end.
    """
    return {"type": SLEEP, "seconds": seconds, "left": False}


def abort(how: Literal["cut", "reset"]) -> Message:
    """Return the message that ends the connection: without a proper end (FIN), or with a TCP reset."""
    return {"type": ABORT, "how": how}
