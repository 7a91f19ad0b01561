"""A profile: everything that mockbot knows about the imitated server, as one frozen value.

`astrbot/` and `generic/` build profiles, `create_app` takes one. Other packages take only the fields they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from starlette.types import ASGIApp

from mockbot.contract.contract import Contract
from mockbot.contract.layer import RequestLine
from mockbot.dataclass import dataclass
from mockbot.openapi.document import Document
from mockbot.response import ErrorForm
from mockbot.world.blueprint import Blueprint
from mockbot.world.call import ApiStep, Handler


@dataclass(frozen=True, slots=True)
class Profile:
    """A version of a server."""

    name: str
    """Such as `astrbot-4.19.4` or `generic`."""
    title: str
    """The name for messages, such as `AstrBot 4.19.4`."""
    version: str
    """Such as `4.19.4`; for any other document its `info.version`."""
    contract: Contract = field(repr=False)
    """The document with its overlay applied, and the events of the chat operation and their order."""
    overlay: Path | None
    """The OpenAPI Overlay that is applied to the document, if any."""
    blueprint: Blueprint = field(repr=False)
    """How its worlds are made: shipped fixtures, the scopes of keys, the state that only this server has."""
    server_header: str
    """The Server header of responses."""
    error: ErrorForm
    """Makes error responses in the server's envelope, for refusals and failures of mockbot."""
    steps: tuple[ApiStep, ...]
    """The steps before the handler of an operation, in order: authentication, then refusals."""
    handlers: Mapping[str, Handler] = field(repr=False)
    """The handlers by the name of their operation; other operations are answered from the document."""
    pages: Mapping[str, ASGIApp] = field(default_factory=dict, repr=False)
    """Responses of paths that are no operations, and need no key."""
    observed_pages: Mapping[str, ASGIApp] = field(default_factory=dict, repr=False)
    """The same, in `observe` only: they take the place of documents of mockbot's own."""
    last_parameter: bool = False
    """Whether the last of several query parameters of a name counts, otherwise the first."""
    compresses: int = 0
    """Bytes of a response from which on it is compressed for clients that accept gzip; 0 if none is."""
    exchanges: Path | None = None
    """The folder of recorded exchanges, if any."""
    refusing: frozenset[str] = frozenset()
    """The operations that may refuse a request that fits the contract with 400, for example because of its id."""
    deviations: Path | None = None
    """The file of known deviations from the contract, if any."""
    request_line: RequestLine | None = None
    """How this server reads a request line; None: as it was sent."""

    @property
    def document(self) -> Document:
        """Return the published document and the effective contract."""
        return self.contract.document

    @property
    def chat(self) -> str | None:
        """Return the name of the chat operation, if any."""
        return self.contract.chat
