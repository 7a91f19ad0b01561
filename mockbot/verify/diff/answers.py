"""Why whole answers and JSON answers of AstrBot 4.19.4 and 4.29.3 differ."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mockbot.jsontext import JSON
from mockbot.verify.diff.causes import Cause, answer, at
from mockbot.verify.diff.differences import Difference
from mockbot.verify.diff.play import Pair


def new_status(pair: Pair, *statuses: int) -> bool:
    """Return whether the newer answer has one of these statuses."""
    return pair.new.status in statuses


def fault(pair: Pair) -> str:
    """Return type and place of the first fault in a newer answer of 422, or an empty text."""
    match pair.new.content:
        case {"detail": [{"type": str(kind), "loc": list(loc)}, *_]}:
            return f"{kind} {'/'.join(map(str, loc))}"
    return ""


def message(pair: Pair) -> str:
    """Return the message of the newer answer."""
    match pair.new.content:
        case {"message": str(text)}:
            return text
    return ""


def body_of(pair: Pair) -> Mapping[str, JSON]:
    """Return the JSON object in a request, or an empty one."""
    try:
        value = json.loads(pair.request.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _upload(pair: Pair) -> bool:
    return pair.request.method == "POST" and bool(re.fullmatch(r"/api/v1/files?(\?.*)?", pair.request.target))


def _malformed(pair: Pair) -> bool:
    kind = fault(pair)
    return kind.startswith("json_invalid") or kind in ("missing body", "model_attributes_type body")


def _renamed(pair: Pair, found: Difference) -> bool:
    if found.at == "answer":
        return _upload(pair) and pair.old.status == 500
    return found.at == "/data/filename" and bool(re.search(rb"filename\*|\\\\", pair.request.body))


CAUSES: tuple[Cause, ...] = (
    Cause(
        "head-and-options",
        "HEAD and OPTIONS are 405, as any other wrong method is.",
        "1",
        ("| HEAD, OPTIONS",),
        answer(lambda pair: pair.request.method in ("HEAD", "OPTIONS") and new_status(pair, 405)),
    ),
    Cause(
        "gzip",
        "A response of 1024 bytes or more has `vary: Accept-Encoding` and is gzipped for a client that accepts gzip.",
        "1",
        ("| gzip",),
        at("header vary", "header content-encoding"),
    ),
    Cause(
        "json-notation",
        "JSON bodies do not end with a line feed.",
        "1",
        ("| JSON responses",),
        at("end of the body"),
        notation=True,
    ),
    Cause(
        "error-without-data",
        "An error has no `data`.",
        "1",
        ("| envelope",),
        lambda _, found: found.at == "/data" and found.old == "null" and not found.new,
    ),
    Cause(
        "administrators",
        "The name of an administrator as `username` needs the scope `chat:admin`.",
        "3.2",
        ("| chat N | trimmed username", "| chat:admin", "1 JSON"),
        answer(
            lambda pair: (
                "reserved for an AstrBot administrator" in message(pair)
                or ("X-API-Key", "abk_admin") in pair.request.headers
            )
        ),
    ),
    Cause(
        "check-order",
        "Path, method, size and syntax of the body are checked before the key.",
        "2",
        ("Order for a request",),
        answer(lambda pair: pair.old.status == 401 and new_status(pair, 400, 404, 405, 411, 413, 422)),
    ),
    Cause(
        "key-precedence",
        "`Authorization` is read before the query and the query before `X-API-Key`.",
        "2",
        ("1. The key is taken", "| valid X-API-Key", "| `X-API-Key: bad`"),
        answer(lambda pair: 401 in (pair.old.status, pair.new.status)),
    ),
    Cause(
        "unknown-path",
        "GET on an unknown path, or on one without GET, is 404 JSON, not a page with status 200.",
        "3.1",
        ("### 3.1",),
        answer(lambda pair: new_status(pair, 404)),
    ),
    Cause(
        "wrong-method",
        "A wrong method is 405 JSON, and `allow` has the methods of the first route only.",
        "3.1",
        ("### 3.1",),
        lambda pair, found: found.at in ("answer", "header allow") and new_status(pair, 405),
    ),
    Cause(
        "length-required",
        "An upload without Content-Length is 411.",
        "1",
        ("| chunked request bodies",),
        answer(lambda pair: new_status(pair, 411)),
    ),
    Cause("body-limit", "413 is JSON.", "1", ("| body limit",), answer(lambda pair: new_status(pair, 413))),
    Cause("crash", "A server error is JSON.", "1", ("| crash",), answer(lambda pair: new_status(pair, 500))),
    Cause(
        "invalid-utf-8",
        "A body of invalid UTF-8 is 400, not 500.",
        "3.3",
        (),
        answer(lambda pair: message(pair) == "There was an error parsing the body"),
    ),
    Cause(
        "im-errors",
        "An error of `POST /im/message` has status 400, not 200.",
        "3.2",
        ("HTTP 200 for chat", "Order: JSON"),
        answer(lambda pair: "/im/message" in pair.request.target and new_status(pair, 400)),
    ),
    Cause(
        "form-syntax",
        "A malformed form is 400.",
        "2",
        ("Order for a request",),
        answer(lambda pair: _upload(pair) and new_status(pair, 400)),
    ),
    Cause(
        "upload-field",
        "An upload without a file in the field `file` is 422.",
        "9.1",
        ("| field",),
        answer(lambda pair: _upload(pair) and new_status(pair, 422)),
    ),
    Cause(
        "umo-type",
        "A `umo` that is no string is 422.",
        "7",
        ("umo =",),
        answer(lambda pair: fault(pair).endswith("body/umo")),
    ),
    Cause(
        "body-syntax",
        "A body that is missing, malformed, no object, or not declared as JSON is 422 with `detail`.",
        "3.3",
        ("### 3.3", "| validation errors"),
        answer(_malformed),
    ),
    Cause(
        "field-types",
        "A field of a wrong type is 422 with `detail`.",
        "3.3",
        ("### 3.3", "| validation errors"),
        answer(lambda pair: new_status(pair, 422)),
    ),
    Cause(
        "body-encoding",
        "A byte order mark before the JSON, and media types such as `application/x+json`, are accepted.",
        "3.3",
        (),
        answer(lambda pair: "Missing key" in str(pair.old.content) and new_status(pair, 200)),
    ),
    Cause(
        "upload-names",
        "The name of an upload is its last path component, also with dots or folders; `filename*` is ignored.",
        "9.1",
        ("| name",),
        _renamed,
    ),
    Cause(
        "last-file",
        "Of several `file` parts, the last one counts.",
        "9.1",
        ("| several",),
        at("/data/filename"),
    ),
    Cause(
        "stored-filename",
        "The response to an upload has `stored_filename`.",
        "9.1",
        ("| answer", "| stored name"),
        at("/data/stored_filename"),
    ),
    Cause(
        "sessions-of-the-key",
        "Sessions that were made with `GET /chat/sessions/new` are listed.",
        "6.2",
        ("### 6.2",),
        lambda pair, found: found.at.startswith("/data/") and "username=api_key" in pair.request.target,
    ),
    Cause(
        "reserved-colon",
        "A colon in `username` or `session_id` does not prevent a config.",
        "11.2",
        ("| config_id, config_name",),
        answer(lambda pair: "Failed to update chat config route" in str(pair.old.content)),
    ),
    Cause(
        "files-as-message",
        "`files` alone is a message.",
        "11.2",
        (),
        answer(lambda pair: "files" in body_of(pair)),
    ),
)
"""The causes, in the order in which they are tried."""
