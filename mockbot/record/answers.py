"""Scripts for single operations, from recorded exchanges: a complete answer, or a stream of events."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type, read_json
from mockbot.journal.credentials import Carriers
from mockbot.jsontext import JSON, compact
from mockbot.record.exchange import Exchange, Piece
from mockbot.record.texts import Texts, duration
from mockbot.script.sent import is_json
from mockbot.sse import EVENT_STREAM, Parser

SHORTEST_WAIT = 0.1
LEFT_OUT = frozenset(
    b"accept-ranges alt-svc connection content-encoding content-length content-type date keep-alive nel report-to "
    b"server set-cookie strict-transport-security trailer transfer-encoding upgrade vary via x-powered-by "
    b"x-request-id".split()
)
"""Headers of responses that belong to a connection, a server or one request, and are not written."""
CONDITIONAL = (b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since", b"range")
"""Headers of requests on which these statuses depend."""
CONDITIONED = (206, 304, 412, 416)
WITHOUT_BODY = (204, 205, 304)
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
Script = dict[str, JSON]


def conditions(exchange: Exchange, contract: Contract, carriers: Carriers) -> dict[str, Any]:
    """Return the `when` of a script for the request of an exchange, without credentials."""
    scope = {"method": exchange.method, "path": exchange.path, "query_string": exchange.query}
    route = contract.route({**scope, "raw_path": exchange.raw_path})
    when: dict[str, Any] = {"operation": exchange.operation}
    if route.parameters:
        when["path"] = dict(route.parameters)
    query: dict[str, str] = {}
    for name, value in parse_qsl(exchange.query.decode("latin-1"), keep_blank_values=True):
        if name.lower() not in carriers.query:
            query.setdefault(name, value)
    if query:
        when["query"] = query
    if exchange.status in CONDITIONED:
        sent = {name.decode(): value.decode("latin-1") for name, value in exchange.headers if name in CONDITIONAL}
        when |= {"header": sent} if sent else {}
    body = _body(exchange)
    if body is not None:
        when["body"] = {"equals": body}
    return when


def _body(exchange: Exchange) -> JSON:
    """Return the JSON value or the text of a request body; None if there is none, or a form."""
    media_type = parse_content_type(exchange.content_type)[0]
    if not exchange.body or media_type in FORMS:
        return None
    try:
        return read_json(exchange.body)
    except ValueError:
        return exchange.body.decode("utf-8", "replace")


def written(exchange: Exchange, texts: Texts) -> Script | None:
    """Return the answer or the events of an exchange; None if there is no response that a script can send."""
    try:
        pieces = exchange.decoded()
    except ValueError:
        return None
    violates: Script = {"violates": True} if exchange.defects else {}
    media_type = parse_content_type(exchange.media_type)[0]
    if media_type == EVENT_STREAM and exchange.status == 200:
        return {"events": list(_events(pieces, texts)), **violates}
    body = b"".join(piece.data for piece in pieces)
    answer: dict[str, JSON] = {"status": exchange.status}
    headers = _headers(exchange, texts)
    if exchange.status not in WITHOUT_BODY and body:
        answer |= _content(body, exchange.media_type, texts)
        headers = {"content-type": exchange.media_type, **headers} if exchange.media_type else headers
    if headers:
        answer["headers"] = dict(headers)
    return {"answer": answer, **violates}


def _headers(exchange: Exchange, texts: Texts) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in exchange.response_headers:
        if name not in LEFT_OUT and not name.startswith((b"access-control-", b"x-mockbot-")):
            found.setdefault(name.decode("latin-1"), texts.text(value.decode("latin-1")))
    return found


def _content(body: bytes, media_type: str, texts: Texts) -> dict[str, JSON]:
    """Return a body as JSON if it is written alike, as text, or else in Base64."""
    if is_json(media_type):
        try:
            value: JSON = read_json(body)
        except ValueError:
            value = None
        if value is not None:
            return {"json": texts.value(value)}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}
    return {"text": texts.text(text)}


def _events(pieces: Sequence[Piece], texts: Texts) -> list[Script]:
    """Return the events of a stream, with a wait before each one that came late."""
    parser, steps = Parser(), list[Script]()
    last = 0.0
    for piece in pieces:
        for event in parser.feed(piece.data):
            if piece.at - last >= SHORTEST_WAIT:
                steps.append({"wait": duration(piece.at - last)})
            last = piece.at
            step: Script = {"data": _data(event.data, texts)}
            step |= {"event": texts.text(event.event)} if event.event != "message" else {}
            step |= {"id": texts.text(event.id)} if event.id else {}
            step |= {"retry": event.retry} if event.retry is not None else {}
            steps.append(step)
    return steps


def _data(data: str, texts: Texts) -> JSON:
    """Return the data of an event: a JSON object or list as such, anything else as the text that it is."""
    try:
        value: JSON = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    return texts.value(value) if isinstance(value, dict | list) else texts.text(data)


def distinguished(whens: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return conditions of one operation such that none fits the request of another: absent parameters are null."""
    names = dict.fromkeys(name for when in whens for name in when.get("query", ()))
    result = []
    for when in whens:
        query = {name: when.get("query", {}).get(name) for name in names}
        result.append({**when, "query": query} if query else dict(when))
    if any("body" in when for when in whens):
        result = [when if "body" in when else {**when, "body": None} for when in result]
    return result


def key_of(when: Mapping[str, Any]) -> str:
    """Return a text that is equal for equal conditions."""
    return compact(dict(when)).decode()
