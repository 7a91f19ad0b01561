"""What a page of another origin can send to mockbot and read from it."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page

from mockbot.testing import MockBot, World
from tests.browser.watch import Watch

ASK = """async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        return [response.status, response.headers.get("x-mockbot-entry"), response.headers.get("x-mockbot-world")];
    } catch (error) {
        return [error.name, null, null];
    }
}"""
BOTS = "/api/v1/im/bots"


def asked(page: Page, origin: str, url: str, **options: Any) -> Any:
    """Return status, entry and world as a page of `origin` reads them, or the name of an error."""
    page.goto(origin)
    return page.evaluate(ASK, [url, options])


class Empty(BaseHTTPRequestHandler):
    """Answers with an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<link rel="icon" href="data:,">')

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Serve an empty page, and yield its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()
        thread.join()


@pytest.fixture
def world(server: MockBot) -> Iterator[World]:
    with server.world() as made:
        yield made


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_a_page_sends_any_header_and_reads_what_mockbot_adds(
    page: Page, origin: str, world: World, header: str
) -> None:
    headers = {header: world.key if header == "X-API-Key" else f"Bearer {world.key}", "X-Anything": "1"}
    assert asked(page, origin, f"{world.base_url}{BOTS}", headers=headers) == [200, "e1", world.name]
    body = '{"username": "ada", "message": "hi"}'
    headers["Content-Type"] = "application/json"
    found = asked(page, origin, f"{world.base_url}/api/v1/chat", method="POST", headers=headers, body=body)
    assert found == [200, "e2", world.name]


def test_in_observe_the_log_names_the_option_that_helps(
    page: Page, origin: str, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.expect("CORS policy")
    watch.expect("Failed to load resource")
    with caplog.at_level(logging.WARNING, "mockbot"), MockBot(contract="observe") as bot:
        headers = {"X-API-Key": bot.key}
        for _ in range(2):
            assert asked(page, origin, f"{bot.base_url}{BOTS}", headers=headers)[0] == "TypeError"
        assert asked(page, origin, f"{bot.base_url}{BOTS}?api_key={bot.key}")[0] == "TypeError"
    (warning,) = [message for message in caplog.messages if "CORS" in message]
    assert warning.endswith(f"start mockbot with --cors {origin}")
    with MockBot(contract="observe", cors=(origin,)) as bot:
        assert asked(page, origin, f"{bot.base_url}{BOTS}", headers={"X-API-Key": bot.key})[0] == 200
