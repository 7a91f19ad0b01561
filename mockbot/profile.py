"""A profile: what the imitated server is, as one frozen value.

`astrbot/` and `generic/` build profiles, `create_app` takes one. Everything below receives the fields it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mockbot.contract.contract import Contract
from mockbot.openapi.document import Document
from mockbot.response import ErrorForm
from mockbot.world.blueprint import Blueprint
from mockbot.world.call import ApiStep, Handler


@dataclass(frozen=True, slots=True)
class Profile:
    """A server and a version of it."""

    name: str
    """`astrbot-4.19.4`, `generic`."""
    title: str
    """How it is shown to people: `AstrBot 4.19.4`."""
    version: str
    """`4.19.4`; of any other document, what its `info.version` says."""
    contract: Contract = field(repr=False)
    """Its document, with its overlay applied, and the events and their order in the operation that chats."""
    overlay: Path | None
    """The OpenAPI Overlay that was applied to the document; None when there is none."""
    blueprint: Blueprint = field(repr=False)
    """What its worlds are made of: shipped fixtures, the scopes of keys, state of its own."""
    server_header: str
    """What responses name as their server."""
    error: ErrorForm
    """Its error envelope, in which mockbot's own refusals and failures are written."""
    steps: tuple[ApiStep, ...]
    """What comes before an operation's handler, in the server's order: authentication, then refusals."""
    handlers: Mapping[str, Handler] = field(repr=False)
    """What answers each operation; other operations are answered from the document."""
    exchanges: Path | None
    """A folder of recorded exchanges; None when there are none."""
    deviations: Path | None
    """Where the server is known to leave its contract; None when nowhere."""

    @property
    def document(self) -> Document:
        """Return the published document and the effective contract."""
        return self.contract.document

    @property
    def chat(self) -> str | None:
        """Return the name of the operation that chats."""
        return self.contract.chat
