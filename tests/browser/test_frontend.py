"""The page of examples/frontend, from another origin than mockbot's."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from mockbot.testing import MockBot, World
from tests.browser.watch import Watch
from tests.docs.pages import ROOT

CHAT = "POST /api/v1/chat"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Serve the files of the example, and yield the URL."""
    handler = partial(Quiet, directory=str(ROOT / "examples" / "frontend"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        thread = threading.Thread(target=files.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{files.server_port}"
        files.shutdown()
        thread.join()


@pytest.fixture(params=["4.19.4", "4.29.3"])
def world(server: MockBot, request: pytest.FixtureRequest) -> Iterator[World]:
    with server.world(astrbot=request.param, frozen=False) as made:
        yield made


@pytest.fixture
def chat(page: Page, origin: str, world: World) -> Page:
    """Return the page, which asks the world."""
    page.goto(f"{origin}/?server={world.base_url}")
    return page


def send(page: Page, message: str) -> None:
    page.get_by_label("Message", exact=True).fill(message)
    page.get_by_role("button", name="Send").click()


def test_a_reply_is_shown_frame_by_frame(chat: Page, world: World) -> None:
    world.scripts.add({"name": "greet", "when": {"message": "hi"}, "run": [{"say": ["Hello, ", "Ada."]}]})
    send(chat, "hi")
    expect(chat.locator("#frames li").last).to_have_text('end ""')
    expect(chat.locator("#reply")).to_have_text("Hello, Ada.")
    frames = chat.locator("#frames li").all_inner_texts()
    assert [frame for frame in frames if frame.startswith("plain")] == ['plain "Hello, "', 'plain "Ada."']
    expect(chat.locator("#error")).to_be_empty()
    first, second = chat.get_by_label("Session").locator("option").all()
    assert first.inner_text() == "new session"
    assert second.get_attribute("value") == chat.get_by_label("Session").input_value()
    send(chat, "hi")
    expect(chat.get_by_role("button", name="Send")).to_be_enabled()
    assert chat.get_by_label("Session").locator("option").count() == 2
    assert not world.verdict().findings
    assert not any(entry.violations for entry in world.journal.settle())


def test_a_reply_can_be_stopped(chat: Page, world: World) -> None:
    world.scripts.add({"name": "long", "when": {"message": "hi"}, "run": [{"say": "wait "}, {"wait": "10m"}]})
    send(chat, "hi")
    expect(chat.locator("#reply")).to_have_text("wait ")
    chat.get_by_role("button", name="Stop").click()
    expect(chat.locator("#error")).to_have_text("Stopped")
    expect(chat.get_by_role("button", name="Send")).to_be_enabled()
    (entry,) = world.journal.wait_for(CHAT)
    assert entry.ended == "client left"


def test_errors_are_shown(chat: Page, world: World, watch: Watch) -> None:
    watch.expect("status of 401")
    world.faults.arm("truncate", after=2, operation=CHAT)
    send(chat, "hello")
    expect(chat.locator("#error")).to_have_text("The reply broke off")
    chat.get_by_label("Key").fill("wrong")
    send(chat, "hello")
    expect(chat.locator("#error")).to_contain_text("API key")
