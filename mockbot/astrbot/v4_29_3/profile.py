"""The profile of AstrBot 4.29.3."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cache

from mockbot import resources
from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import OperationHandler, Result
from mockbot.astrbot.installation import read_installation
from mockbot.astrbot.keys import KEY_PATTERN, Authentication
from mockbot.astrbot.v4_29_3 import (
    chat,
    conversations,
    downloads,
    files,
    im,
    lists,
    messages,
    plugins,
    sessions,
    uploads,
)
from mockbot.astrbot.v4_29_3.answers import ANSWERS, ENVELOPE, REFUSING
from mockbot.astrbot.v4_29_3.details import Check, Query
from mockbot.astrbot.v4_29_3.keys import ADMIN, DEFAULTS, RULES
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
from mockbot.world.blueprint import Blueprint
from mockbot.world.call import Call

VERSION = "4.29.3"
NAME = f"astrbot-{VERSION}"
FILES = resources.contracts(NAME)
OVERLAY, EVENTS = FILES / "overlay.yaml", FILES / "chat-events.schema.json"
SOURCES = (FILES / "openapi.json", OVERLAY, EVENTS)
"""The files that the effective contract is made from."""
EXCHANGES, DEVIATIONS = FILES / "exchanges", FILES / "deviations.yaml"
FIXTURES = ("default", "empty", NAME, f"{NAME}-reasoning")
STREAMS = ("GET /api/v1/chat/runs/{run_id}/stream",)
CHAT, SESSION = "POST /api/v1/chat", sessions.SESSION
HANDLERS: Mapping[str, Callable[[Call], Awaitable[Result]]] = {
    "GET /api/v1/chat/sessions/new": sessions.new_session,
    f"GET {SESSION}": sessions.get_session,
    f"PATCH {SESSION}": sessions.rename_session,
    f"DELETE {SESSION}": sessions.delete_session,
    "POST /api/v1/chat/sessions/batch-delete": sessions.delete_sessions,
    f"POST {SESSION}/stop": sessions.stop_session,
    STREAMS[0]: sessions.resume_run,
    CHAT: chat.send_chat,
    "POST /api/v1/im/message": im.send_message,
    "POST /api/v1/im/messages": im.send_message,
    **lists.HANDLERS,
    **plugins.HANDLERS,
    **conversations.HANDLERS,
    **messages.HANDLERS,
    **files.HANDLERS,
    **downloads.HANDLERS,
    **uploads.HANDLERS,
}
REFUSED = frozenset({"POST /api/v1/im/message", "POST /api/v1/im/messages"}) | lists.REFUSING
"""The operations whose business errors have status 400."""
BODIES: Mapping[str, Check] = {
    CHAT: chat.MODEL,
    "POST /api/v1/im/message": im.MODEL,
    "POST /api/v1/im/messages": im.MODEL,
    **sessions.BODIES,
    **messages.BODIES,
    **uploads.BODIES,
}
QUERIES: Mapping[str, Query] = {
    **sessions.QUERIES,
    **lists.QUERIES,
    **plugins.QUERIES,
    **conversations.QUERIES,
    **downloads.QUERIES,
}
FORMS: Mapping[str, Form] = {**files.FORMS, **uploads.FORMS}
OTHERS: Mapping[str, Types] = {**files.OTHERS, **uploads.OTHERS}
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


def profile_with(spec: str, *, strict: bool = False) -> Profile:
    """Return the profile with the document at `spec`, a file or URL, instead of AstrBot's.

    It has handlers for AstrBot's operations that are in the document. Raise UserError if the document cannot be used.
    """
    from mockbot.astrbot.document import newer_document

    return _profile(newer_document(spec, OVERLAY, EVENTS, strict=strict))


def _profile(document: Document) -> Profile:
    rules = StreamRules(Events(json.loads(EVENTS.read_bytes())), EventOrder)
    contract = Contract.of(document, chat=CHAT, rules=rules, integer=int, streams=STREAMS)
    known = contract.operations.by_name
    handlers = {
        name: OperationHandler(each, REFUSING if name in REFUSED else ANSWERS) for name, each in HANDLERS.items()
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
            Authentication(document, ENVELOPE, RULES), Syntax(BODIES, FORMS), TypesOf(BODIES, QUERIES, OTHERS), HANDLERS
        ),
        handlers={name: handler for name, handler in handlers.items() if name in known},
        pages=pages(document),
        observed_pages=OBSERVED,
        last_parameter=True,
        compresses=True,
        refusing=REFUSED.intersection(known),
        exchanges=EXCHANGES,
        deviations=DEVIATIONS,
    )
