"""How the server and the framework of AstrBot 4.19.4 read a request line (BEHAVIOUR.md section 15)."""

from __future__ import annotations

from starlette.types import Scope


def read_request_line(scope: Scope) -> None:
    """Read a method in any case, and several slashes at the start of a path as one."""
    scope.update(method=scope["method"].upper(), path=f"/{scope['path'].lstrip('/')}")
