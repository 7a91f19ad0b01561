"""What the contract layer knows of one exchange; the layers and the API inside it read it from the scope."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from mockbot.contract.operations import Operation
from mockbot.contract.violation import Violation

KEY = "mockbot.exchange"


@dataclass(slots=True)
class Exchange:
    """One request and what the contract says about it and about its answer."""

    operation: Operation | None
    """What the request means; None when the contract has no such path or method."""
    allow: tuple[str, ...] = ()
    """The methods of the request's path, empty when the contract does not know the path."""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    """The values of a templated path's parameters."""
    body: bytes = b""
    """The request's whole body; empty when `too_large`."""
    limit: int = 0
    """Bytes that the request's body may have."""
    too_large: bool = False
    """Whether the body is larger than the server takes; it was then not read to its end."""
    violations: list[Violation] = field(default_factory=list)
    """What is wrong with the request."""
    defects: list[Violation] = field(default_factory=list)
    """What is wrong with the answer: a defect of mockbot, of a fixture or of a script."""
    verbatim: bool = False
    """Set by the API when a script's verbatim frames are played: its events are then not judged."""
    why_cut: str | None = None
    """Why the layer cut the stream: one sentence, None when it did not."""


def exchange_of(scope: MutableMapping[str, Any]) -> Exchange:
    """Return the exchange that the contract layer put into `scope`."""
    exchange: Exchange = scope[KEY]
    return exchange
