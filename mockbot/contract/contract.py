"""The effective contract and its validators, built once at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mockbot.contract.stream import StreamRules, StreamValidator
from mockbot.contract.validation import Validation
from mockbot.contract.wire.casting import strict_integer
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation, Operations


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
    ) -> Contract:
        """Build the contract of `document`.

        With `keep_slashes`, an escaped slash is part of a parameter; with `decode_bodies`, bodies may be compressed.
        `integer` reads the text of an integer in a parameter or a form, or raises ValueError.
        """
        operations = Operations(document, keep_slashes=keep_slashes)
        return cls(document, operations, Validation(document, integer), decode_bodies, chat, rules)

    def stream(self, operation: Operation) -> StreamValidator | None:
        """Return a validator for one event stream of `operation`; None when there are no rules for its streams."""
        if self.rules is None or operation.name != self.chat:
            return None
        return StreamValidator(self.rules)
