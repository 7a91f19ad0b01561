"""What pages do wrong: errors, and requests that leave this machine."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from mockbot.testing import MockBot

HERE = ("127.0.0.1", "localhost", None)
"""The hosts that a page may ask; `data:` and `blob:` have none."""
PAUSE, PAUSES = 20.0, 1000
"""Milliseconds between two looks for an error that is expected, and after how many it is missing."""


class Watch:
    """Collects the mistakes of all pages in the contexts that are added. An error that a test expects is not one."""

    def __init__(self) -> None:
        self._expected: list[re.Pattern[str]] = []
        self._errors: list[str] = []
        self._left: list[Request] = []
        self._contexts: list[BrowserContext] = []

    def add(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        self._contexts.append(context)
        context.on("console", self._logged)
        context.on("weberror", self._failed)
        context.on("request", self._asked)
        context.on("requestfailed", self._refused)
        context.on("page", self._opened)

    def leave(self) -> None:
        """Leave all pages, before what they ask about is removed."""
        for page in (page for context in self._contexts for page in context.pages):
            page.goto("about:blank")

    def expect(self, pattern: str) -> None:
        """Allow errors in which a regular expression is found. Without any such error the test fails."""
        self._expected.append(re.compile(pattern))

    def wait(self) -> None:
        """Wait for the expected errors, which a browser reports some time after what a test sees in the page."""
        page = next((page for context in self._contexts for page in context.pages), None)
        for _ in range(PAUSES):
            if page is None or not self._missing():
                return
            page.wait_for_timeout(PAUSE)

    def mistakes(self) -> list[str]:
        """Return a sentence for each mistake so far."""
        unexpected = [error for error in self._errors if not any(each.search(error) for each in self._expected)]
        return [
            *dict.fromkeys(unexpected),
            *(f"another host: {request.method} {request.url}" for request in self._left),
            *(f"no error has {pattern!r} in it" for pattern in self._missing()),
        ]

    def _missing(self) -> list[str]:
        return [each.pattern for each in self._expected if not any(map(each.search, self._errors))]

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert"):
            place = message.location
            self._errors.append(f"console: {message.text} ({place['url']}:{place['lineNumber'] + 1})")

    def _failed(self, error: WebError) -> None:
        self._errors.append(f"uncaught: {error.error}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in HERE:
            self._left.append(request)

    def _refused(self, request: Request) -> None:
        if request in self._left and request.failure == "csp":  # the page's own policy stopped it
            self._left.remove(request)

    def _opened(self, page: Page) -> None:
        page.on("crash", lambda _: self._errors.append("the page crashed"))


@contextmanager
def shown_from(server: MockBot, page: Page) -> Iterator[MockBot]:
    """Run a server, and leave its pages before it ends: they would ask a server that is gone, which is an error."""
    with server as started:
        yield started
        page.goto("about:blank")
