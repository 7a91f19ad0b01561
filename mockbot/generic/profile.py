"""The profile of any OpenAPI document."""

from __future__ import annotations

import logging
from typing import Any

from mockbot import resources
from mockbot.contract.contract import Contract
from mockbot.generic.document import own_document
from mockbot.generic.refusal import Refusals
from mockbot.generic.security import Security, carriers
from mockbot.generic.stateful.stored import DocumentRows
from mockbot.profile import Profile
from mockbot.response import problem
from mockbot.settings import FETCH_SECONDS
from mockbot.source import Source
from mockbot.world.blueprint import Blueprint, FixtureRow
from mockbot.world.call import VALIDATED

FIXTURES = {"default": resources.fixtures("generic.yaml"), "empty": resources.fixtures("generic.yaml")}

UNREAD = ("bots", "configs", "providers", "tools", "usage", "sessions", "history", "attachments", "routes")
"""The properties of a fixture that this profile does not read."""


def profile(spec: str, *, strict: bool = False, seconds: float = FETCH_SECONDS) -> Profile:
    """Return the profile of the document at `spec`, a file or URL of OpenAPI 3.0, 3.1 or 3.2.

    A URL must give it within `seconds`. Raise UserError if it cannot be read or served; if `strict`, also if it has
    mistakes that do not matter to serving.
    """
    document = own_document(spec, strict=strict, seconds=seconds)
    contract = Contract.of(document, keep_slashes=True, decode_bodies=True, implied=True)
    refusals = Refusals(contract)
    info = document.effective.get("info", {})
    return Profile(
        name="generic",
        title=str(info.get("title", spec)),
        version=str(info.get("version", "")),
        contract=contract,
        overlay=None,
        blueprint=Blueprint(
            server="generic",
            contract=contract,
            fixtures=FIXTURES,
            read_own=_read_own,
            carriers=carriers(document),
            resources=DocumentRows(contract),
        ),
        server_header="mockbot",
        error=problem,
        steps=(Security(document, refusals.error), VALIDATED, refusals),
        handlers={},
        exchanges=None,
        deviations=None,
    )


def _read_own(rows: FixtureRow, source: Source, _base: Any) -> None:
    """Log the properties of a fixture that have no effect; no part of a fixture is this profile's own."""
    if ignored := [name for name in UNREAD if rows.get(name)]:
        logging.getLogger("mockbot").warning(
            "%s: without effect when a document is served alone: %s",
            source.place(f"/{ignored[0]}"),
            ", ".join(ignored),
        )
