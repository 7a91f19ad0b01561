"""The contract with all that judges by it, made once at start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mockbot.contract.document import Document, load_document
from mockbot.contract.events import Events
from mockbot.contract.operations import Operations
from mockbot.contract.validation import Validation


@dataclass(frozen=True, slots=True)
class Contract:
    """A document and what was built from it."""

    document: Document
    """What was published, and the effective contract."""
    operations: Operations
    """Its operations, found by method and path."""
    validation: Validation
    """Judges whole requests and answers."""
    events: Events
    """Judges the events of the chat stream."""

    @classmethod
    def load(cls, spec: str | Path | None = None) -> Contract:
        """Build from the document at `spec`, a file or URL (None: the shipped one); UserError if it is unfit."""
        return cls.of(load_document(spec))

    @classmethod
    def of(cls, document: Document) -> Contract:
        """Build from a document that has been read."""
        return cls(document, Operations(document), Validation(document), Events())
