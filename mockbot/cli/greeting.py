"""What `mockbot serve` prints first."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mockbot import __version__

if TYPE_CHECKING:
    from mockbot.openapi.operations import Operation
    from mockbot.profile import Profile


def greeting(base_url: str, key: str, profile: Profile, *, everywhere: bool = False) -> str:
    """Return the first lines of output: what is served at which URL, a key, a command line to try, the console.

    With `everywhere`, the server listens on all addresses of the machine.
    """
    operations = profile.contract.operations.by_name
    header = ["-H", f"X-API-Key: {key}"] if key else []
    needs_key = not key and bool(profile.blueprint.scopes)
    if key and profile.chat is not None and profile.chat in operations:
        body = json.dumps({"username": "ada", "message": "hello"})
        url = f"{base_url}{operations[profile.chat].path}"
        curl = ["curl", "-N", url, *header, "-H", "Content-Type: application/json", "-d", body]
    else:
        curl = ["curl", f"{base_url}{'/openapi.json' if needs_key else simplest_path(operations)}", *header]
    lines = [f"mockbot {__version__} as {profile.title} at {base_url}"]
    if needs_key:
        lines.append("key: none, so every request is refused; add `keys` or `extends: default` to the fixture")
    elif key:
        lines.append(f"key: {key}")
    lines += [f"try: {shlex.join(curl)}", f"console: {base_url}/__mockbot__/ in a browser"]
    if everywhere:
        lines.append("it listens on all addresses: anyone who can reach this machine can use it")
    return "\n".join(lines)


def simplest_path(operations: Mapping[str, Operation]) -> str:
    """Return the path of the first GET operation without required parameters, or that of the document."""
    for operation in operations.values():
        needs = any(each.get("required") for each in operation.definition.get("parameters", ()))
        if operation.method == "GET" and "{" not in operation.path and not needs:
            return operation.path
    return "/openapi.json"
