"""Refusals of a stateful operation, in the form that the document has for them, else as problem details."""

from __future__ import annotations

import json

from mockbot.generic.stateful.fit import Fitting
from mockbot.generic.stateful.schema import plain
from mockbot.jsontext import JSON, compact
from mockbot.response import ErrorForm, Response, phrase, whole
from mockbot.world.call import Call

SENTENCES = {
    "message",
    "detail",
    "details",
    "error",
    "errormessage",
    "errordescription",
    "description",
    "msg",
    "reason",
}
TITLES = {"title", "name", "status", "code", "errorcode"}
"""Usual names of properties with a sentence, and with a short text, as `plain` writes them."""


def refused(call: Call, fitting: Fitting, error: ErrorForm, status: int, message: str) -> Response:
    """Return a refusal with the response that the operation documents for `status`, by a range or by `default`."""
    assert call.operation is not None
    responses = call.operation.definition.get("responses") or {}
    codes = [code for code in (str(status), f"{status // 100}XX", "default") if code in responses]
    if not codes:
        call.transaction.undocumented = True
        return error(status, message)
    answer = fitting.schemas.described(responses[codes[0]], status)
    if answer is None:  # it has a body that is not JSON
        return error(status, message)
    if not answer.media_type:
        return Response(status, [("content-length", "0")])
    own = error(status, message)
    if dict(own.headers).get("content-type") == answer.media_type and fitting.valid(
        answer.schema, json.loads(own.body)
    ):
        return own
    body = _body(fitting, answer.schema, status, message)
    return own if body is None else whole(status, answer.media_type, compact(body))


def _body(fitting: Fitting, schema: object, status: int, message: str) -> JSON:
    """Return a value of the schema with the status and the message where it has a place for them."""
    properties = fitting.schemas.properties(schema)
    if not fitting.schemas.is_object(schema):
        return fitting.sample(schema)
    wanted: dict[str, JSON] = {}
    for name, each in properties.items():
        word = plain(name)
        tried: tuple[JSON, ...] = (message,) if word in SENTENCES else (phrase(status),) if word in TITLES else ()
        if word in ("status", "code", "statuscode", "httpstatus"):
            tried = (status, str(status), *tried)
        if word in ("error", "errors") and fitting.schemas.is_object(each):
            inner = _body(fitting, each, status, message)
            tried = (inner,)
        value = next((each_ for each_ in tried if fitting.valid(each, each_)), None)
        if value is not None:
            wanted[name] = value
    return fitting.fit(schema, wanted)
