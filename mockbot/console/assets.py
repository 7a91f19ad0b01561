"""The files of the pages. They are open to everyone: what the pages show comes from elsewhere."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.response import Headers, problem

if TYPE_CHECKING:
    from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "assets"
POLICY = (
    ("default-src", "'none'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("connect-src", "'self'"),
    ("base-uri", "'none'"),
    ("form-action", "'none'"),
    ("frame-ancestors", "'none'"),
)
"""What a page may do (Content Security Policy Level 3): run our files, and ask the host that it came from."""


def secure(**more: str) -> Headers:
    """Return the headers of a page; `more` adds to the policy, such as `img_src="data:"`."""
    allowed = dict(POLICY) | {name.replace("_", "-"): value for name, value in more.items()}
    return (
        ("content-security-policy", "; ".join(f"{name} {value}" for name, value in allowed.items())),
        ("cache-control", "no-cache"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    )


class Assets:
    """The files in a folder of `assets/`, by name. A browser asks again each time, and gets 304 without a change."""

    def __init__(self, folder: str) -> None:
        self._root = FOLDER / folder

    @cached_property
    def _files(self) -> StaticFiles:
        from starlette.staticfiles import StaticFiles

        return StaticFiles(directory=self._root)

    @cached_property
    def _names(self) -> set[str]:
        return {path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file()}

    def file(self, name: str) -> ASGIApp:
        """Return the response with a file, to GET and HEAD; status 404 if it is none of those that mockbot ships."""
        return partial(self._send, name) if name in self._names else problem(404, f"There is no file {name}")

    async def _send(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._files.get_response(name, scope)
        found.headers.update({"cache-control": "no-cache", "x-content-type-options": "nosniff"})
        await found(scope, receive, send)
