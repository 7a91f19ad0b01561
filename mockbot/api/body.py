"""JSON bodies as AstrBot reads them: leniently, and crashing where its framework does (BEHAVIOUR.md section 3.3)."""

from __future__ import annotations

import json
import re
from typing import Literal

from mockbot.api.call import Call, Crash
from mockbot.jsontext import JSON

JSON_TYPE = re.compile(r"application/(json|[^;\s/]+\+json)", re.IGNORECASE)


Unreadable = Literal["unreadable"]


def fields(call: Call) -> dict[str, JSON] | Crash | Unreadable:
    """Return the fields of a JSON object body; nothing, or anything false, counts as an empty one.

    "unreadable": the content type says JSON and the body is none.
    """
    if not JSON_TYPE.fullmatch(call.content_type.split(";")[0].strip()):
        return {}
    try:
        text = call.body.decode("utf-8")
    except UnicodeDecodeError:
        return Crash("the body is not UTF-8 text")
    try:
        value: JSON = json.loads(text)
    except RecursionError:
        return Crash("the body is nested too deeply")
    except ValueError:
        return "unreadable"
    if not value:
        return {}
    return value if isinstance(value, dict) else Crash("the body must be a JSON object")
