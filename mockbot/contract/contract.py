"""The effective contract and its validators, built once at start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from starlette.types import Scope

from mockbot.contract.media_types import strict_integer
from mockbot.contract.stream import StreamRules, StreamValidator
from mockbot.contract.validation import Validation
from mockbot.dataclass import dataclass
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation, Operations, Route
from mockbot.sse import EVENT_STREAM


@dataclass(frozen=True, slots=True)
class Contract:
    """A document and the validators built from it."""

    document: Document
    """The published document and the effective contract."""
    operations: Operations
    """Its operations, found by method and path."""
    validation: Validation
    """Validates whole requests and responses."""
    decode_bodies: bool = False
    """Whether the bodies of requests are decoded from their Content-Encoding."""
    chat: str | None = None
    """The name of the chat operation; None when there is none."""
    rules: StreamRules | None = None
    """The events of the chat operation's stream, and their order."""
    streams: frozenset[str] = frozenset()
    """The names of other operations whose streams have the same rules."""

    implied: bool = False
    """Whether paths that have GET have HEAD, and all have OPTIONS, also where the document does not say so."""

    @classmethod
    def of(
        cls,
        document: Document,
        chat: str | None = None,
        rules: StreamRules | None = None,
        *,
        keep_slashes: bool = False,
        decode_bodies: bool = False,
        integer: Callable[[str], int] = strict_integer,
        implied: bool = False,
        streams: Collection[str] = (),
    ) -> Contract:
        """Build the contract of `document`.

        With `keep_slashes`, an escaped slash is part of a parameter; with `decode_bodies`, bodies may be compressed;
        with `implied`, there are HEAD and OPTIONS where the document does not have them. `streams` are the names of
        other operations whose streams have the `rules` of the chat operation.
        `integer` reads the text of an integer in a parameter or a form, or raises ValueError.
        """
        operations = Operations(document, keep_slashes=keep_slashes)
        validation = Validation(document, integer)
        return cls(document, operations, validation, decode_bodies, chat, rules, frozenset(streams), implied)

    def route(self, scope: Scope) -> Route:
        """Return what a request leads to; HEAD leads to the operation of GET if it is implied.

        `OPTIONS *` asks for the methods of the whole server (RFC 9110, 9.3.7): those of all paths.
        """
        found = self.operations.route(scope)
        if self.implied and scope["method"] == "OPTIONS" and scope["path"] == "*":
            found = Route(None, tuple(dict.fromkeys(each.method for each in self.operations.by_name.values())))
        if found.operation is not None or not self.implied or not found.allow:
            return found
        implied = [each for each in ("HEAD", "OPTIONS") if each == "OPTIONS" or "GET" in found.allow]
        allow = tuple(dict.fromkeys((*found.allow, *implied)))
        if scope["method"] == "HEAD" and "GET" in allow:
            return replace(self.operations.route(scope, "GET"), allow=allow)
        return replace(found, allow=allow)

    def has_stream(self, operation: Operation) -> bool:
        """Return whether the document has a response of `operation` that is a stream of events."""
        responses = map(self.document.resolved, (operation.definition.get("responses") or {}).values())
        return any(EVENT_STREAM in (response.get("content") or {}) for response in responses)

    def stream(self, operation: Operation) -> StreamValidator | None:
        """Return a validator for one event stream of `operation`; None when there are no rules for its streams."""
        if self.rules is None or operation.name not in {self.chat, *self.streams}:
            return None
        return StreamValidator(self.rules)
