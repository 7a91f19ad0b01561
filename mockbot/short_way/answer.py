"""What the short way gives for a request: a whole response, or one that has begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeAlias

from starlette.types import ASGIApp

from mockbot.dataclass import dataclass
from mockbot.response import Response

Fields: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Headers as they are sent."""


@dataclass(slots=True, eq=False)
class Sendable:
    """A response, and the forms in which the journal and a connection have its headers."""

    response: Response
    fields: Fields
    head: bytes | None = None
    """The status line and the headers; None while they are not written."""

    @classmethod
    def of(cls, response: Response) -> Self:
        """Return a response with its headers."""
        return cls(response, response.raw_headers)


def _nothing() -> None:
    pass


@dataclass(slots=True, eq=False)
class Answer:
    """A whole response."""

    sendable: Sendable
    more: Fields = ()
    """The headers after those of the response."""
    pieces: Sequence[bytes] | None = None
    """The chunks of the body of a stream; that of `sendable` is empty then."""
    record: Callable[[], None] = _nothing
    """Writes the exchange to the journal and the log; to be called once it is sent, so that no client waits for it."""

    @property
    def app(self) -> ASGIApp:
        """Return it as an application."""
        more = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.more]
        response = self.sendable.response
        return replace(response, headers=[*response.headers, *more])


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A response that the layers have to send."""

    found: Mapping[str, Any]
    """What they find in the scope."""
