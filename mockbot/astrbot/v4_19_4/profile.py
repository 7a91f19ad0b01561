"""The profile of AstrBot 4.19.4; contracts/astrbot-4.19.4/ has its recorded responses and observed behaviour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from mockbot import resources
from mockbot.astrbot import lists
from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import Function, OperationHandler, loading
from mockbot.astrbot.installation import read_installation
from mockbot.astrbot.keys import KEY_PATTERN, Authentication
from mockbot.astrbot.state import AstrBotState
from mockbot.astrbot.v4_19_4.answers import ANSWERS, ENVELOPE
from mockbot.astrbot.v4_19_4.body import read_large
from mockbot.astrbot.v4_19_4.framework import read_request_line
from mockbot.astrbot.v4_19_4.keys import RULES, SCOPES
from mockbot.astrbot.v4_19_4.order import EventOrder
from mockbot.astrbot.v4_19_4.refusal import dashboard, refuse
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from mockbot.contract.stream import StreamRules
from mockbot.generic.security import carriers
from mockbot.generic.stateful.stored import DocumentRows
from mockbot.openapi.document import Document, overlaid_document
from mockbot.profile import Profile
from mockbot.settings import FETCH_SECONDS
from mockbot.world.blueprint import Blueprint
from mockbot.world.call import VALIDATED, OfBody

VERSION = "4.19.4"
NAME = f"astrbot-{VERSION}"
FILES = resources.contracts(NAME)
OVERLAY, EVENTS = FILES / "overlay.yaml", FILES / "chat-events.schema.json"
SOURCES = (resources.openapi(), OVERLAY, EVENTS)
"""The files that the effective contract is made from."""
EXCHANGES, DEVIATIONS = FILES / "exchanges", FILES / "deviations.yaml"
FIXTURES = ("default", "empty", NAME, f"{NAME}-reasoning")
CHAT = "POST /api/v1/chat"


def _send_message() -> Function:
    from mockbot.astrbot.v4_19_4.im import send_message

    return send_message


def _upload_file() -> Function:
    from mockbot.astrbot.v4_19_4.files import upload_file

    return upload_file


def _send_chat() -> Function:
    from mockbot.astrbot.v4_19_4.chat import send_chat

    return send_chat


HANDLERS: Mapping[str, Function] = {
    "GET /api/v1/im/bots": lists.list_bots,
    "GET /api/v1/configs": lists.list_configs,
    "GET /api/v1/chat/sessions": lists.list_sessions,
    "POST /api/v1/im/message": loading(_send_message),
    "POST /api/v1/file": loading(_upload_file),
    CHAT: loading(_send_chat),
}
BLUEPRINT = Blueprint(
    server=NAME,
    fixtures={name: resources.fixtures(f"{name}.yaml") for name in FIXTURES},
    scopes=frozenset(SCOPES.values()),
    folder=FOLDER,
    pace=0.05,
    key_pattern=KEY_PATTERN,
    read_own=read_installation,
    make_state=AstrBotState,
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
    contract = Contract.of(document, chat=CHAT, rules=rules, integer=int)
    known = contract.operations.by_name
    return Profile(
        name=NAME,
        title=f"AstrBot {VERSION}",
        version=VERSION,
        contract=contract,
        overlay=OVERLAY,
        blueprint=replace(BLUEPRINT, contract=contract, carriers=carriers(document), resources=DocumentRows(contract)),
        server_header="hypercorn-h11",
        error=ENVELOPE.refusal,
        steps=(Authentication(document, ENVELOPE, RULES), dashboard, VALIDATED, refuse, OfBody(read_large)),
        handlers={
            name: OperationHandler(each, ANSWERS, reads=name.startswith("GET "))
            for name, each in HANDLERS.items()
            if name in known
        },
        exchanges=EXCHANGES,
        deviations=DEVIATIONS,
        request_line=read_request_line,
    )
