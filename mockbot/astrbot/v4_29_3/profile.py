"""The profile of AstrBot 4.29.3."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from mockbot import resources
from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import OperationHandler
from mockbot.astrbot.installation import read_installation
from mockbot.astrbot.keys import KEY_PATTERN, Authentication
from mockbot.astrbot.v4_29_3 import lists
from mockbot.astrbot.v4_29_3.answers import ANSWERS, ENVELOPE, REFUSING
from mockbot.astrbot.v4_29_3.details import Check, Query
from mockbot.astrbot.v4_29_3.keys import ADMIN, DEFAULTS, RULES
from mockbot.astrbot.v4_29_3.operations import MODULES, READING, Table, handler
from mockbot.astrbot.v4_29_3.order import EventOrder
from mockbot.astrbot.v4_29_3.pages import OBSERVED, pages
from mockbot.astrbot.v4_29_3.state import State
from mockbot.astrbot.v4_29_3.steps import Form, Syntax, Types, TypesOf, steps
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from mockbot.contract.stream import StreamRules
from mockbot.generic.security import carriers
from mockbot.generic.stateful.stored import DocumentRows
from mockbot.openapi.document import Document, overlaid_document
from mockbot.profile import Profile
from mockbot.settings import FETCH_SECONDS
from mockbot.world.blueprint import Blueprint

VERSION = "4.29.3"
NAME = f"astrbot-{VERSION}"
FILES = resources.contracts(NAME)
OVERLAY, EVENTS = FILES / "overlay.yaml", FILES / "chat-events.schema.json"
SOURCES = (FILES / "openapi.json", OVERLAY, EVENTS)
"""The files that the effective contract is made from."""
EXCHANGES, DEVIATIONS = FILES / "exchanges", FILES / "deviations.yaml"
FIXTURES = ("default", "empty", NAME, f"{NAME}-reasoning")
STREAMS = ("GET /api/v1/chat/runs/{run_id}/stream",)
CHAT = "POST /api/v1/chat"
REFUSED = frozenset({"POST /api/v1/im/message", "POST /api/v1/im/messages"}) | lists.REFUSING
"""The operations whose business errors have status 400."""
BODIES: Table[Check] = Table("BODIES")
QUERIES: Table[Query] = Table("QUERIES")
FORMS: Table[Form] = Table("FORMS")
OTHERS: Table[Types] = Table("OTHERS")
BLUEPRINT = Blueprint(
    server=NAME,
    fixtures={name: resources.fixtures(f"{name}.yaml") for name in FIXTURES},
    scopes=DEFAULTS | {ADMIN},
    folder=FOLDER,
    key_pattern=KEY_PATTERN,
    read_own=read_installation,
    make_state=State,
)


@cache
def profile() -> Profile:
    """Return the profile. It is immutable and built only once."""
    return _profile(overlaid_document(NAME, *SOURCES))


def profile_with(spec: str, *, strict: bool = False, seconds: float = FETCH_SECONDS) -> Profile:
    """Return the profile with the document at `spec`, a file or URL, instead of AstrBot's.

    It has handlers for AstrBot's operations that are in the document. Raise UserError if the document cannot be used.
    """
    from mockbot.astrbot.document import newer_document

    return _profile(newer_document(spec, OVERLAY, EVENTS, strict=strict, seconds=seconds))


def _profile(document: Document) -> Profile:
    rules = StreamRules(Events(json.loads(EVENTS.read_bytes())), EventOrder)
    contract = Contract.of(document, chat=CHAT, rules=rules, integer=int, streams=STREAMS)
    known = contract.operations.by_name
    handlers = {
        name: OperationHandler(handler(name), REFUSING if name in REFUSED else ANSWERS, reads=name in READING)
        for name in MODULES
    }
    return Profile(
        name=NAME,
        title=f"AstrBot {VERSION}",
        version=VERSION,
        contract=contract,
        overlay=OVERLAY,
        blueprint=replace(BLUEPRINT, contract=contract, carriers=carriers(document), resources=DocumentRows(contract)),
        server_header="hypercorn-h11",
        error=ENVELOPE.refusal,
        steps=steps(
            Authentication(document, ENVELOPE, RULES), Syntax(BODIES, FORMS), TypesOf(BODIES, QUERIES, OTHERS), MODULES
        ),
        handlers={name: each for name, each in handlers.items() if name in known},
        pages=pages(document),
        observed_pages=OBSERVED,
        last_parameter=True,
        compresses=1024,
        refusing=REFUSED.intersection(known),
        exchanges=EXCHANGES,
        deviations=DEVIATIONS,
    )
