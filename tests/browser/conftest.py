"""Pages in headless Chromium. A test fails if one of its pages has an error or asks another host.

- `page`: an empty page
- `new_page(color_scheme="dark", viewport={"width": 400, "height": 800})`: one more page, in a context of its own, which
  shares no cookies and no storage with others; takes the options of Playwright's `Browser.new_context`
- `watch`: `watch.expect(pattern)` allows the errors that a test provokes
- `server`: a mockbot for all tests of this folder; a test makes a world of its own with `server.world()`
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mockbot.fuzz.clients.chromium import NAMES
from mockbot.testing import MockBot
from tests.browser.watch import Watch

HERE = Path(__file__).parent
MILLISECONDS = 60_000.0
"""The limit for one step of a page on a busy machine."""
ARGUMENTS = (
    "--no-proxy-server",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class NewPage(Protocol):
    """Opens an empty page in a context of its own."""

    def __call__(self, **options: Any) -> Page: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder as slow, and let one worker run them, so that they share one browser."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Yield Chromium. It ends after this folder: no other event loop can run in this thread beside Playwright's."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
        yield browser


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Yield what watches the pages of a test, and fail the test for their mistakes."""
    watch = Watch()
    yield watch
    assert not watch.mistakes(), "\n".join(watch.mistakes())


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[NewPage]:
    """Yield a function that opens pages, which are closed at the end."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        watch.add(context)
        return context.new_page()

    yield open_page
    watch.wait()
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """Return an empty page."""
    return new_page()


@pytest.fixture(scope="package")
def server() -> Iterator[MockBot]:
    """Yield a running mockbot."""
    with MockBot() as started:
        yield started
