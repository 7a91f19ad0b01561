"""The type of faults: values that turn the messages of a response into other messages.

A fault is pure: it awaits nothing but its messages. It controls time and the socket with the messages of `pause`,
`abort`, `raw` and `last`, which the layer Wire (wire.py) carries out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

START, BODY = "http.response.start", "http.response.body"
Kind = Literal["legal", "violation", "disputed"]
"""Whether a response with the fault is one that every client must expect, one that breaks a rule, or one on which
specifications and well-known clients disagree."""
Expects = Literal["same", "error", "either"]
"""What a right client shows: the response as a correct parser reads it, an error, or one of both."""
FAULT, SLEEP, ABORT = "mockbot.fault", "mockbot.sleep", "mockbot.abort"
RAW, LAST = "mockbot.raw", "mockbot.last"
NOW, ERROR, ASKED = "mockbot.now", "mockbot.error", "mockbot.asked"
"""Keys of the `http.response.start` that a fault receives: the world's time (Unix time), the API's ErrorForm and the
Asked of the request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fault may know of the request."""

    target: str
    """The path and query as they were sent, percent-encoded."""
    host: str = ""
    """The value of Host; empty without one."""
    scheme: str = "http"
    http_version: str = "1.1"


@dataclass(frozen=True, slots=True)
class Range:
    """Inclusive bounds of a parameter that is a number, or of the length of one that is a text."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a parameter that is a text."""

    pattern: str
    """A regular expression for the whole text, the same in Python and in JSON Schema (ECMAScript)."""
    words: str
    """What such a text is, as the end of a sentence that begins with "must be"."""


LATIN = Form(r"[\u0000-\u00ff]*", "a text of the characters U+0000 to U+00FF, one for each byte")
"""A text that stands for bytes (ISO 8859-1)."""


class Fault(ABC):
    """Base of all faults: frozen dataclasses with fields `Annotated[type, Range, Form, "text"]` (parameters.py)."""

    __slots__ = ()
    name: ClassVar[str]
    """Its name in files and in the control API."""
    midstream: ClassVar[bool] = True
    """Whether it can be used after a response has begun, and so in a script."""
    early: ClassVar[bool] = False
    """Whether it answers before the request's body is read; it then gets a response without headers and body."""
    rule: ClassVar[str] = ""
    """The rule that it keeps or breaks, with its source."""

    @property
    def kind(self) -> Kind:
        """Return whether the response is legal with it."""
        return "legal"

    @property
    def expects(self) -> Expects:
        """Return what a right client shows."""
        expected: Mapping[Kind, Expects] = {"legal": "same", "violation": "error", "disputed": "either"}
        return expected[self.kind]

    @abstractmethod
    def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the messages to send instead; pass on messages that are neither start nor body.

        When the generator ends, so does the response; further `messages` are dropped.
        """

    def as_json(self) -> dict[str, JSON]:
        """Return its name and all its parameters, in the form that `parse_fault` reads."""
        return {"name": self.name} | {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # every Fault is a dataclass


def due(fault: Fault) -> dict[str, Any]:
    """Return the message that applies `fault` to all following messages of the response."""
    return {"type": FAULT, "fault": fault}


def pause(seconds: float) -> Message:
    """Return the message that makes the server wait, in real time even if the world's clock stands still.

    The faults layer adds `sleeps`, with which it may end. The wire layer sets its `left` to True if the client
    disconnects meanwhile.
    """
    return {"type": SLEEP, "seconds": seconds, "left": False}


def abort(how: Literal["cut", "reset"]) -> Message:
    """Return the message that ends the connection: without a proper end (FIN), or with a TCP reset."""
    return {"type": ABORT, "how": how}


def raw(data: bytes, *, interim: bool = False) -> Message:
    """Return the message that writes bytes to the socket unchanged, past HTTP, after all bytes before them.

    The connection is closed at the end of the response, since the bytes may break its HTTP, except after an `interim`
    response, which does not. The wire layer sets its `sent` to True; without a connection, the bytes are not sent.
    """
    return {"type": RAW, "data": data, "interim": interim, "sent": False}


def last() -> Message:
    """Return the message that closes the connection after the complete response, without a header that says so."""
    return {"type": LAST}
