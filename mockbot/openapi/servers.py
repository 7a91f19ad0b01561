"""The base paths of a document's operations, by its `servers` (OpenAPI 3.1, 4.8.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

MOST_BASES = 20
"""Base paths of one operation."""


def base_paths(*levels: Any) -> tuple[str, ...]:
    """Return the base paths of the first of the `servers` in `levels` that is not empty: `/v1`, or the empty string."""
    servers = next((each for each in levels if isinstance(each, list) and each), [])
    found = dict.fromkeys(base_path(server) for server in servers[:MOST_BASES])
    return tuple(found) or ("",)


def base_path(server: Any) -> str:
    """Return the path of a server's URL, with the defaults of its variables and without a slash at its end."""
    url = server.get("url") if isinstance(server, Mapping) else None
    if not isinstance(url, str):
        return ""
    variables = server.get("variables")
    known: Mapping[str, Any] = variables if isinstance(variables, Mapping) else {}

    def default(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        return str(variable.get("default", match[1])) if isinstance(variable, Mapping) else match[1]

    try:
        path = urlsplit(re.sub(r"\{([^{}]*)\}", default, url)).path
    except ValueError:
        return ""
    segments = [each for each in unquote(path).split("/") if each not in ("", ".")]
    return "".join(f"/{each}" for each in segments)
