"""The profile of any OpenAPI document."""

from __future__ import annotations

from mockbot import resources
from mockbot.contract.contract import Contract
from mockbot.generic.document import own_document
from mockbot.generic.refusal import refuse
from mockbot.generic.security import Security
from mockbot.generic.stateful.handlers import resource_of
from mockbot.profile import Profile
from mockbot.response import problem
from mockbot.world.blueprint import Blueprint

FIXTURES = {"default": resources.fixtures("generic.yaml"), "empty": resources.fixtures("generic.yaml")}


def profile(spec: str) -> Profile:
    """Return the profile of the document at `spec`, a file or URL of OpenAPI 3.0 or 3.1.

    Raise UserError if it cannot be read or is not a valid document.
    """
    document = own_document(spec)
    contract = Contract.of(document)
    info = document.effective.get("info", {})
    return Profile(
        name="generic",
        title=str(info.get("title", spec)),
        version=str(info.get("version", "")),
        contract=contract,
        overlay=None,
        blueprint=Blueprint(fixtures=FIXTURES, resource=resource_of(contract)),
        server_header="mockbot",
        error=problem,
        steps=(Security(document, problem), refuse),
        handlers={},
        exchanges=None,
        deviations=None,
    )
