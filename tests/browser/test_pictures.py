"""Every panel of the console in light and dark, wide and narrow: nothing is cut off, and axe finds no serious issue.

With MOCKBOT_PICTURES=FOLDER the pictures are written there; those of README and docs/ are made so:
`MOCKBOT_PICTURES=docs/pictures pytest tests/browser/test_pictures.py`.
"""

import http.client
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mockbot.testing import MockBot, World
from tests.browser.conftest import NewPage
from tests.browser.watch import Watch

ROOT = Path(__file__).parents[2]
PANELS = ("Exchange", "Chat", "Scripts", "Faults", "Breakpoints", "State", "World", "Clock", "Document")
SHOWN = ("exchange", "held")
"""The pictures in README and docs/."""
BAD = ("serious", "critical")


@pytest.fixture
def world(server: MockBot, watch: Watch) -> Iterator[World]:
    """Yield a world with a chat, a request that violates the contract, and a frame that waits."""
    with server.world(contract="observe", pace=20, frozen=False) as made:
        ask(made, "GET", "/api/v1/chat/sessions?page=0&username=ada")
        ask(made, "POST", "/api/v1/chat", {"message": "what is the weather in Paris?", "username": "ada"})
        ask(made, "GET", "/api/v1/im/bots")
        yield made
        watch.leave()


def ask(world: World, method: str, path: str, value: object = None) -> None:
    url = urlsplit(world.base_url)
    with closing(http.client.HTTPConnection(url.netloc, timeout=20)) as connection:
        body = None if value is None else json.dumps(value)
        connection.request(method, url.path + path, body, {"X-API-Key": world.key, "Content-Type": "application/json"})
        connection.getresponse().read()


def opened(page: Page, server: MockBot, world: World) -> None:
    page.goto(f"{server.base_url}/__mockbot__/?world={world.name}")
    expect(page.locator(".connection")).to_have_text("live")
    page.locator(".entry").nth(1).click()
    expect(page.locator(".timeline li").first).to_be_visible()


def picture(page: Page, name: str) -> None:
    """Write a picture if it is wanted."""
    folder = os.environ.get("MOCKBOT_PICTURES")
    if folder:
        page.screenshot(path=ROOT / folder / f"console-{name}.png")


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_panel_fits_and_can_be_used_by_all(
    new_page: NewPage, server: MockBot, world: World, colours: str, width: int
) -> None:
    page = new_page(color_scheme=colours, viewport={"width": width, "height": 860})
    opened(page, server, world)
    found: list[str] = []
    for name in PANELS:
        page.get_by_role("navigation").get_by_role("button", name=name).click()
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        expect(page.get_by_text("Reading the")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        results = Axe().run(page).response["violations"]
        found += [f"{name}: {each['id']}: {each['nodes'][0]['html']}" for each in results if each["impact"] in BAD]
        picture(page, f"{name.lower()}-{colours}-{width}")
    assert found == []


def test_the_pictures_of_the_documentation(new_page: NewPage, server: MockBot, world: World) -> None:
    page = new_page(color_scheme="light", viewport={"width": 1280, "height": 720})
    opened(page, server, world)
    picture(page, "exchange")
    page.get_by_role("navigation").get_by_role("button", name="Breakpoints").click()
    page.get_by_label("Contains").fill('"complete"')
    page.get_by_role("button", name="Set breakpoint").click()
    expect(page.locator(".rows li")).to_have_count(1)
    page.get_by_role("navigation").get_by_role("button", name="Chat").click()
    page.get_by_label("Message", exact=True).fill("hello")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".held textarea").fill('data: {"type": "complet", "data": "Hello ada!"}')
    expect(page.locator(".held .violations")).to_be_visible()
    picture(page, "held")
    for name in SHOWN:
        assert (ROOT / "docs" / "pictures" / f"console-{name}.png").stat().st_size > 20_000
