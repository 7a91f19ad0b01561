"""The effective contract with everything that validates against it, built once at start."""

from __future__ import annotations

from dataclasses import dataclass

from mockbot.contract.stream import StreamRules, StreamValidator
from mockbot.contract.validation import Validation
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation, Operations


@dataclass(frozen=True, slots=True)
class Contract:
    """A document and what was built from it."""

    document: Document
    """What was published, and the effective contract."""
    operations: Operations
    """Its operations, found by method and path."""
    validation: Validation
    """Validates whole requests and responses."""
    chat: str | None = None
    """The name of the operation that chats; None when there is none."""
    rules: StreamRules | None = None
    """The events of its stream and their order."""

    @classmethod
    def of(cls, document: Document, chat: str | None = None, rules: StreamRules | None = None) -> Contract:
        """Build from a document that has been read."""
        return cls(document, Operations(document), Validation(document), chat, rules)

    def stream(self, operation: Operation) -> StreamValidator | None:
        """Return a validator for one event stream of `operation`; None when its streams have no grammar."""
        if self.rules is None or operation.name != self.chat:
            return None
        return StreamValidator(self.rules)
