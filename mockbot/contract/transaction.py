"""A request in progress and its violations; layers and handlers read it from the scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import field
from typing import Any, Protocol

from mockbot.contract.parts import Parts
from mockbot.dataclass import dataclass
from mockbot.openapi.operations import Operation
from mockbot.sse import Like
from mockbot.violation import Violation

KEY = "mockbot.transaction"
READ = "mockbot.read"
"""Key of a scope for a function that is called, without arguments, when the request has been read and validated."""


class StreamOf(Protocol):
    """Validates the events of one stream."""

    def validate(self, chunk: bytes, over: bool, event: object = None, like: Like | None = None) -> list[Violation]:
        """Return the violations of the events in `chunk` and, when the stream is `over`, of its end.

        `event` is the value that `chunk` was made of, if that is known. With `like`, it is that value with another
        text at that key.
        """


@dataclass(slots=True)
class Transaction:
    """One request and its response, as the contract layer validates them."""

    operation: Operation | None
    """The operation requested; None when the contract has no such path or method."""
    chat: bool = False
    """Whether that is the chat operation, whose streams have rules."""
    allow: tuple[str, ...] = ()
    """The methods of the request's path, empty when the contract does not have the path."""
    best: tuple[str, ...] = ()
    """Without an operation, those of the path in the document that has the most text."""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    """The values of a templated path's parameters."""
    body: bytes = b""
    """The request's whole body, decoded from its Content-Encoding; empty when `too_large`."""
    limit: int = 0
    """How many bytes the request's body may have."""
    too_large: bool = False
    """Whether the body is larger than `limit`, or must keep `other_bound`; then it is not kept."""
    other_bound: str = ""
    """What a body that is `too_large` must do, as the end of a sentence, if it has not more than `limit` bytes."""
    undecoded: Violation | None = None
    """Why the body could not be decoded from its Content-Encoding; its rule is `coding` if that is not supported."""
    parsed: Any = None
    """The value of the body, set by a step of the API that reads it for the handlers."""
    violations: list[Violation] = field(default_factory=list)
    """The violations of the request."""
    defects: list[Violation] = field(default_factory=list)
    """The violations of the response: a defect of mockbot, of a fixture or of a script."""
    undocumented: bool = False
    """Set by the API for an error of mockbot's own, which is validated only if the document describes its status."""
    verbatim: bool = False
    """Set by the API when it sends a response, or frames, that a script writes and that are not validated."""
    accepted: bytes | None = None
    """Set by the API for a response that it has validated: this body, with the status and the headers it has."""
    stream: StreamOf | None = None
    """Set by the API for a stream that only this validates, event by event."""
    why_cut: str | None = None
    """Why the layer cut the stream, in one sentence; None when it did not."""
    later: Callable[[], list[Violation]] | None = None
    """Finds the violations of a request with a large body; None when they are found."""
    _parts: Parts | None = None

    @property
    def bound(self) -> str:
        """Return what a body that is `too_large` must do, as the end of a sentence."""
        return self.other_bound or f"have at most {self.limit} bytes"

    def validate(self) -> None:
        """Find the violations of a request with a large body, if that is still to be done."""
        if self.later is not None:
            later, self.later = self.later, None
            self.violations += later()

    @property
    def parts(self) -> Parts:
        """Return what reads the parts of the body, if it is a multipart form; they are read only once."""
        if self._parts is None:
            self._parts = Parts(self.body)
        return self._parts


def transaction_of(scope: MutableMapping[str, Any]) -> Transaction:
    """Return the transaction that the contract layer added to `scope`."""
    transaction: Transaction = scope[KEY]
    return transaction
