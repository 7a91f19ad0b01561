"""The files of the pages. They are open to everyone: what the pages show comes from elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.response import Headers, problem

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
        root = FOLDER / folder
        self._files = StaticFiles(directory=root)
        self._names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    def file(self, name: str) -> ASGIApp:
        """Return the response with a file, to GET and HEAD; status 404 if it is none of those that mockbot ships."""
        return partial(self._send, name) if name in self._names else problem(404, f"There is no file {name}")

    async def _send(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._files.get_response(name, scope)
        found.headers.update({"cache-control": "no-cache", "x-content-type-options": "nosniff"})
        await found(scope, receive, send)
