"""The profile of AstrBot 4.19.4; contracts/astrbot-4.19.4/ has its recorded responses and observed behaviour."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from mockbot import resources
from mockbot.astrbot import chat, envelope, files, im, lists
from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.document import newer_document
from mockbot.astrbot.handler import OperationHandler
from mockbot.astrbot.installation import read_installation
from mockbot.astrbot.keys import KEY_PATTERN, SCOPES, Authentication
from mockbot.astrbot.order import EventOrder
from mockbot.astrbot.refusal import refuse
from mockbot.astrbot.state import AstrBotState
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from mockbot.contract.stream import StreamRules
from mockbot.generic.security import carriers
from mockbot.generic.stateful.stored import DocumentRows
from mockbot.openapi.document import Document, overlaid_document
from mockbot.profile import Profile
from mockbot.world.blueprint import Blueprint

VERSION = "4.19.4"
NAME = f"astrbot-{VERSION}"
FILES = resources.contracts(NAME)
OVERLAY, EVENTS = FILES / "overlay.yaml", FILES / "chat-events.schema.json"
EXCHANGES, DEVIATIONS = FILES / "exchanges", FILES / "deviations.yaml"
FIXTURES = ("default", "empty", NAME, f"{NAME}-reasoning")
HANDLERS: tuple[OperationHandler, ...] = (
    lists.list_bots,
    lists.list_configs,
    lists.list_sessions,
    im.send_message,
    files.upload_file,
    chat.send_chat,
)
BLUEPRINT = Blueprint(
    fixtures={name: resources.fixtures(f"{name}.yaml") for name in FIXTURES},
    scopes=frozenset(SCOPES.values()),
    folder=FOLDER,
    key_pattern=KEY_PATTERN,
    read_own=read_installation,
    make_state=AstrBotState,
)


@cache
def profile() -> Profile:
    """Return the profile. It is immutable and built only once."""
    return _profile(overlaid_document(resources.openapi(), OVERLAY, EVENTS))


def profile_with(spec: str, *, strict: bool = False) -> Profile:
    """Return the profile with the document at `spec`, a file or URL, instead of AstrBot's.

    It has handlers for AstrBot's operations that are in the document. Raise UserError if the document cannot be used.
    """
    return _profile(newer_document(spec, OVERLAY, EVENTS, strict=strict))


def _profile(document: Document) -> Profile:
    rules = StreamRules(Events(json.loads(EVENTS.read_bytes())), EventOrder)
    contract = Contract.of(document, chat=chat.send_chat.operation, rules=rules, integer=int)
    known = contract.operations.by_name
    return Profile(
        name=NAME,
        title=f"AstrBot {VERSION}",
        version=VERSION,
        contract=contract,
        overlay=OVERLAY,
        blueprint=replace(BLUEPRINT, contract=contract, carriers=carriers(document), resources=DocumentRows(contract)),
        server_header="hypercorn-h11",
        error=envelope.refusal,
        steps=(Authentication(document), refuse),
        handlers={handler.operation: handler for handler in HANDLERS if handler.operation in known},
        exchanges=EXCHANGES,
        deviations=DEVIATIONS,
    )
